"""One's own account and keys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from teams.forms import AccountForm, ApiKeyForm
from teams.http import answer_conflict, signed_in
from teams.models import ApiKey, User
from teams.once import make_once
from teams.services import api_keys

# Where the one showing of a token waits for the next page.
NEW_TOKEN = "new_api_token"  # noqa: S105 - the name of a place, not a token


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show and change what people choose for themselves."""
    user = signed_in(request)
    if request.method != "POST":
        return render(request, "teams/account.html", {"form": AccountForm(instance=user)})
    # The form writes into its instance even when it refuses; the frame must not show that.
    form = AccountForm(request.POST, instance=User.objects.get(pk=user.pk))
    if not form.is_valid():
        return render(request, "teams/account.html", {"form": form}, status=422)
    form.instance.save(update_fields=list(form.cleaned_data))
    messages.success(request, _("Your account was changed."))
    return redirect("teams:account")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List one's keys and make a new one, whose token is shown once."""
    user = signed_in(request)
    if request.method != "POST":
        return _page(request, user, ApiKeyForm())
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form, status=422)
    now = timezone.now()

    def make() -> int:
        key, token = api_keys.create_api_key(
            user=user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(now),
            at=now,
        )
        # In the session: of two clicks the browser shows the answer to the second, which made nothing.
        request.session[NEW_TOKEN] = token
        return key.pk

    make_once(request, make)
    return redirect("teams:keys")


@login_required
@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """End one of one's own keys."""
    user = signed_in(request)
    key = get_object_or_404(ApiKey, pk=key_id, user=user)
    try:
        api_keys.revoke_api_key(key_id=key.pk, actor=user, at=timezone.now())
    except api_keys.KeyRevoked as conflict:
        return answer_conflict(request, conflict, look_url=reverse("teams:keys"))
    messages.success(request, _("The key “%(name)s” opens nothing any more.") % {"name": key.name})
    return redirect("teams:keys")


def _page(request: HttpRequest, user: User, form: ApiKeyForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "keys": user.api_keys.order_by("-pk"),
        "scopes": dict(ApiKey.Scope.choices),
        "token": request.session.pop(NEW_TOKEN, None) if request.method != "POST" else None,
        "now": timezone.now(),
    }
    return render(request, "teams/keys.html", context, status=status)
