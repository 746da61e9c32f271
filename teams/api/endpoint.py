"""What all endpoints of the API have in common."""

from datetime import UTC
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.viewsets import GenericViewSet

from socialhub.lib.api_parsing import ShallowJson
from teams.api.permissions import HasRight, HasScope
from teams.api.schema import ApiSchema
from teams.http import signed_in
from teams.models import User

Row = TypeVar("Row", bound=Model)


class Endpoint(GenericViewSet[Row]):
    """One resource.

    ``write_scope`` is what a key needs to change something here; ``needs`` is a
    right that the person must hold somewhere; ``tag`` is the heading in the
    documentation.
    """

    write_scope: ClassVar[str] = ""
    needs: ClassVar[str] = ""
    tag: ClassVar[str] = ""

    permission_classes = [HasScope, HasRight]
    parser_classes = [ShallowJson]
    filter_backends = []
    metadata_class = None
    schema = ApiSchema()

    @property
    def person(self) -> User:
        """The person who asks, or for whom a program asks."""
        return signed_in(self.request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with times in UTC, whatever zone the person reads pages in."""
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)

    def read(self, serializer_class: type[Any], data: Any) -> dict[str, Any]:
        """Return what was sent, checked.

        :raises ValidationError: a field is missing or cannot be used.
        """
        serializer = serializer_class(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        checked: dict[str, Any] = serializer.validated_data
        return checked
