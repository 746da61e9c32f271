"""Saved views: read, kept, changed, moved and deleted by programs."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from teams.api.endpoint import Endpoint
from teams.api.serializers import department_named
from teams.models import Department
from triage.access import get_saved_view_for
from triage.finding.language import LONGEST
from triage.lists.filtering import read_filter
from triage.lists.queues import NEWEST_OF_ALL
from triage.models import SavedView
from triage.services import saved_views


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """A filter under a name, with how many conversations it lists while somebody looks."""

    department = serializers.SlugRelatedField[Department](slug_field="slug", read_only=True, allow_null=True)
    count = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Up to 1000, as of `counted_at`; null where nobody knows."
    )

    class Meta:
        model = SavedView
        fields = ["id", "name", "query", "sort", "department", "owner", "position", "count", "counted_at", "changed_at"]


class NewSavedViewSerializer(serializers.Serializer[Any]):
    """What a view is to be."""

    name = serializers.CharField(max_length=60)
    query = serializers.CharField(max_length=LONGEST, help_text="In the language of the search box.")
    sort = serializers.ChoiceField(
        choices=[(sort.value, sort.label) for sort in NEWEST_OF_ALL], default=NEWEST_OF_ALL[0].value
    )
    department = serializers.SlugField(
        max_length=50, allow_null=True, default=None, help_text="Whom it is shared with; null keeps it to you."
    )

    def validate_query(self, text: str) -> str:
        """Ask for a filter that can be read."""
        found = read_filter(text)
        if found.problem:
            raise serializers.ValidationError(found.problem)
        return found.sought.text()

    def validate_department(self, slug: str | None) -> Department | None:
        """Return the department."""
        return department_named(slug) if slug is not None else None


class MoveSerializer(serializers.Serializer[Any]):
    """Where a view goes."""

    to = serializers.ChoiceField(choices=["up", "down"])


@extend_schema_view(list=extend_schema(summary="List the saved views of the inbox that you may open"))
class SavedViews(mixins.ListModelMixin, Endpoint[SavedView]):
    """Filters that people keep in their menu."""

    tag = "Saved views"
    needs = "conversation.view"
    write_scope = "answer"
    serializer_class = SavedViewSerializer
    # Read by the schema only; see ``get_queryset``.
    queryset = SavedView.objects.none()

    def get_queryset(self) -> QuerySet[SavedView]:
        """Keep what the caller may open."""
        return SavedView.objects.visible_to(self.person).select_related("department")

    @extend_schema(summary="Read one saved view", responses=SavedViewSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one view."""
        return Response(SavedViewSerializer(get_saved_view_for(self.person, pk)).data)

    @extend_schema(summary="Save a view", request=NewSavedViewSerializer, responses={201: SavedViewSerializer})
    def create(self, request: Request) -> Response:
        """Keep a filter under a name."""
        wanted = saved_views.Wanted(**self.read(NewSavedViewSerializer, request.data))
        view = saved_views.save_view(wanted=wanted, actor=self.person, at=timezone.now())
        return Response(SavedViewSerializer(view).data, status=201)

    @extend_schema(summary="Change a saved view", request=NewSavedViewSerializer, responses={200: SavedViewSerializer})
    def update(self, request: Request, pk: int) -> Response:
        """Change a view. What is left out is emptied."""
        view = get_saved_view_for(self.person, pk, to_change=True)
        wanted = saved_views.Wanted(**self.read(NewSavedViewSerializer, request.data))
        saved_views.change_view(view=view, wanted=wanted, actor=self.person, at=timezone.now())
        return Response(SavedViewSerializer(get_saved_view_for(self.person, pk)).data)

    @extend_schema(summary="Delete a saved view", responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a view; of what it lists nothing changes."""
        saved_views.delete_view(view=get_saved_view_for(self.person, pk, to_change=True), actor=self.person)
        return Response(status=204)


class MovingViews(Endpoint[SavedView]):
    """The order of the views in a menu."""

    tag = "Saved views"
    needs = "conversation.view"
    write_scope = "answer"
    serializer_class = SavedViewSerializer
    queryset = SavedView.objects.none()

    @extend_schema(summary="Move a saved view up or down", request=MoveSerializer, responses={200: SavedViewSerializer})
    def create(self, request: Request, pk: int) -> Response:
        """Move a view among those of its menu; at the end of it nothing happens."""
        view = get_saved_view_for(self.person, pk, to_change=True)
        to = self.read(MoveSerializer, request.data)["to"]
        saved_views.move_view(view=view, step=-1 if to == "up" else 1, actor=self.person)
        return Response(SavedViewSerializer(get_saved_view_for(self.person, pk)).data)
