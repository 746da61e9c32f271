"""How the API reads what was sent."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    """More was sent than anything here needs."""

    status_code = 413
    default_code = "too_large"
    default_detail = "This is more than the API reads in one request."


class BoundedJson(JSONParser):
    """JSON of a size and depth that cannot hurt."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read one body.

        :raises TooLarge: it is larger than forms may be.
        :raises ParseError: it is not JSON, or nested too deeply.
        """
        context = dict(parser_context or {})
        length = int(context["request"].META.get("CONTENT_LENGTH") or 0)
        if length > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            raise TooLarge
        try:
            return super().parse(stream, media_type, context)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
