"""Looking around in the demonstration company."""

from allauth.core import ratelimit
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from teams.demonstration import personas
from teams.http import organisation_of
from teams.models import User


@never_cache
@require_POST
def sign_in_as(request: HttpRequest, user_id: int) -> HttpResponse:
    """Sign a visitor in as one of the offered people; 404 unless this is the demonstration company."""
    if not organisation_of(request).is_demo or user_id not in {persona.user_id for persona in personas()}:
        raise Http404
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    if limited is not None:
        return limited
    login(request, User.objects.get(pk=user_id))
    then = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(then, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(then)
    return redirect("home")
