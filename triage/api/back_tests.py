"""Versions tried on the past, by programs."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies.access import get_reviewed_for
from policies.models import PolicyVersion
from socialhub.lib.api_pagination import NewestFirst
from teams.api.endpoint import Endpoint
from teams.api.serializers import PersonSerializer
from triage.access import get_back_test_for
from triage.forms.back_tests import EARLIEST, LATEST, USUAL_DAYS
from triage.models import BackTest
from triage.services.back_tests import asking


class BackTestSerializer(serializers.ModelSerializer[BackTest]):
    """A trial of one version on the conversations that began in a period."""

    version = serializers.IntegerField(source="version_id")
    requested_by = PersonSerializer()
    done_count = serializers.SerializerMethodField(help_text="How many conversations were tried until now.")

    class Meta:
        model = BackTest
        fields = [
            "id",
            "version",
            "since",
            "until",
            "state",
            "problem",
            "total_count",
            "done_count",
            "requested_by",
            "requested_at",
            "started_at",
            "finished_at",
        ]

    def get_done_count(self, asked: BackTest) -> int:
        """Ask the parts while it is underway."""
        return asking.done_so_far(asked)


class WholeBackTestSerializer(BackTestSerializer):
    """A trial with what came of it."""

    result = serializers.JSONField(
        help_text="Counts once it is done, else empty. In `moves` and `deadlines` the names tell from what to what;"
        " `erased` counts what was not tried, since its words are erased."
    )

    class Meta(BackTestSerializer.Meta):
        fields = [*BackTestSerializer.Meta.fields, "result"]

    def to_representation(self, asked: BackTest) -> dict[str, Any]:
        """Leave the examples out: who may see which conversation is not the trial's to say."""
        told: dict[str, Any] = super().to_representation(asked)
        result = {name: value for name, value in asked.result.items() if name != "examples"}
        if "rules" in result:
            result["rules"] = [
                {name: value for name, value in rule.items() if name != "examples"} for rule in result["rules"]
            ]
        return {**told, "result": result}


class NewBackTestSerializer(serializers.Serializer[Any]):
    """The period; the last ninety days where nothing is said."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)

    def validate(self, checked: dict[str, Any]) -> dict[str, Any]:
        """Keep to days that calendars know."""
        for name, moment in checked.items():
            if not EARLIEST <= moment.date() <= LATEST:
                raise serializers.ValidationError({name: [_("Choose a day of this century.")]})
        return checked


@extend_schema_view(list=extend_schema(summary="List the trials of a version on the past"))
class VersionBackTests(mixins.ListModelMixin, Endpoint[BackTest]):
    """The trials of one version, the newest first."""

    tag = "Policy"
    needs = "policy.view"
    write_scope = "policy"
    serializer_class = BackTestSerializer
    pagination_class = NewestFirst
    queryset = BackTest.objects.none()

    def get_queryset(self) -> QuerySet[BackTest]:
        """Keep those of the version, for those who edit or review it."""
        return self._version().back_tests.select_related("requested_by").defer("result")

    @extend_schema(
        summary="Try a version on the past", request=NewBackTestSerializer, responses={201: BackTestSerializer}
    )
    def create(self, request: Request, pk: int) -> Response:
        """Decide every conversation of a period again under the version, in the background; nothing is changed."""
        version = self._version()
        if not self.person.rights.may("policy.edit"):
            raise PermissionDenied
        now = timezone.now()
        checked = self.read(NewBackTestSerializer, request.data)
        until = checked.get("until", now)
        asked = asking.start_back_test(
            version_id=version.pk,
            since=checked.get("since", until - timedelta(days=USUAL_DAYS)),
            until=until,
            requester=self.person,
            at=now,
        )
        return Response(BackTestSerializer(asked).data, status=201)

    def _version(self) -> PolicyVersion:
        version = get_object_or_404(PolicyVersion.objects.visible_to(self.person), pk=self.kwargs["pk"])
        return get_reviewed_for(self.person, version.number)


@extend_schema_view(retrieve=extend_schema(summary="Read a trial of a version on the past"))
class BackTests(mixins.RetrieveModelMixin, Endpoint[BackTest]):
    """One trial: how far it is, and in the end what came of it."""

    tag = "Policy"
    needs = "policy.view"
    write_scope = "policy"
    serializer_class = WholeBackTestSerializer
    queryset = BackTest.objects.none()

    def get_object(self) -> BackTest:
        """Return the trial, for those who edit or review the version."""
        return get_back_test_for(self.person, self.kwargs["pk"])

    @extend_schema(summary="Cancel a trial of a version on the past", responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Stop the trial; what it found so far is forgotten."""
        asked = self.get_object()
        if not self.person.rights.may("policy.edit"):
            raise PermissionDenied
        asking.cancel_back_test(back_test_id=asked.pk, actor=self.person, at=timezone.now())
        return Response(status=204)
