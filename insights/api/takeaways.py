"""What departments take away, by conversation and altogether."""

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from insights.api.serializers import NewTakeawaySerializer, TakeawaySerializer
from insights.models import Takeaway
from insights.services import takeaways
from socialhub.lib.api_filters import Filters
from teams.api.endpoint import Endpoint
from teams.models import Department
from triage.access import get_conversation_for


class TakeawayFilter(Filters):
    """The filters of the list of takeaways."""

    department = django_filters.ModelChoiceFilter(
        queryset=Department.objects.all(), to_field_name="slug", help_text="The slug of the department."
    )
    kind = django_filters.ChoiceFilter(choices=Takeaway.Kind.choices)

    class Meta:
        model = Takeaway
        fields: list[str] = []


class TakeawayEndpoint(mixins.ListModelMixin, Endpoint[Takeaway]):
    """A list of takeaways."""

    tag = "Takeaways"
    needs = "conversation.view"
    serializer_class = TakeawaySerializer
    queryset = Takeaway.objects.none()


@extend_schema_view(list=extend_schema(summary="List the takeaways that you may see"))
class Takeaways(TakeawayEndpoint):
    """The takeaways from every conversation that concerns the caller."""

    filter_backends = [DjangoFilterBackend]
    filterset_class = TakeawayFilter

    def get_queryset(self) -> QuerySet[Takeaway]:
        """Keep those of conversations that the caller may see."""
        return Takeaway.objects.visible_to(self.person).select_related("department", "author")


@extend_schema_view(list=extend_schema(summary="List the takeaways from a conversation"))
class ConversationTakeaways(TakeawayEndpoint):
    """The takeaways from one conversation."""

    write_scope = "listen"

    def get_queryset(self) -> QuerySet[Takeaway]:
        """Keep those of the conversation in the address."""
        conversation = get_conversation_for(self.person, self.kwargs["conversation_id"])
        return conversation.takeaways.select_related("department", "author")

    @extend_schema(summary="Write down a takeaway", request=NewTakeawaySerializer, responses={201: TakeawaySerializer})
    def create(self, request: Request, conversation_id: int) -> Response:
        """Write down what a department of the caller takes away."""
        conversation = get_conversation_for(self.person, conversation_id)
        checked = self.read(NewTakeawaySerializer, request.data)
        takeaway = takeaways.write_takeaway(
            conversation_id=conversation.pk,
            department=checked["department"],
            author=self.person,
            kind=checked["kind"],
            text=checked["text"],
            at=timezone.now(),
        )
        return Response(TakeawaySerializer(takeaway).data, status=201)
