"""The streams: read, added, changed and deleted by programs."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from listening.heard import language_code
from listening.models import Channel, Stream, StreamDay
from listening.services import streams
from listening.streams.forms import checked_review_day, people_who_may_own
from listening.streams.rows import WEEK, today_utc
from listening.streams.terms import LONGEST_TERM, MOST_TERMS, Unsearchable, checked_terms
from socialhub.lib.keyset import MAX_ID
from teams.api.endpoint import Endpoint
from teams.models import User


class TermsSerializer(serializers.ListField):
    """Words, phrases and hashtags."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=LONGEST_TERM), max_length=MOST_TERMS, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the terms, each once.

        :raises ValidationError: one cannot be looked for.
        """
        try:
            return checked_terms(super().to_internal_value(data))
        except Unsearchable as unusable:
            raise serializers.ValidationError(str(unusable)) from unusable


class StreamSerializer(serializers.ModelSerializer[Stream]):
    """A standing query, why it stands, and how much it heard."""

    today = serializers.SerializerMethodField(help_text="Matches today, in UTC.")
    last_7_days = serializers.SerializerMethodField(help_text="Matches today and on the six days before.")

    class Meta:
        model = Stream
        fields = [
            "id",
            "name",
            "purpose",
            "any_terms",
            "all_terms",
            "no_terms",
            "languages",
            "channels",
            "owner",
            "reason",
            "review_on",
            "daily_limit",
            "is_paused",
            "today",
            "last_7_days",
            "created_at",
        ]

    @extend_schema_field(serializers.IntegerField)
    def get_today(self, stream: Stream) -> int:
        """Return the matches of this day."""
        return self._counts(stream).get(today_utc(), 0)

    @extend_schema_field(serializers.IntegerField)
    def get_last_7_days(self, stream: Stream) -> int:
        """Return the matches of a week."""
        return sum(self._counts(stream).values())

    def _counts(self, stream: Stream) -> dict[date, int]:
        since = today_utc() - timedelta(days=WEEK)
        return {one.day: one.count for one in stream.days.all() if one.day > since}


class NewStreamSerializer(serializers.Serializer[Any]):
    """What a stream is to be: it wants one of ``any_terms``, all of ``all_terms`` and none of ``no_terms``."""

    name = serializers.CharField(max_length=80)
    purpose = serializers.ChoiceField(choices=Stream.Purpose.choices)
    any_terms = TermsSerializer(allow_empty=False)
    all_terms = TermsSerializer(default=list)
    no_terms = TermsSerializer(default=list)
    languages = serializers.ListField(child=serializers.CharField(max_length=20), max_length=50, default=list)
    channels = serializers.PrimaryKeyRelatedField(queryset=Channel.objects.all(), many=True, default=list)
    owner = serializers.IntegerField(min_value=1, max_value=MAX_ID, help_text="The id of a person who sees streams.")
    reason = serializers.CharField(max_length=2000)
    review_on = serializers.DateField(help_text="A day after today and within a year.")
    daily_limit = serializers.IntegerField(min_value=1, max_value=10_000_000, allow_null=True, default=None)

    def validate_owner(self, pk: int) -> User:
        """Return the person."""
        owner = people_who_may_own().filter(pk=pk).first()
        if owner is None:
            raise serializers.ValidationError(_("Nobody who sees streams has this id."))
        return owner

    def validate_languages(self, entered: list[str]) -> list[str]:
        """Return the codes, each once."""
        codes = [language_code(code) for code in entered]
        if not all(codes):
            raise serializers.ValidationError(_("Codes of languages are like en or de."))
        return list(dict.fromkeys(codes))

    def validate_review_on(self, day: date) -> date:
        """Ask for a day that comes, and soon enough."""
        try:
            return checked_review_day(day, today=today_utc())
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


@extend_schema_view(
    list=extend_schema(summary="List the streams"),
    retrieve=extend_schema(summary="Read one stream"),
)
class Streams(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[Stream]):
    """What is listened for, why, and how much of it is heard."""

    tag = "Streams"
    needs = "stream.view"
    write_scope = "listen"
    serializer_class = StreamSerializer
    queryset = Stream.objects.none()

    def get_queryset(self) -> QuerySet[Stream]:
        """Load the streams with what they count."""
        lately = StreamDay.objects.filter(day__gt=today_utc() - timedelta(days=WEEK))
        return Stream.objects.prefetch_related("channels", Prefetch("days", queryset=lately))

    @extend_schema(summary="Add a stream", request=NewStreamSerializer, responses={201: StreamSerializer})
    def create(self, request: Request) -> Response:
        """Begin to listen for something; what was heard lately is searched for it, too."""
        self._require_managing()
        wanted = streams.Wanted(**self.read(NewStreamSerializer, request.data))
        stream = streams.add_stream(wanted=wanted, actor=self.person, at=timezone.now())
        return Response(StreamSerializer(stream).data, status=201)

    @extend_schema(summary="Change a stream", request=NewStreamSerializer, responses={200: StreamSerializer})
    def update(self, request: Request, pk: int) -> Response:
        """Change what is listened for, from the next mention on. What is left out is emptied."""
        self._require_managing()
        stream = get_object_or_404(self.get_queryset(), pk=pk)
        wanted = streams.Wanted(**self.read(NewStreamSerializer, request.data))
        streams.change_stream(stream_id=stream.pk, wanted=wanted, actor=self.person, at=timezone.now())
        return Response(StreamSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    @extend_schema(summary="Delete a stream", responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Forget a stream and what it matched; the mentions stay."""
        self._require_managing()
        stream = get_object_or_404(self.get_queryset(), pk=pk)
        streams.delete_stream(stream_id=stream.pk, actor=self.person, at=timezone.now())
        return Response(status=204)

    def _require_managing(self) -> None:
        if not self.person.rights.may("stream.manage"):
            raise PermissionDenied
