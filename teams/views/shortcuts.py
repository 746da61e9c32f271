"""One's own keys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from teams.http import signed_in
from teams.services import choices
from teams.shortcut_forms import ShortcutsForm
from teams.shortcuts import FIXED, PAGE, TABLE, AfterAct, after_act, keys_of, with_keys


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shortcuts(request: HttpRequest) -> HttpResponse:
    """List one's keys, change them, or take back all that was changed."""
    user = signed_in(request)
    if request.method != "POST":
        return _page(request, ShortcutsForm(initial={**keys_of(user), "after": after_act(user)}))
    if "reset" in request.POST:
        as_they_come = {each.name: each.key for each in TABLE}
        choices.choose(user_id=user.pk, page=PAGE, change=lambda kept: with_keys(kept, as_they_come, after_act(user)))
        messages.success(request, _("The keys are as they came."))
        return redirect("teams:shortcuts")
    form = ShortcutsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    after = AfterAct(form.cleaned_data["after"])
    choices.choose(user_id=user.pk, page=PAGE, change=lambda kept: with_keys(kept, form.keys(), after))
    messages.success(request, _("Your keys were changed."))
    return redirect("teams:shortcuts")


def _page(request: HttpRequest, form: ShortcutsForm, *, status: int = 200) -> HttpResponse:
    return render(request, "teams/shortcuts.html", {"form": form, "fixed": FIXED}, status=status)
