"""What every page needs to know before its view runs."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from teams import languages
from teams.services import organisation

# Reached before there is an organisation: set-up itself, health, and what these pages load.
BEFORE_SET_UP = ("/setup/", "/language/", "/healthz", "/readyz", "/static/", "/manifest.webmanifest")

GetResponse = Callable[[HttpRequest], HttpResponse]


class OrganisationMiddleware:
    """Hand every request its organisation, and send the first visitor to the set-up page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        request.organisation = organisation.current()  # type: ignore[attr-defined]
        if request.organisation is None and not request.path.startswith(BEFORE_SET_UP):  # type: ignore[attr-defined]
            return redirect(reverse("setup"))
        return self.get_response(request)


class ReaderMiddleware:
    """Speak the reader's language, and show times in the reader's zone, else in the organisation's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        zone = ""
        if request.user.is_authenticated:
            zone = request.user.time_zone
        if not zone and request.organisation is not None:  # type: ignore[attr-defined]
            zone = request.organisation.time_zone  # type: ignore[attr-defined]
        language = languages.of_request(request)
        request.LANGUAGE_CODE = language
        with timezone.override(zoneinfo.ZoneInfo(zone or "UTC")), translation.override(language):
            response = self.get_response(request)
            # A lazily rendered answer would otherwise show another reader's hours and words.
            if hasattr(response, "render") and callable(response.render):
                response.render()
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response
