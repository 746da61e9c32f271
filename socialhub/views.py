"""Health, home and the pages for refusals."""

import sys
from contextlib import AbstractContextManager
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from teams import languages
from teams.http import signed_in


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; anybody may ask."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the database and Redis answer this process; anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        # Of all that is asked of the cache, only this tells that it is away.
        cache.delete("readyz")
    except (OperationalError, RedisError) as error:
        return HttpResponse(f"not ready: {type(error).__name__}\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponseRedirect:
    """Send everybody to where their work is."""
    rights = signed_in(request).rights
    if rights.may_somewhere("conversation.decide"):
        return redirect("triage:inbox")
    if rights.departments_for("conversation.claim"):
        return redirect("triage:inbox")
    if rights.departments_for("takeaway.write"):
        return redirect("insights:listen")
    if rights.may_somewhere("report.view"):
        return redirect("insights:reports")
    if rights.may_somewhere("policy.view"):
        return redirect("policies:in_force")
    # Whoever was just invited has an account before they have a role.
    messages.info(request, _("You have no role here yet. An administrator gives you one."))
    return redirect("teams:account")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain an expired form."""
    return render(request, "403.html", {"is_expired_form": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 in our own look."""
    with _in_language_of(request):
        return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 in our own look."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 in our own look."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without what needs the database; 503 while that is away, so that programs ask again."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.INTERNAL_SERVER_ERROR
    headers = {"Retry-After": "2"} if is_away else {}
    with _in_language_of(request):
        return HttpResponse(render_to_string("500.html"), status=status, headers=headers)


def _in_language_of(request: HttpRequest) -> AbstractContextManager[None]:
    """Speak the reader's language to a request that was refused before, or after, anybody looked who reads."""
    return translation.override(
        getattr(request, "LANGUAGE_CODE", "") or languages.of_browser(request) or settings.LANGUAGE_CODE
    )
