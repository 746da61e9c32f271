"""What views ask of a request."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from socialhub.lib.errors import Conflict
from teams.models import Organisation, User

Args = ParamSpec("Args")
View = Callable[Concatenate[HttpRequest, Args], HttpResponseBase]


def signed_in(request: HttpRequest) -> User:
    """Return the person who asks.

    :raises PermissionDenied: nobody is signed in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def organisation_of(request: HttpRequest) -> Organisation:
    """Return the organisation, which the middleware has put on every request after set-up."""
    organisation: Organisation = request.organisation  # type: ignore[attr-defined]
    return organisation


def may(action: str) -> Callable[[View[Args]], View[Args]]:
    """Let a view run only for people who may do ``action`` somewhere; others get 403.

    Who is not signed in is led to the sign-in page; a part of a page is refused
    with 401 instead, since the sign-in page in its place would take what was typed.
    """

    def wrap(view: View[Args]) -> View[Args]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Args.args, **kwargs: Args.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
                return HttpResponse(status=401) if is_part else redirect_to_login(request.get_full_path())
            if not signed_in(request).rights.may_somewhere(action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]  # wraps() hides that the first argument stays positional

    return wrap


def answer_conflict(request: HttpRequest, conflict: Conflict, *, look_url: str) -> HttpResponse:
    """Answer 409 with what is true now, and the way to look at it."""
    return render(request, "409.html", {"text": str(conflict), "look_url": look_url}, status=409)
