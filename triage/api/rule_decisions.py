"""What rules decided by themselves and waits for a person to look at it, for programs."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from teams.api.endpoint import Endpoint
from teams.api.serializers import PersonSerializer
from triage.api.serializers import DecisionSerializer
from triage.models import DecisionCheck
from triage.services.decisions import checking_rules
from triage.states import Departure

Verdict = DecisionCheck.Verdict


class RuleDecisionSerializer(serializers.ModelSerializer[DecisionCheck]):
    """A decision of a rule that is looked at; `verdict` is empty while it waits."""

    conversation = serializers.IntegerField(source="decision.conversation_id")
    decision = DecisionSerializer()
    checked_by = PersonSerializer(allow_null=True)

    class Meta:
        model = DecisionCheck
        fields = ["id", "conversation", "decision", "verdict", "departure", "checked_by", "checked_at"]


class NewVerdictSerializer(serializers.Serializer[Any]):
    """What was found."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    departure = serializers.ChoiceField(
        choices=Departure.choices, required=False, default=Departure.OTHER, help_text="Why it is reversed."
    )


@extend_schema_view(list=extend_schema(summary="List what rules decided and waits to be looked at"))
class RuleDecisions(mixins.ListModelMixin, Endpoint[DecisionCheck]):
    """Decisions of rules, of which a share is looked at."""

    tag = "Decisions"
    needs = "conversation.decide"
    write_scope = "decide"
    serializer_class = RuleDecisionSerializer
    queryset = DecisionCheck.objects.none()

    def get_queryset(self) -> QuerySet[DecisionCheck]:
        """Keep those that wait, for whoever decides on everything."""
        if not self.person.rights.everywhere("conversation.decide"):
            raise PermissionDenied
        return _with_decisions().filter(verdict="")

    @extend_schema(
        summary="Confirm or reverse what a rule decided",
        request=NewVerdictSerializer,
        responses={200: RuleDecisionSerializer},
    )
    def create(self, request: Request, pk: int) -> Response:
        """Count it for or against the rule; what is reversed is open for a decision that names this one."""
        if not self.person.rights.everywhere("conversation.decide"):
            raise PermissionDenied
        check = get_object_or_404(_with_decisions(), pk=pk)
        checked = self.read(NewVerdictSerializer, request.data)
        who, at = self.person, timezone.now()
        if checked["verdict"] == Verdict.CONFIRMED:
            checking_rules.confirm(check_id=check.pk, actor=who, at=at)
        else:
            checking_rules.reverse(check_id=check.pk, departure=checked["departure"], actor=who, at=at)
        return Response(RuleDecisionSerializer(_with_decisions().get(pk=pk)).data)


def _with_decisions() -> QuerySet[DecisionCheck]:
    names = ("department", "offered_to", "policy_version", "clause", "decided_by", "decided_by_rule")
    return DecisionCheck.objects.select_related("checked_by", *(f"decision__{name}" for name in names))
