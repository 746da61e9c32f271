"""Make conversations one, take one apart, and undo it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from socialhub.lib.durations import ago
from socialhub.lib.errors import Invalid, Refusal
from socialhub.lib.keyset import MAX_ID
from teams.http import may, signed_in
from teams.models import User
from triage.access import get_conversation_for, get_merge_for
from triage.finding.language import NotUnderstood, read
from triage.finding.searching import search
from triage.forms.merging import MergeForm, SplitForm
from triage.models import Conversation, Merge
from triage.services.threads import merging_by_hand, splitting_off
from triage.services.threads.merged_away import MergedAway
from triage.services.threads.merging_by_hand import WidensReaders
from triage.showing import undo_offers
from triage.showing.entries import Entry
from triage.showing.thread import read_thread
from triage.states import Outcome, Stage
from triage.views.acts import refused, show_done, status_of

MOST_OFFERED = 10
# The number of a conversation, alone or at the end of the address of its page.
_NUMBER = re.compile(r"(?:^|/)#?([1-9][0-9]{0,17})/?(?:[?#].*)?$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation that may be one with another."""

    pk: int
    name: str
    snippet: str
    language: str
    stage: str
    # Whoever else holds it: then it is not emptied into another.
    holder: str
    ago: str
    at_iso: str
    url: str
    is_chosen: bool = False


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Offer what may be one with a conversation, and merge what was chosen."""
    user = signed_in(request)
    conversation = _to_merge(user, conversation_id)
    if request.method != "POST":
        return _merge_page(request, user, conversation)
    form = MergeForm(request.POST)
    if not form.is_valid():
        refusal = Invalid(_("Choose at least one conversation."))
        return _merge_page(request, user, conversation, refusal=refusal)
    others = form.cleaned_data["others"]
    for other in others:
        _to_merge(user, other)
    target, sources = conversation.pk, others
    if form.cleaned_data["direction"] == "there":
        if len(others) != 1:
            refusal = Invalid(_("Only one conversation can go on there. Choose one."))
            return _merge_page(request, user, conversation, chosen=others, refusal=refusal)
        target, sources = others[0], [conversation.pk]
    try:
        merges = merging_by_hand.merge_conversations(
            target_id=target,
            source_ids=sources,
            readers=form.cleaned_data["readers"],
            actor=user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _merge_page(
            request, user, conversation, chosen=others, refusal=refusal, direction=form.cleaned_data["direction"]
        )
    offer = undo_offers.of_merging(merges)
    messages.success(request, _("Merged. You can undo it from “Merge…”."), extra_tags=offer.written())
    return redirect("triage:conversation", conversation_id=target)


@may("conversation.view")
@require_POST
def undo_merge(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Take a merge back, or all that was merged in one go."""
    user = signed_in(request)
    found = get_merge_for(user, merge_id)
    together = merging_by_hand.merged_with(found) if "together" in request.GET else [found.pk]
    try:
        for one in together:
            merging_by_hand.undo_merge(merge_id=get_merge_for(user, one).pk, actor=user, at=timezone.now())
    except Refusal as refusal:
        return refused(request, found.target, refusal)
    if len(together) > 1:
        return show_done(request, found.target, _("The merge is undone: all of them stand by themselves again."))
    return show_done(request, found.source, _("The merge is undone: both stand by themselves again."))


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def split_off(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Offer the messages of a conversation, and take those out that were chosen."""
    user = signed_in(request)
    conversation = _to_merge(user, conversation_id)
    if request.method != "POST":
        return _split_page(request, user, conversation)
    form = SplitForm(request.POST)
    stays = bool(form.data.get("stays"))
    if stays and not user.rights.may("conversation.decide", conversation.department_id):
        raise PermissionDenied
    try:
        if not form.is_valid():
            raise Invalid(_("Choose at least one message that somebody else wrote."))
        opened = splitting_off.split_off(
            conversation_id=conversation.pk,
            mention_ids=form.cleaned_data["mentions"],
            stays=stays,
            actor=user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        chosen = form.cleaned_data.get("mentions", ())
        return _split_page(request, user, conversation, chosen=chosen, refusal=refusal)
    is_visible = Conversation.objects.visible_to(user).filter(pk=opened).exists()
    offer = undo_offers.of_splitting(opened).written() if is_visible else ""
    done = _("The messages are a conversation of their own now. To undo it, merge them.")
    messages.success(request, done, extra_tags=offer)
    return redirect("triage:conversation", conversation_id=opened if is_visible else conversation.pk)


@may("conversation.view")
@require_POST
def undo_split(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Merge what was taken out of a conversation back into it."""
    user = signed_in(request)
    opened = _to_merge(user, conversation_id)
    split_from = splitting_off.split_from(opened.pk)
    if split_from is None:
        raise Http404
    origin = _to_merge(user, split_from)
    try:
        merging_by_hand.merge_conversations(target_id=origin.pk, source_ids=[opened.pk], actor=user, at=timezone.now())
    except Refusal as refusal:
        return refused(request, opened, refusal)
    return show_done(request, origin, _("The messages are back in the conversation where they were."))


def _to_merge(user: User, conversation_id: int) -> Conversation:
    conversation = get_conversation_for(user, conversation_id, action="conversation.merge")
    if conversation.learner_id is not None:
        raise PermissionDenied
    return conversation


def _merged_away(request: HttpRequest, conversation: Conversation, refusal: Refusal | None) -> HttpResponse | None:
    """Lead to the record of what was merged away meanwhile, which says where it goes on; None for all else."""
    fresh = Conversation.objects.get(pk=conversation.pk)
    if fresh.outcome != Outcome.MERGED:
        return None
    if refusal is None:
        return redirect("triage:conversation", conversation_id=fresh.pk)
    return refused(request, fresh, MergedAway(fresh))


def _merge_page(
    request: HttpRequest,
    user: User,
    conversation: Conversation,
    *,
    chosen: Sequence[int] = (),
    direction: str = "here",
    refusal: Refusal | None = None,
) -> HttpResponse:
    if (record := _merged_away(request, conversation, refusal)) is not None:
        return record
    now = timezone.now()
    text = request.GET.get("find", "").replace("\x00", " ").strip()
    mergeable = _mergeable(user, conversation)
    theirs = [
        _candidate(one, user, now, chosen=chosen)
        for one in mergeable.filter(**_same_person(conversation)).order_by("-last_inbound_at", "-pk")[:MOST_OFFERED]
    ]
    known = {one.pk for one in theirs}
    wanted = [*chosen, *_found(text, user, now)] if text or chosen else []
    found = [
        _candidate(one, user, now, chosen=chosen)
        for one in mergeable.filter(pk__in=wanted).exclude(pk__in=known).order_by("-last_inbound_at", "-pk")
    ]
    merges = Merge.objects.filter(target=conversation, undone_at=None).select_related("source", "merged_by")
    context: dict[str, Any] = {
        "conversation": conversation,
        "theirs": theirs,
        "found": found,
        "text": text,
        "direction": direction,
        "is_open": conversation.stage != Stage.CLOSED,
        "holder": _other_holder(conversation, user),
        "merges": list(merges.order_by("-pk")[:MOST_OFFERED]),
        "refusal": str(refusal) if refusal else "",
        "readers": refusal.readers if isinstance(refusal, WidensReaders) else (),
    }
    return render(request, "triage/merge.html", context, status=status_of(refusal) if refusal else 200)


def _mergeable(user: User, conversation: Conversation) -> Any:
    """Return what ``user`` may merge with a conversation: on the same channel, and not merged into another."""
    visible = Conversation.objects.visible_to(user).filter(channel=conversation.channel_id, erased_at=None)
    others = visible.exclude(pk=conversation.pk).exclude(outcome=Outcome.MERGED)
    rights = user.rights
    if not rights.everywhere("conversation.merge"):
        others = others.filter(department__in=rights.departments_for("conversation.merge"))
    return others.select_related("holder")


def _same_person(conversation: Conversation) -> dict[str, int]:
    person_id = conversation.profile.person_id
    return {"profile": conversation.profile_id} if person_id is None else {"profile__person": person_id}


def _found(text: str, user: User, at: datetime) -> list[int]:
    """Return what a number, an address or words lead to."""
    number = _NUMBER.search(text)
    if number is not None and int(number[1]) <= MAX_ID:
        return [int(number[1])]
    if not text:
        return []
    try:
        return [one.pk for one in search(read(text), reader=user, at=at).conversations][:MOST_OFFERED]
    except NotUnderstood:
        return []


def _other_holder(conversation: Conversation, user: User) -> str:
    holder = conversation.holder
    return holder.name if holder is not None and holder.pk != user.pk else ""


def _candidate(conversation: Conversation, user: User, at: datetime, *, chosen: Sequence[int]) -> Candidate:
    return Candidate(
        conversation.pk,
        conversation.author_name,
        conversation.snippet,
        conversation.language,
        str(Stage(conversation.stage).label),
        _other_holder(conversation, user),
        ago(conversation.last_inbound_at, at),
        conversation.last_inbound_at.isoformat(),
        reverse("triage:conversation", args=[conversation.pk]),
        conversation.pk in chosen,
    )


def _split_page(
    request: HttpRequest,
    user: User,
    conversation: Conversation,
    *,
    chosen: Sequence[int] = (),
    refusal: Refusal | None = None,
) -> HttpResponse:
    if (record := _merged_away(request, conversation, refusal)) is not None:
        return record
    thread = read_thread(conversation, reader=user, slug="", at=timezone.now())
    entries: list[Entry] = [entry for entry in thread.entries if entry.key]
    context = {
        "conversation": conversation,
        "entries": entries,
        "has_more": thread.earlier is not None,
        "chosen": set(chosen),
        "may_stay": conversation.department is not None
        and user.rights.may("conversation.decide", conversation.department_id),
        "refusal": str(refusal) if refusal else "",
    }
    return render(request, "triage/split_off.html", context, status=status_of(refusal) if refusal else 200)
