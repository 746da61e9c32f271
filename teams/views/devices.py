"""The browsers that one is told in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from teams.forms import DeviceForm
from teams.http import signed_in
from teams.models import PushSubscription
from teams.push_kinds import GROUPS
from teams.receivers import HERE
from teams.services import pushing

BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS"}


@login_required
@never_cache
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """List one's browsers, with what each is told."""
    return _page(request)


@login_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Take on the browser that asks."""
    user = signed_in(request)
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return _page(request, problem=_("This browser did not say where to send to."), status=422)
    try:
        pushing.check_introduction(**form.cleaned_data)
    except pushing.NotAPushService as refusal:
        return _page(request, problem=str(refusal), status=422)
    made = pushing.subscribe(user=user, **form.cleaned_data, browser=_browser(request), at=timezone.now())
    request.session[HERE] = made.pk
    messages.success(request, _("You are told in this browser, also while no page is open."))
    return redirect("teams:devices")


@login_required
@require_POST
def choose(request: HttpRequest, device_id: int) -> HttpResponse:
    """Set what one of one's browsers is told."""
    device = get_object_or_404(PushSubscription, pk=device_id, user=signed_in(request))
    pushing.choose_groups(subscription=device, groups=request.POST.getlist("groups"))
    messages.success(request, _("Saved."))
    return redirect("teams:devices")


@login_required
@require_POST
def remove(request: HttpRequest, device_id: int) -> HttpResponse:
    """Tell one of one's browsers nothing any more."""
    device = get_object_or_404(PushSubscription, pk=device_id, user=signed_in(request))
    pushing.forget(subscription_id=device.pk)
    messages.success(request, _("Nothing is sent to that browser any more."))
    return redirect("teams:devices")


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    mine = list(PushSubscription.objects.filter(user=signed_in(request)).order_by("-pk"))
    here = request.session.get(HERE)
    context = {
        "devices": mine,
        "here": here,
        "is_here": any(one.pk == here for one in mine),
        "groups": [(name, label) for name, (label, _kinds) in GROUPS.items()],
        "public_key": pushing.signing_key(at=timezone.now())[1],
        "problem": problem,
    }
    return render(request, "teams/devices.html", context, status=status)


def _browser(request: HttpRequest) -> str:
    """Name a browser as people know it."""
    said = request.headers.get("User-Agent", "")
    name = next((name for sign, name in BROWSERS.items() if sign in said), _("Browser"))
    system = next((name for sign, name in SYSTEMS.items() if sign in said), "Linux" if "Linux" in said else "")
    return f"{name}, {system}" if system else str(name)
