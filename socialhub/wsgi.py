"""Pages and API."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialhub.settings.development")
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer one request; one whose character set is none is read as UTF-8.

    Django ignores a name that Python does not know, but fails before its first
    middleware on one that Python knows as something else than text, such as ``bz2``.
    """
    kind, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    if "charset" in parameters:
        try:
            "".encode(parameters["charset"])
        except LookupError:
            environ["CONTENT_TYPE"] = kind
    return _django(environ, start_response)
