"""The quiz of a version, and the word of the person of a key that they have read it."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from policies.models import Attestation, PolicyVersion, Question
from policies.parts.quiz import MOST_ANSWERS
from policies.services import attesting, quizzes
from teams.api.endpoint import Endpoint

_LARGEST_ID = 2**63 - 1


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """One question on a clause; `right` is the place of the right answer, from 0, told to who may edit the policy."""

    clause_key = serializers.UUIDField(source="clause.key")
    clause_label = serializers.CharField(source="clause.label")
    answers = serializers.ListField(child=serializers.CharField())
    right = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Question
        fields = ["id", "clause_key", "clause_label", "text", "answers", "right"]

    def to_representation(self, question: Question) -> dict[str, Any]:
        """Keep the right answer from who is asked."""
        told: dict[str, Any] = super().to_representation(question)
        return told if self.context["may_edit"] else {**told, "right": None}


class QuizSerializer(serializers.Serializer[Any]):
    """What who attests a version is asked."""

    version = serializers.IntegerField(help_text="The id of the version.")
    pass_mark = serializers.IntegerField(help_text="How many answers must be right, in percent.")
    grace_days = serializers.IntegerField()
    questions = QuestionSerializer(many=True)


class ChosenSerializer(serializers.Serializer[Any]):
    """What was answered to one question."""

    question = serializers.IntegerField(min_value=1, max_value=_LARGEST_ID)
    answer = serializers.IntegerField(
        min_value=0, max_value=MOST_ANSWERS - 1, help_text="The place of the answer, from 0."
    )


class AnswersSerializer(serializers.Serializer[Any]):
    """The answers to the quiz; none where the version has none."""

    answers = ChosenSerializer(many=True, required=False)


class OwnAttestationSerializer(serializers.ModelSerializer[Attestation]):
    """That the person of the key has read a version, and how its quiz went."""

    class Meta:
        model = Attestation
        fields = ["version", "at", "right_count", "question_count", "try_count"]


@extend_schema_view(retrieve=extend_schema(summary="Read the quiz of a version", responses={200: QuizSerializer}))
class Quiz(Endpoint[PolicyVersion]):
    """The questions of a version. The right answers are for those who may edit the policy."""

    tag = "Policy"
    needs = "policy.view"
    write_scope = "policy"
    queryset = PolicyVersion.objects.none()

    def get_queryset(self) -> QuerySet[PolicyVersion]:
        """Keep what the caller may read."""
        return PolicyVersion.objects.visible_to(self.person)

    def retrieve(self, request: Request, pk: int) -> Response:
        """Answer with the questions in the order of the clauses."""
        version = get_object_or_404(self.get_queryset(), pk=pk)
        quiz = {
            "version": version.pk,
            "pass_mark": version.pass_mark,
            "grace_days": version.grace_days,
            "questions": quizzes.questions_of(version),
        }
        context = {"may_edit": self.person.rights.may("policy.edit")}
        return Response(QuizSerializer(quiz, context=context).data)

    @extend_schema(
        summary="Attest the version in force",
        request=AnswersSerializer,
        responses={201: OwnAttestationSerializer},
    )
    def create(self, request: Request, pk: int) -> Response:
        """Say for the person of the key that they have read it. Too few right answers are told with their clauses."""
        version = get_object_or_404(self.get_queryset(), pk=pk)
        given = self.read(AnswersSerializer, request.data).get("answers", [])
        chosen = {one["question"]: one["answer"] for one in given}
        try:
            attesting.attest(user=self.person, version_id=version.pk, at=timezone.now(), answers=chosen)
        except attesting.QuizNotPassed as refusal:
            wrong = [_("Read clause %(clause)s.") % {"clause": one.clause} for one in refusal.result.wrong]
            told = {"code": refusal.code, "detail": str(refusal), "fields": {"answers": wrong}}
            return Response(told, status=400)
        attestation = Attestation.objects.get(user=self.person, version=version)
        return Response(OwnAttestationSerializer(attestation).data, status=201)
