"""The channels."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins

from listening.api.serializers import ChannelSerializer
from listening.models import Channel
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
