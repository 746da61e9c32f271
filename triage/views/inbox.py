"""The list, and the conversation open beside it."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from socialhub.lib.errors import Invalid
from socialhub.lib.keyset import Page, read_id, read_page
from teams.bell import unread_conversations
from teams.http import may, signed_in
from teams.models import Department, User
from triage import queues, rows
from triage.access import get_conversation_for
from triage.forms import DecisionForm
from triage.guide_form import Walked
from triage.models import Conversation
from triage.names import names_now
from triage.pages import make_page
from triage.pen import asked_of
from triage.places import Place
from triage.services.counting import MOST_COUNTED, InboxNumbers, read_numbers

PAGE_SIZE = 50
LONGEST_SEARCH = 200


@may("conversation.view")
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Open the list that is this person's work; a search looks everywhere."""
    user = signed_in(request)
    search = request.GET.get("q", "")
    if search:
        slug = queues.EVERYTHING.slug
    elif user.rights.may_somewhere("conversation.decide"):
        slug = queues.NEEDS_DECISION.slug
    else:
        mine = user.rights.departments_for("conversation.claim")
        department = Department.objects.filter(pk__in=mine).by_name().first()
        slug = f"department-{department.slug}" if department else queues.EVERYTHING.slug
    address = reverse("triage:queue", args=[slug])
    return redirect(f"{address}?{urlencode({'q': search})}" if search else address)


@may("conversation.view")
@require_safe
@vary_on_headers("HX-Request")
def queue(request: HttpRequest, slug: str, conversation_id: int | None = None) -> HttpResponse:
    """Show a list, with a conversation open in it if one is named; htmx gets the conversation alone."""
    return show(request, slug, conversation_id)


@may("conversation.view")
@require_safe
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Go to a conversation in the list where it stands now."""
    found = get_conversation_for(signed_in(request), conversation_id)
    return redirect("triage:open", slug=queues.queue_of(found), conversation_id=found.pk)


@may("conversation.view")
@require_safe
def row(request: HttpRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Return one row as it stands now; no content once it has left the list."""
    user = signed_in(request)
    now = timezone.now()
    names = names_now()
    chosen = queues.find_queue(slug, names.departments, names.channels)
    listed = queues.conversations_in(chosen, user, at=now).filter(pk=conversation_id)
    found = list(rows.with_columns(listed, chosen.order.moment))
    if not found:
        get_conversation_for(user, conversation_id, with_names=False)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    selected = conversation_id if request.GET.get("selected") else None
    base_url = reverse("triage:queue", args=[slug])
    printed = rows.print_rows(
        found,
        user=user,
        names=names,
        base_url=base_url,
        selected=selected,
        unread=set(unread_conversations(request)),
        at=now,
    )
    return HttpResponse(printed[0])


def show(
    request: HttpRequest,
    slug: str,
    conversation_id: int | None,
    *,
    status: int = 200,
    decision_form: DecisionForm | None = None,
    walked: Walked | None = None,
    body: str | None = None,
    refusal: dict[str, Any] | None = None,
) -> HttpResponse:
    """Render the inbox, or for htmx the conversation alone.

    ``decision_form``, ``walked``, ``body`` and ``refusal`` are what a refused act leaves on screen.
    """
    user = signed_in(request)
    now = timezone.now()
    names = names_now()
    chosen = queues.find_queue(slug, names.departments, names.channels)
    base_url = reverse("triage:queue", args=[slug])
    context: dict[str, Any] = {"refusal": refusal}
    if conversation_id is not None:
        found = get_conversation_for(user, conversation_id)
        context["conversation"] = make_page(
            found,
            user,
            slug=slug,
            at=now,
            place=_place(request),
            decision_form=decision_form,
            walked=walked or Walked(is_open=request.COOKIES.get("guide") == "open"),
            body=body,
        )
        if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
            context["c"] = context["conversation"]
            return render(request, "triage/_conversation.html", context, status=status)
    search = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    listed = queues.conversations_in(chosen, user, at=now, search=search)
    noted = queues.noted_in(chosen, user, at=now, search=search)
    profile = request.GET.get("profile", "")
    if profile.isascii() and profile.isdigit() and len(profile) < 19:
        listed = listed.filter(profile=int(profile))
        noted = noted.filter(profile=int(profile))
    try:
        page: Page[Any] = read_page(
            rows.with_columns(listed, chosen.order.moment),
            chosen.order,
            size=PAGE_SIZE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            also=rows.with_columns(noted, chosen.order.moment) if search else None,
        )
    except Invalid as error:
        raise Http404(str(error)) from error
    sees_all = user.rights.everywhere("conversation.view")
    numbers = read_numbers(user_id=user.pk, sees_all=sees_all, at=now)
    total = _total(chosen, numbers, user) if not search and not profile else None
    context |= {
        "title": str(chosen.title) if not search else _("Found: %(words)s") % {"words": search},
        "count_label": "" if total is None else _("%(n)s open") % {"n": f"{total:,}"},
        "asked": asked_of(user, at=now) if chosen.slug == queues.MINE.slug else [],
        "can_write_down": user.rights.may_somewhere("mention.write"),
        "queues": _menu(user, names, numbers, slug),
        "rows": rows.print_rows(
            page.rows,
            user=user,
            names=names,
            base_url=base_url,
            selected=conversation_id,
            unread=set(unread_conversations(request)),
            at=now,
        ),
        "row_url_pattern": f"{base_url}0/row/",
        "next_url": _with(request, after=page.after) if page.after else "",
        "previous_url": _with(request, before=page.before) if page.before else "",
        "empty_title": _("Nothing here"),
        "empty_text": str(chosen.empty) if not search else _("No message or note that you may see has these words."),
    }
    return render(request, "triage/inbox.html", context, status=status)


def _place(request: HttpRequest) -> Place:
    try:
        return Place(*(read_id(request.GET.get(name, "")) for name in ("messages_before", "history_before")))
    except Invalid as error:
        raise Http404(str(error)) from error


def _menu(user: User, names: rows.Names, numbers: InboxNumbers, current: str) -> list[dict[str, Any]]:
    rights = user.rights
    sees_all = rights.everywhere("conversation.view")
    groups: list[dict[str, Any]] = []
    inbox_url = reverse("triage:inbox")

    def item(slug: str, label: str, count: int | None = None, *, is_capped: bool = False) -> dict[str, Any]:
        shown = f"{MOST_COUNTED - 1}+" if is_capped and count == MOST_COUNTED else f"{count or 0:,}"
        return {
            "label": label,
            "url": f"{inbox_url}{slug}/",
            "count_label": shown if count else "",
            "is_current": slug == current,
        }

    everyday = []
    if sees_all:
        everyday += [
            item(queues.NEEDS_DECISION.slug, str(queues.NEEDS_DECISION.title), numbers.by_stage["new"]),
            item(queues.URGENT.slug, str(queues.URGENT.title), numbers.urgent),
            item(queues.BREACHING.slug, str(queues.BREACHING.title), numbers.breaching, is_capped=True),
        ]
    if rights.departments_for("conversation.claim"):
        everyday.append(item(queues.MINE.slug, str(queues.MINE.title), numbers.mine, is_capped=True))
    if numbers.asked:
        everyday.append(item(queues.ASKED.slug, str(queues.ASKED.title), numbers.asked, is_capped=True))
    if numbers.to_approve:
        everyday.append(
            item("", str(_("Approvals")), numbers.to_approve, is_capped=True) | {"url": reverse("triage:approvals")}
        )
    everyday += [
        item(queues.WAITING.slug, str(queues.WAITING.title), numbers.by_stage["waiting"] if sees_all else None),
        item(queues.TROUBLED.slug, str(queues.TROUBLED.title), numbers.troubled, is_capped=True),
        item(queues.CLOSED.slug, str(queues.CLOSED.title)),
        item(queues.EVERYTHING.slug, str(queues.EVERYTHING.title)),
    ]
    groups.append({"title": _("Queues"), "items": everyday})
    shown = [
        (pk, slug, name)
        for pk, (slug, name) in names.departments.items()
        if sees_all or rights.may("takeaway.write", pk)
    ]
    if shown:
        groups.append(
            {
                "title": _("Departments"),
                "items": [
                    item(f"department-{slug}", name, numbers.running_by_department[pk]) for pk, slug, name in shown
                ],
            }
        )
    if sees_all and names.channels:
        groups.append(
            {
                "title": _("Channels"),
                "items": [
                    item(f"channel-{pk}", name, numbers.deciding_by_channel[pk]) for pk, name in names.channels.items()
                ],
            }
        )
    return groups


def _total(chosen: queues.Queue, numbers: InboxNumbers, user: User) -> int | None:
    """Return the kept count of a list, where one is kept."""
    if not user.rights.everywhere("conversation.view"):
        return None
    if chosen.slug == queues.NEEDS_DECISION.slug:
        return numbers.by_stage["new"]
    if chosen.slug == queues.URGENT.slug:
        return numbers.urgent
    if chosen.slug == queues.WAITING.slug:
        return numbers.by_stage["waiting"]
    return None


def _with(request: HttpRequest, **change: str) -> str:
    kept = {name: value for name, value in request.GET.items() if name in ("q", "profile")}
    return f"?{urlencode({**kept, **change})}"


def queue_after(conversation: Conversation, asked: str) -> str:
    """Return the list in which to show a conversation after an act: the one it was opened in, if that exists."""
    names = names_now()
    try:
        queues.find_queue(asked, names.departments, names.channels)
    except Http404:
        return queues.queue_of(conversation)
    return asked
