"""Look after streams."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from listening.models import Stream
from listening.services import streams as services
from listening.streams.forms import REVIEW_AFTER, QueryForm, StreamForm, initial_of
from listening.streams.rows import WEEK, bars_of, row_of, today_utc
from socialhub.lib.errors import Conflict
from socialhub.lib.moments import date_format, grouped
from teams.http import answer_conflict, may, signed_in
from teams.once import make_once


@may("stream.view")
@require_safe
def streams(request: HttpRequest) -> HttpResponse:
    """List the streams, those to be reviewed first."""
    today = today_utc()
    found = list(Stream.objects.select_related("owner").order_by("name", "pk"))
    counts = services.counts_by_day([one.pk for one in found], since=today - timedelta(days=WEEK))
    rows = [row_of(one, counts.get(one.pk, {}), today=today) for one in found]
    context = {
        "rows": rows,
        "overdue_count": sum(row.is_overdue for row in rows),
        "can_manage": signed_in(request).rights.may("stream.manage"),
        "can_connect": signed_in(request).rights.may("channel.manage"),
    }
    return render(request, "listening/streams.html", context)


@may("stream.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Begin to listen for something."""
    today = today_utc()
    initial = {"purpose": "name", "owner": signed_in(request).pk, "review_on": today + REVIEW_AFTER}
    form = StreamForm(request.POST or None, today=today, initial=initial)
    page = {"title": _("New stream"), "form": form, "cancel_url": reverse("streams:list")}
    if (answer := _unfinished(request, form, page)) is not None:
        return answer
    try:
        made = make_once(
            request,
            lambda: services.add_stream(wanted=form.wanted(), actor=signed_in(request), at=timezone.now()).pk,
        )
    except services.StreamNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "listening/stream_form.html", page, status=422)
    messages.success(request, _("From now on, %(name)s is listened for.") % {"name": form.cleaned_data["name"]})
    return redirect("insights:heard_by", made)


@may("stream.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Change what is listened for."""
    stream = get_object_or_404(Stream, pk=stream_id)
    look_url = reverse("insights:heard_by", args=[stream.pk])
    form = StreamForm(request.POST or None, today=today_utc(), stream=stream, initial=initial_of(stream))
    page = {"title": stream.name, "form": form, "cancel_url": look_url, "stream": stream}
    if (answer := _unfinished(request, form, page)) is not None:
        return answer
    try:
        services.change_stream(stream_id=stream.pk, wanted=form.wanted(), actor=signed_in(request), at=timezone.now())
    except services.StreamNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "listening/stream_form.html", page, status=422)
    except services.StreamGone as conflict:
        return _gone(request, conflict)
    messages.success(request, _("Changed. It holds for what is heard from now on."))
    return redirect(look_url)


@may("stream.manage")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Try what is entered on what was heard lately; a part of the form's page."""
    return render(request, "listening/_stream_preview.html", _previewed(QueryForm(request.POST)))


@may("stream.manage")
@require_POST
def pause(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Stop listening for it."""
    stream = get_object_or_404(Stream, pk=stream_id)
    try:
        services.pause_stream(stream_id=stream.pk, actor=signed_in(request), at=timezone.now())
    except services.StreamGone as conflict:
        return _gone(request, conflict)
    messages.success(request, _("%(name)s is paused: nobody listens for it.") % {"name": stream.name})
    return redirect("insights:heard_by", stream.pk)


@may("stream.manage")
@require_POST
def resume(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Listen for it again."""
    stream = get_object_or_404(Stream, pk=stream_id)
    try:
        services.resume_stream(stream_id=stream.pk, actor=signed_in(request), at=timezone.now())
    except services.StreamGone as conflict:
        return _gone(request, conflict)
    messages.success(request, _("From now on, %(name)s is listened for again.") % {"name": stream.name})
    return redirect("insights:heard_by", stream.pk)


@may("stream.manage")
@require_POST
def confirm_need(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Record that it is still needed."""
    stream = get_object_or_404(Stream, pk=stream_id)
    review_on = today_utc() + REVIEW_AFTER
    try:
        services.confirm_need(stream_id=stream.pk, review_on=review_on, actor=signed_in(request), at=timezone.now())
    except services.StreamGone as conflict:
        return _gone(request, conflict)
    words = {"name": stream.name, "day": date_format(review_on, "j M Y")}
    messages.success(request, _("%(name)s is still needed. It is asked again on %(day)s.") % words)
    return redirect("insights:heard_by", stream.pk)


@may("stream.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Ask, then forget it."""
    stream = get_object_or_404(Stream, pk=stream_id)
    if request.method != "POST":
        return render(request, "listening/stream_delete.html", {"stream": stream})
    services.delete_stream(stream_id=stream.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("%(name)s is deleted. What was heard stays.") % {"name": stream.name})
    return redirect("streams:list")


def _unfinished(request: HttpRequest, form: StreamForm, page: dict[str, Any]) -> HttpResponse | None:
    """Answer with the form unless it can be saved."""
    if request.method != "POST":
        return render(request, "listening/stream_form.html", page)
    if "preview" in request.POST:
        query_form = QueryForm(request.POST)
        # What else is missing is said when it is to be saved.
        unsaved = StreamForm(today=today_utc(), initial={**form.initial, **_as_entered(request)})
        return render(
            request, "listening/stream_form.html", {**page, "form": unsaved, "preview": _previewed(query_form)}
        )
    if not form.is_valid():
        return render(request, "listening/stream_form.html", page, status=422)
    return None


def _as_entered(request: HttpRequest) -> dict[str, Any]:
    entered: dict[str, Any] = request.POST.dict()
    return {**entered, "channels": request.POST.getlist("channels")}


def _previewed(form: QueryForm) -> dict[str, Any]:
    if not form.is_valid():
        problems = [error for errors in form.errors.values() for error in errors]
        return {"problems": problems}
    found = services.preview(form.query())
    days = dict(found.days)
    bars = bars_of(days, since=min(days), until=max(days)) if days else []
    return {"found": found, "read": grouped(found.read_count), "bars": bars}


def _gone(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    return answer_conflict(request, conflict, look_url=reverse("streams:list"))
