"""Acts on many conversations, by programs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.api_pagination import NewestFirst
from socialhub.lib.keyset import MAX_ID
from teams.api.endpoint import Endpoint
from teams.models import ApiKey, Department, User
from triage.access import get_bulk_run_for
from triage.api.requests import CLOSING_CHOICES
from triage.finding.language import LONGEST
from triage.forms.tags import checked_tags
from triage.lists.listing import listing_of
from triage.lists.queues import EVERYTHING
from triage.models import BulkItem, BulkRun
from triage.names import names_now
from triage.services.bulk import preparing, starting
from triage.services.bulk.preparing import MOST_CHOSEN
from triage.states import Departure, Disposition, Priority, Reason, Visibility

Act = BulkRun.Act
State = BulkRun.State
ACTS = [(act.value, act.label) for act in preparing.RIGHTS]
SCOPE_TO_DECIDE = "decide"


class BulkRunSerializer(serializers.ModelSerializer[BulkRun]):
    """One act on many conversations. `matched_count` is `done_count`, `refused_count` and what waits or was left."""

    class Meta:
        model = BulkRun
        fields = [
            "id",
            "act",
            "state",
            "problem",
            "undoes",
            "matched_count",
            "done_count",
            "refused_count",
            "prepared_at",
            "started_at",
            "finished_at",
        ]


class WholeBulkRunSerializer(BulkRunSerializer):
    """One act on many, and before it has begun what is foreseen."""

    foreseen = serializers.SerializerMethodField(
        help_text="While it is `prepared`, how many stand in which way: by code, `ok` where nothing does. Else empty."
    )

    class Meta(BulkRunSerializer.Meta):
        fields = [*BulkRunSerializer.Meta.fields, "foreseen"]

    def get_foreseen(self, run: BulkRun) -> dict[str, int]:
        """Count them."""
        if run.state != State.PREPARED:
            return {}
        return {code or "ok": n for code, n in run.foreseen.items()}


class RefusalSerializer(serializers.ModelSerializer[BulkItem]):
    """A conversation with which it could not be done, and why."""

    conversation = serializers.IntegerField(source="conversation_id")

    class Meta:
        model = BulkItem
        fields = ["conversation", "code", "sentence"]


class Tags(serializers.ListField):
    """Tags, in the form in which they are kept."""

    child = serializers.CharField(max_length=200)

    def to_internal_value(self, data: Any) -> list[str]:
        """Bring them into it."""
        try:
            return list(checked_tags(super().to_internal_value(data)))
        except ValidationError as refusal:
            raise serializers.ValidationError(refusal.messages) from refusal


class NewBulkRunSerializer(serializers.Serializer[Any]):
    """What is done, and with which conversations: those that you name, or all of a list that match."""

    act = serializers.ChoiceField(choices=ACTS)
    conversations = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), required=False, max_length=MOST_CHOSEN
    )
    list = serializers.SlugField(
        max_length=100, required=False, default=EVERYTHING.slug, help_text="A list of the inbox, as in its address."
    )
    q = serializers.CharField(
        max_length=LONGEST, required=False, default="", allow_blank=True, help_text="What narrows the list."
    )
    dry = serializers.BooleanField(
        required=False, default=False, help_text="Only prepare it, and say what it would come to."
    )
    disposition = serializers.ChoiceField(choices=Disposition.choices, required=False, help_text="To decide.")
    reason = serializers.ChoiceField(choices=Reason.choices, required=False, default="", allow_blank=True)
    department = serializers.SlugRelatedField[Department](
        slug_field="slug", queryset=Department.objects.all(), required=False, help_text="To decide and to assign."
    )
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False, default="", allow_blank=True)
    priority = serializers.ChoiceField(
        choices=Priority.choices, required=False, help_text="Without it each keeps its own."
    )
    offered_to = serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), required=False)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    tags = Tags(required=False, help_text="Without them each has its own, or those that were suggested.")
    departure = serializers.ChoiceField(
        choices=Departure.choices,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why it departs from what was suggested; needed where it does.",
    )
    add = Tags(required=False, help_text="To tag.")
    remove = Tags(required=False, help_text="To tag.")
    outcome = serializers.ChoiceField(choices=CLOSING_CHOICES, required=False, help_text="To close.")

    def validate(self, checked: dict[str, Any]) -> dict[str, Any]:
        """Ask for what the act needs."""
        needed = {Act.DECIDE: "disposition", Act.ASSIGN: "department", Act.CLOSE: "outcome"}.get(checked["act"])
        if needed and needed not in checked:
            raise serializers.ValidationError({needed: _("This act needs it.")})
        return checked


@extend_schema_view(list=extend_schema(summary="List your acts on many conversations"))
class BulkRuns(mixins.ListModelMixin, Endpoint[BulkRun]):
    """What the caller has done to many conversations at once; kept for four weeks."""

    tag = "Bulk actions"
    needs = "conversation.view"
    write_scope = "answer"
    serializer_class = BulkRunSerializer
    pagination_class = NewestFirst
    queryset = BulkRun.objects.none()

    def get_queryset(self) -> QuerySet[BulkRun]:
        """Keep the caller's own."""
        return BulkRun.objects.filter(person=self.person)

    @extend_schema(
        summary="Act on many conversations",
        request=NewBulkRunSerializer,
        responses={201: WholeBulkRunSerializer},
    )
    def create(self, request: Request) -> Response:
        """Do the same to many conversations: to few at once, to more in the background.

        Each is asked by the same rules as one alone, and refused alone. What arrives later is no part of it.
        To decide and to assign a key needs the scope `decide`, too. 409 while another act of yours is underway.
        """
        checked = self.read(NewBulkRunSerializer, request.data)
        act, at = Act(checked["act"]), timezone.now()
        _make_sure_of_scope(request, act)
        sought = {"list": checked["list"], "q": checked["q"], "profile": "", "all": "conversations" not in checked}
        given: dict[str, Any] = {"act": act, "person": self.person, "at": at, "sought": sought}
        if "conversations" in checked:
            run = preparing.prepare_chosen(chosen=set(checked["conversations"]), **given)
        else:
            listing = listing_of(self.person, checked["list"], names_now(), text=checked["q"])
            if listing.sought.problem:
                raise serializers.ValidationError({"q": [listing.sought.problem]})
            run = preparing.prepare(found=listing.found(at), **given)
        how = _how(act, checked)
        if checked["dry"]:
            run.how = how
            run.save(update_fields=["how"])
        else:
            run = starting.start(run_id=run.pk, how=how, at=at, clock=timezone.now)
        return Response(WholeBulkRunSerializer(run).data, status=201)


class BulkRunEndpoint(Endpoint[BulkRun]):
    """One act of the caller on many conversations."""

    tag = "Bulk actions"
    needs = "conversation.view"
    write_scope = "answer"
    serializer_class = WholeBulkRunSerializer
    queryset = BulkRun.objects.none()

    def run(self) -> BulkRun:
        """Return it through its door."""
        return get_bulk_run_for(self.person, self.kwargs["pk"])


class OneBulkRun(BulkRunEndpoint):
    """How far it is."""

    @extend_schema(summary="Read an act on many conversations")
    def retrieve(self, request: Request, pk: int) -> Response:
        """Return it with its counts."""
        return Response(WholeBulkRunSerializer(self.run()).data)

    @extend_schema(summary="Stop an act on many conversations", responses={200: WholeBulkRunSerializer})
    def destroy(self, request: Request, pk: int) -> Response:
        """Stop it before its next conversation; what is done stays done. 409 when it is over or has not begun."""
        starting.cancel(run_id=self.run().pk, at=timezone.now())
        return Response(WholeBulkRunSerializer(self.run()).data)


class StartingRuns(BulkRunEndpoint):
    """Begin what was prepared."""

    @extend_schema(
        summary="Begin a prepared act on many conversations", request=None, responses={200: WholeBulkRunSerializer}
    )
    def create(self, request: Request, pk: int) -> Response:
        """Begin what `dry` has prepared, with the conversations as they were then. 409 the second time."""
        run = self.run()
        _make_sure_of_scope(request, Act((run.undoes or run).act))
        run = starting.start(run_id=run.pk, how=run.how, at=timezone.now(), clock=timezone.now)
        return Response(WholeBulkRunSerializer(run).data)


class UndoingRuns(BulkRunEndpoint):
    """The way back."""

    @extend_schema(
        summary="Take an act on many conversations back", request=None, responses={201: WholeBulkRunSerializer}
    )
    def create(self, request: Request, pk: int) -> Response:
        """Take back what it did, where nobody has gone on since; an act of its own. 409 after an hour."""
        run = self.run()
        _make_sure_of_scope(request, Act(run.act))
        at = timezone.now()
        undo = preparing.prepare_undo(run_id=run.pk, person=self.person, at=at)
        undo = starting.start(run_id=undo.pk, how={}, at=at, clock=timezone.now)
        return Response(WholeBulkRunSerializer(undo).data, status=201)


@extend_schema_view(list=extend_schema(summary="List what an act on many conversations was refused"))
class Refusals(mixins.ListModelMixin, Endpoint[BulkItem]):
    """The conversations with which it could not be done."""

    tag = "Bulk actions"
    needs = "conversation.view"
    serializer_class = RefusalSerializer
    pagination_class = NewestFirst
    queryset = BulkItem.objects.none()

    def get_queryset(self) -> QuerySet[BulkItem]:
        """Keep those of the run in the address."""
        run = get_bulk_run_for(self.person, self.kwargs["pk"])
        return run.items.filter(state=BulkItem.State.REFUSED)


def _make_sure_of_scope(request: Request, act: BulkRun.Act) -> None:
    key = request.auth
    if act in (Act.DECIDE, Act.ASSIGN) and isinstance(key, ApiKey) and SCOPE_TO_DECIDE not in key.scopes:
        sentence = _("This key lacks the scope “%(scope)s”.") % {"scope": SCOPE_TO_DECIDE}
        raise PermissionDenied(sentence, code="scope_missing")


def _how(act: BulkRun.Act, checked: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent as a run keeps it."""
    if act == Act.TAG:
        return {"add": checked.get("add", []), "remove": checked.get("remove", [])}
    if act == Act.CLOSE:
        return {"outcome": checked["outcome"]}
    department, person = checked.get("department"), checked.get("offered_to")
    answering = {
        "department": department.pk if department else None,
        "offered_to": person.pk if person else None,
        "note": checked["note"],
    }
    if act == Act.ASSIGN:
        return answering
    return {
        **answering,
        "disposition": checked["disposition"],
        "reason": checked["reason"],
        "visibility": checked["visibility"],
        "priority": checked.get("priority"),
        "tags": checked.get("tags"),
        "departure": checked["departure"],
    }
