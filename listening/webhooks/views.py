"""The address that other systems call, and the page on which its secret is replaced."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from listening.connectors.webhook import KIND
from listening.models import Channel
from listening.services import webhook_secrets, webhooks
from listening.webhooks.forms import SecretForm
from listening.webhooks.signatures import BadSignature
from socialhub.lib.errors import Invalid
from teams.http import may, signed_in

# Where the one showing of a made secret waits for the next page.
NEW_SECRET = "new_webhook_secret"  # noqa: S105 - the name of a place, not a secret
RETRY_SECONDS = 600


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Take a call or a challenge; anybody may try, and only a signature is believed.

    An address that does not exist and a signature that is wrong are answered alike.
    """
    try:
        if request.method != "POST":
            echo = webhooks.receive_challenge(endpoint=endpoint, query=request.GET)
        else:
            body = _body(request)
            if body is None:
                return _plain("The body is larger than a megabyte.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            echo = webhooks.receive_call(endpoint=endpoint, headers=request.headers, body=body, at=timezone.now())
    except BadSignature:
        return _plain("There is no such address, or the signature is wrong.", HTTPStatus.NOT_FOUND)
    except webhooks.EndpointPaused:
        answer = _plain("Nothing is accepted at the moment.", HTTPStatus.SERVICE_UNAVAILABLE)
        answer["Retry-After"] = str(RETRY_SECONDS)
        return answer
    except UnreadablePostError:
        return _plain("The call broke off.", HTTPStatus.BAD_REQUEST)
    return HttpResponse(echo.text, content_type=echo.content_type)


@may("channel.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def secret(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Replace the secret of a webhook; one that we make is shown once."""
    channel = get_object_or_404(Channel, pk=channel_id, kind=KIND)
    form = SecretForm(request.POST or None)
    status = 200
    if request.method == "POST":
        made = "" if form.data.get("secret") else webhook_secrets.make_secret()
        if form.is_valid():
            try:
                webhook_secrets.replace_secret(
                    channel_id=channel.pk,
                    secret=form.cleaned_data["secret"] or made,
                    actor=signed_in(request),
                    at=timezone.now(),
                )
            except Invalid as invalid:
                form.add_error("secret", str(invalid))
            else:
                if made:
                    request.session[NEW_SECRET] = {"channel": channel.pk, "secret": made}
                    return redirect("webhooks:secret", channel_id=channel.pk)
                messages.success(request, _("The secret is replaced. The former one is accepted until you end it."))
                return redirect("listening:channel", channel_id=channel.pk)
        status = 422
    return _secret_page(request, channel, form, status)


@may("channel.manage")
@require_POST
def end_former(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Accept the former secret no more."""
    channel = get_object_or_404(Channel, pk=channel_id, kind=KIND)
    webhook_secrets.end_former_secret(channel_id=channel.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("The former secret is accepted no more."))
    return redirect("listening:channel", channel_id=channel.pk)


def _secret_page(request: HttpRequest, channel: Channel, form: SecretForm, status: int) -> HttpResponse:
    shown = request.session.pop(NEW_SECRET, None) if request.method == "GET" and NEW_SECRET in request.session else None
    page = {
        "channel": channel,
        "form": form,
        "made": shown["secret"] if shown and shown["channel"] == channel.pk else "",
        "has_secret": bool(webhooks.secrets_of(channel)),
    }
    return render(request, "listening/webhook_secret.html", page, status=status)


def _body(request: HttpRequest) -> bytes | None:
    """Return the raw body, or None when it is too long: then it is not read to its end."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared[:20]) > webhooks.MOST_BYTES:
        return None
    # Django takes a body that comes in chunks, without a length, for an empty one.
    is_chunked = not declared and request.headers.get("transfer-encoding", "").lower() == "chunked"
    source = request.META["wsgi.input"] if is_chunked else request
    body: bytes = source.read(webhooks.MOST_BYTES + 1)
    return body if len(body) <= webhooks.MOST_BYTES else None


def _plain(text: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
