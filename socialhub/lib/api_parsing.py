"""How the API reads what was sent."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    """More was sent than anything here needs."""

    status_code = 413
    default_code = "too_large"
    default_detail = gettext_lazy("This is more than the API reads in one request.")


class BoundedJson(JSONParser):
    """JSON of a size and depth that cannot hurt."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read one body.

        :raises TooLarge: it is larger than forms may be.
        :raises ParseError: it is not JSON, or nested too deeply.
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except RequestDataTooBig as error:
            raise TooLarge from error
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
