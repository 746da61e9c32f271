"""The lists of authors that rules know: read, made, filled and deleted by programs."""

from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from listening.models import AuthorList
from listening.services import author_list_keeping as keeping
from teams.api.endpoint import Endpoint

# What a program may hand over at once.
MOST_AT_ONCE = 5_000


class AuthorListSerializer(serializers.ModelSerializer[AuthorList]):
    """A list, and how many stand on it; who they are is not told."""

    entry_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = AuthorList
        fields = ["id", "name", "kind", "entry_count"]


class NewAuthorListSerializer(serializers.Serializer[Any]):
    """What a list is called, and who stands on it."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=AuthorList.Kind.choices)


class AuthorEntriesSerializer(serializers.Serializer[Any]):
    """Authors: handles without their ``@``, addresses, or ``@example.com`` for every address there."""

    add = serializers.ListField(
        child=serializers.CharField(max_length=keeping.LONGEST_VALUE + 1), max_length=MOST_AT_ONCE, default=list
    )
    remove = serializers.ListField(
        child=serializers.CharField(max_length=keeping.LONGEST_VALUE + 1), max_length=MOST_AT_ONCE, default=list
    )


class ChangedEntriesSerializer(serializers.Serializer[Any]):
    """How many authors are new on the list, and how many are gone from it."""

    added = serializers.IntegerField()
    removed = serializers.IntegerField()


@extend_schema_view(
    list=extend_schema(summary="List the lists of authors"),
    retrieve=extend_schema(summary="Read one list of authors"),
)
class AuthorLists(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[AuthorList]):
    """Customers, employees, the press: whom the rules of the policy know."""

    tag = "Author lists"
    needs = "stream.manage"
    write_scope = "listen"
    serializer_class = AuthorListSerializer
    queryset = AuthorList.objects.none()

    def get_queryset(self) -> QuerySet[AuthorList]:
        """Load the lists with how many stand on each."""
        return AuthorList.objects.annotate(entry_count=Count("entries"))

    @extend_schema(summary="Add a list", request=NewAuthorListSerializer, responses={201: AuthorListSerializer})
    def create(self, request: Request) -> Response:
        """Begin a list of authors; nobody stands on it yet."""
        wanted = self.read(NewAuthorListSerializer, request.data)
        made = keeping.add_list(**wanted, actor=self.person, at=timezone.now())
        return Response(AuthorListSerializer(self.get_queryset().get(pk=made.pk)).data, status=201)

    @extend_schema(summary="Delete a list", responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a list and forget who stood on it."""
        found = get_object_or_404(self.get_queryset(), pk=pk)
        keeping.delete_list(list_id=found.pk, actor=self.person, at=timezone.now())
        return Response(status=204)


class AuthorEntries(Endpoint[AuthorList]):
    """Who stands on a list."""

    tag = "Author lists"
    needs = "stream.manage"
    write_scope = "listen"
    serializer_class = ChangedEntriesSerializer
    queryset = AuthorList.objects.none()

    @extend_schema(
        summary="Put authors on a list and take others off",
        request=AuthorEntriesSerializer,
        responses={200: ChangedEntriesSerializer},
    )
    def create(self, request: Request, list_id: int) -> Response:
        """Put authors on a list, then take others off. Harmless to call twice."""
        found = get_object_or_404(AuthorList.objects.all(), pk=list_id)
        given = self.read(AuthorEntriesSerializer, request.data)
        wanted, gone = (keeping.read_values(given[name]) if given[name] else [] for name in ("add", "remove"))
        at = timezone.now()
        added = keeping.add_entries(list_id=found.pk, values=wanted, actor=self.person, at=at).added
        removed = keeping.remove_entries(list_id=found.pk, values=gone, actor=self.person, at=at)
        return Response({"added": added, "removed": removed})
