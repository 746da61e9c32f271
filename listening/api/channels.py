"""The channels."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.generics import get_object_or_404

from listening.api.serializers import ChannelSerializer, GapSerializer
from listening.models import Channel, Gap
from teams.api.endpoint import Endpoint


@extend_schema_view(
    list=extend_schema(summary="List the channels"),
    retrieve=extend_schema(summary="Read one channel"),
)
class Channels(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[Channel]):
    """The connected places where people speak, and how they are doing."""

    tag = "Channels"
    needs = "channel.view"
    queryset = Channel.objects.all()
    serializer_class = ChannelSerializer


@extend_schema_view(list=extend_schema(summary="List when a channel was not heard"))
class ChannelGaps(mixins.ListModelMixin, Endpoint[Gap]):
    """The gaps of one channel: what is counted in them is less than what was said."""

    tag = "Channels"
    needs = "channel.view"
    queryset = Gap.objects.none()
    serializer_class = GapSerializer

    def get_queryset(self) -> QuerySet[Gap]:
        """Keep those of the channel in the address."""
        return Gap.objects.filter(channel=get_object_or_404(Channel, pk=self.kwargs["channel_id"]))
