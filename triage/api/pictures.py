"""Our copies of the pictures beside what was said."""

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from listening.models import Picture
from triage.access import get_picture_for
from triage.api.endpoint import ConversationEndpoint
from triage.api.serializers import PictureSerializer
from triage.showing.handing_out import picture_response


class PictureFile(ConversationEndpoint[Picture]):
    """The bytes of a picture."""

    needs = "attachment.view"
    tag = "Mentions"
    serializer_class = PictureSerializer

    @extend_schema(summary="Read our copy of a picture", responses={(200, "image/webp"): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, picture_id: int) -> HttpResponseBase:
        """Return a small still copy, to whom may see the conversation; 404 as long as there is none."""
        return picture_response(get_picture_for(self.person, picture_id))
