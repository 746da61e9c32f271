"""The guide: its questions, walked for one conversation."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies.engine.guide import GuideOutcome, GuideQuestion
from policies.services import reading
from policies.services.guides import questions_of
from triage.api.endpoint import ConversationEndpoint
from triage.api.serializers import StepTakenSerializer
from triage.history.guide import sentence_of_step
from triage.models import Conversation
from triage.services.decisions import guiding
from triage.states import Disposition, Priority, Reason, Visibility


class PossibleAnswerSerializer(serializers.Serializer[Any]):
    """One answer, and the key that stands for it."""

    key = serializers.CharField()
    text = serializers.CharField()


class AskedQuestionSerializer(serializers.Serializer[Any]):
    """The question to answer now."""

    key = serializers.CharField()
    text = serializers.CharField()
    help = serializers.CharField(allow_blank=True)
    clause = serializers.UUIDField(allow_null=True, help_text="The key of the clause that it stands on.")
    answers = PossibleAnswerSerializer(many=True)


class GuideOutcomeSerializer(serializers.Serializer[Any]):
    """Where the guide leads; an empty part is left to the triage owner."""

    disposition = serializers.ChoiceField(choices=Disposition.choices, allow_blank=True)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True)
    department = serializers.CharField(allow_blank=True, help_text="The slug of a department.")
    person = serializers.CharField(allow_blank=True, help_text="The e-mail address of a colleague.")
    visibility = serializers.ChoiceField(choices=Visibility.choices, allow_blank=True)
    priority = serializers.ChoiceField(choices=Priority.choices, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField(allow_blank=True, help_text="Advice.")


class WalkSerializer(serializers.Serializer[Any]):
    """How far one comes: what is answered, then the question to answer now or the outcome."""

    policy_version = serializers.IntegerField(help_text="The id of the version in force.")
    steps = StepTakenSerializer(many=True)
    question = AskedQuestionSerializer(allow_null=True)
    outcome = GuideOutcomeSerializer(allow_null=True)


class WalkEndpoint(ConversationEndpoint[Conversation]):
    """The guide of the policy in force, for who decides."""

    tag = "Decisions"
    serializer_class = WalkSerializer

    @extend_schema(
        summary="Walk the guide for a conversation",
        parameters=[
            OpenApiParameter(
                "answers",
                {"type": "object", "additionalProperties": {"type": "string"}},
                style="form",
                explode=True,
                description="The key of an answer for each question by its key, as `?about-us=y`; "
                "the machine answers what it can of the others.",
            )
        ],
        responses=WalkSerializer,
    )
    def retrieve(self, request: Request, conversation_id: int) -> Response:
        """Go as far as the answers lead. Nothing is kept: send them with the decision (`guide`)."""
        conversation = self.conversation("conversation.decide")
        policy = reading.policy_in_force()
        walked = guiding.walk(conversation, request.query_params.dict(), policy=policy, at=timezone.now())
        asked = questions_of(policy.version_id)
        steps = [guiding.kept_step(step) for step in walked.steps]
        return Response(
            {
                "policy_version": policy.version_id,
                "steps": [{**step, "sentence": sentence_of_step(step, asked)} for step in steps],
                "question": _question(walked.question),
                "outcome": _outcome(walked.outcome),
            }
        )


def _question(question: GuideQuestion | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {
        "key": question.key,
        "text": question.text,
        "help": question.help,
        "clause": question.clause or None,
        "answers": [{"key": answer.key, "text": answer.text} for answer in question.answers],
    }


def _outcome(outcome: GuideOutcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    parts = ("disposition", "reason", "department", "person", "visibility", "priority", "text")
    return {**{part: getattr(outcome, part) for part in parts}, "tags": list(outcome.tags)}
