"""The set-up page, which is there until somebody has used it."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from socialhub.setup import installing
from socialhub.setup.forms import SetUpForm
from teams.services.organisation import AlreadySetUp


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Make the organisation and its first administrator, and sign that person in; 404 ever after."""
    if request.organisation is not None:  # type: ignore[attr-defined]
        raise Http404
    form = SetUpForm(request.POST or None)
    if request.method != "POST":
        return render(request, "setup/set_up.html", {"form": form})
    if not form.is_valid():
        return render(request, "setup/set_up.html", {"form": form}, status=422)
    try:
        administrator = installing.set_up(beginning=form.beginning(), at=timezone.now())
    except AlreadySetUp:
        context = {
            "title": _("Somebody was faster"),
            "text": _("This installation was set up a moment ago. Nothing of what you entered was kept."),
            "look_url": reverse("account_login"),
        }
        return render(request, "409.html", context, status=409)
    login(request, administrator)
    return redirect("streams:begin")
