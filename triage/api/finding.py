"""The search for programs: what the search page finds, under the same rules."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.errors import Invalid
from teams.api.endpoint import Endpoint
from triage.finding.contradictions import contradiction
from triage.finding.elsewhere import clauses_found, people_found
from triage.finding.excerpts import excerpts_of
from triage.finding.language import LONGEST, Sought, read
from triage.finding.places import Place, read_place, write_place
from triage.finding.searching import Ranking, search
from triage.finding.unknown import unknown_in
from triage.models import Conversation


class PartSerializer(serializers.Serializer[Any]):
    """A piece of a text."""

    text = serializers.CharField()
    is_match = serializers.BooleanField(help_text="Whether it is what was sought.")


class ExcerptSerializer(serializers.Serializer[Any]):
    """One text in which something was found."""

    kind = serializers.ChoiceField(choices=["message", "ours", "note", "answer"])
    author = serializers.CharField(source="name")
    at = serializers.DateTimeField()
    language = serializers.CharField()
    parts = PartSerializer(many=True)


class FoundConversationSerializer(serializers.Serializer[Any]):
    """A conversation in which something was found, with its three best excerpts."""

    conversation = serializers.IntegerField(source="pk")
    author = serializers.CharField()
    stage = serializers.CharField()
    excerpts = ExcerptSerializer(many=True)


class FoundPersonSerializer(serializers.Serializer[Any]):
    """Somebody with these words in their name."""

    name = serializers.CharField()
    handle = serializers.CharField()
    channel = serializers.CharField()
    search = serializers.CharField(help_text="What finds their conversations.")


class FoundClauseSerializer(serializers.Serializer[Any]):
    """A clause of the policy in force."""

    label = serializers.CharField()  # type: ignore[assignment]  # what DRF calls the title of a field
    title = serializers.CharField()
    parts = PartSerializer(many=True)


class UnknownSerializer(serializers.Serializer[Any]):
    """A name that was asked for and that nothing has."""

    field = serializers.CharField()
    name = serializers.CharField()
    problem = serializers.CharField(source="text", help_text="What there is not, in the language of the request.")
    nearest = serializers.CharField(help_text="The name that may be meant; empty where none is near.")
    search = serializers.CharField(source="instead", help_text="The search with that name.")


class FoundSerializer(serializers.Serializer[Any]):
    """A page of what was found; people and clauses stand on the first."""

    order = serializers.ChoiceField(choices=[each.value for each in Ranking])
    total = serializers.IntegerField(allow_null=True, help_text="How many conversations; null where nobody counted.")
    problem = serializers.CharField(help_text="Why nothing can be found, or nothing was; empty otherwise.")
    unknown = UnknownSerializer(many=True, help_text="Names that nothing has.")
    conversations = FoundConversationSerializer(many=True)
    people = FoundPersonSerializer(many=True)
    clauses = FoundClauseSerializer(many=True)
    after = serializers.CharField(help_text="Where the next page begins; empty on the last.")
    back_to = serializers.DateTimeField(
        allow_null=True, help_text="How far back was looked, where the page is short and `after` goes on from there."
    )


class Search(Endpoint[Conversation]):
    """Everything that was said, written and answered, and that the caller may see."""

    tag = "Search"
    needs = "conversation.view"
    queryset = Conversation.objects.none()
    pagination_class = None

    @extend_schema(
        summary="Search messages, notes, answers, people and the policy",
        parameters=[
            OpenApiParameter("q", str, required=True, description=f"What to look for; at most {LONGEST} characters."),
            OpenApiParameter("order", str, enum=[each.value for each in Ranking], description="`best` unless told."),
            OpenApiParameter("after", str, description="Where to go on: `after` of the page before."),
        ],
        responses=FoundSerializer,
    )
    def list(self, request: Request) -> Response:
        """Return a page of what was found."""
        sought = read(request.query_params.get("q", ""))
        if not sought:
            raise Invalid(_("Say what to look for."), field="q")
        order = request.query_params.get("order", Ranking.BEST)
        if order not in set(Ranking):
            raise Invalid(_("The order is best or newest."), field="order")
        place = _place(request.query_params.get("after", ""))
        problem = contradiction(sought)
        answer: dict[str, Any] = {
            "order": order,
            "total": 0,
            "problem": problem,
            "unknown": [] if problem or place else unknown_in(sought, reader=self.person),
            "conversations": [],
            "people": [],
            "clauses": [],
            "after": "",
            "back_to": None,
        }
        if not problem:
            answer |= self._found(sought, Ranking(order), place)
        return Response(FoundSerializer(answer).data)

    def _found(self, sought: Sought, ranking: Ranking, place: Place | None) -> dict[str, Any]:
        found = search(sought, reader=self.person, at=timezone.now(), after=place, ranking=ranking)
        excerpts = excerpts_of((hit for each in found.conversations for hit in each.hits), found.stems)
        ids = [each.pk for each in found.conversations]
        rows = Conversation.objects.visible_to(self.person).filter(pk__in=ids)
        shown = {pk: (author, stage) for pk, author, stage in rows.values_list("pk", "author_name", "stage")}
        return {
            "order": found.ranking,
            "total": found.total,
            "problem": "" if found.conversations else found.stems.remark,
            "conversations": [
                {
                    "pk": each.pk,
                    "author": shown[each.pk][0],
                    "stage": shown[each.pk][1],
                    "excerpts": [excerpts[hit.source, hit.pk] for hit in each.hits if (hit.source, hit.pk) in excerpts],
                }
                for each in found.conversations
                if each.pk in shown
            ],
            "people": people_found(sought, reader=self.person) if place is None else [],
            "clauses": clauses_found(sought, found.stems, reader=self.person) if place is None else [],
            "after": write_place(found.after) if found.after else "",
            "back_to": found.back_to,
        }


def _place(text: str) -> Place | None:
    if not text:
        return None
    try:
        return read_place(text)
    except Invalid as error:
        raise Invalid(str(error), field="after") from error
