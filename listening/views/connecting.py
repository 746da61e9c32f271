"""Connect a channel, and change how it is connected: one form for every kind."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from listening.connectors.base import ConnectorFailed, RenewsSignIn
from listening.connectors.registry import CONNECTORS, UnknownKind, connector_for
from listening.forms import ChannelForm
from listening.models import Channel
from listening.services import channels as services
from listening.services.secrets import sealed_secrets
from listening.services.settings import without_secrets
from teams.http import may, signed_in
from teams.once import make_once


@may("channel.manage")
@require_safe
def choose_kind(request: HttpRequest) -> HttpResponse:
    """Offer every kind of channel that can be connected."""
    offered = sorted((each for each in CONNECTORS.values() if each.summary), key=lambda each: each.title.casefold())
    crumbs = [{"label": _("Channels"), "url": reverse("listening:channels")}, {"label": _("Connect a channel")}]
    return render(request, "listening/choose_kind.html", {"offered": offered, "crumbs": crumbs})


@may("channel.manage")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    """Connect a channel, once it was really looked at."""
    connector = CONNECTORS.get(kind)
    if connector is None or not connector.summary:
        raise Http404
    form = ChannelForm(request.POST or None, connector=connector)
    page = {
        "title": _("New channel: %(kind)s") % {"kind": connector.title},
        "text": connector.summary,
        "form": form,
        "cancel_url": reverse("listening:add_channel"),
        "submit_label": _("Try it and connect"),
    }
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return _again(request, page)
    told = _tried(form, {}, channel_id=None)
    if told is None:
        return _again(request, page)
    try:
        made = make_once(
            request,
            lambda: (
                services.add_channel(
                    name=form.cleaned_data["name"],
                    kind=kind,
                    options=form.options,
                    entered=form.secrets,
                    our_handles=form.cleaned_data["our_handles"],
                    poll_seconds=form.cleaned_data.get("poll_seconds")
                    or connector.poll_seconds
                    or Channel().poll_seconds,
                    owner=signed_in(request),
                    at=timezone.now(),
                ).pk
            ),
        )
    except services.ChannelNameTaken as conflict:
        form.add_error("name", str(conflict))
        return _again(request, page)
    messages.success(request, told)
    return redirect("listening:channel", channel_id=made)


@may("channel.manage")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Change a channel; how it is connected only once that was really tried."""
    found = get_object_or_404(Channel, pk=channel_id)
    try:
        connector = connector_for(found.kind)
    except UnknownKind as unknown:
        raise Http404 from unknown
    kept = sealed_secrets(found)
    form = ChannelForm(request.POST or None, connector=connector, channel=found, kept=kept)
    page = {
        "title": found.name,
        "text": connector.title,
        "form": form,
        "cancel_url": reverse("listening:channel", args=[found.pk]),
    }
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return _again(request, page)
    told = ""
    if form.secrets or any(str(found.options.get(name, "")) != value for name, value in form.options.items()):
        if isinstance(connector, RenewsSignIn):
            # Signed in anew, as it will be from then on.
            asked = {field.name for field in connector.fields}
            kept = {name: value for name, value in kept.items() if name in asked}
        tried = _tried(form, {**found.options, **kept}, channel_id=found.pk)
        if tried is None:
            return _again(request, page)
        told = tried
    try:
        services.change_channel(
            channel_id=found.pk,
            name=form.cleaned_data["name"],
            options=form.options if told else {},
            entered=form.secrets,
            our_handles=form.cleaned_data["our_handles"],
            poll_seconds=form.cleaned_data.get("poll_seconds", found.poll_seconds),
            actor=signed_in(request),
            at=timezone.now(),
        )
    except services.ChannelNameTaken as conflict:
        form.add_error("name", str(conflict))
        return _again(request, page)
    if told:
        messages.success(request, told)
    return redirect("listening:channel", channel_id=found.pk)


def _tried(form: ChannelForm, present: dict[str, Any], *, channel_id: int | None) -> str | None:
    """Try what was entered and return what the connector says; None when the form now says why not."""
    settings = {**present, **form.options, **form.secrets, "our_handles": form.cleaned_data["our_handles"]}
    if channel_id is not None:
        settings["channel_id"] = channel_id
    try:
        return services.try_connection(kind=form.connector.kind, settings=settings)
    except ConnectorFailed as failure:
        form.refuse(without_secrets(str(failure), form.secrets.values()))
        return None


def _again(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    return render(request, "teams/form.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
