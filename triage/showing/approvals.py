"""Approvals as pages show them: to the author beside the composer, and to those whose word is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from policies.models import PolicyVersion
from policies.services import reading
from socialhub.lib.durations import ago
from socialhub.lib.moments import date_format
from teams.models import User
from triage.lists.rows import deadline_chip
from triage.models import Approval, ApprovalStep, Conversation, Reply
from triage.services.approving import standing, steps
from triage.services.approving.standing import Needed
from triage.services.seen import Seen
from triage.services.sending.posts import text_of
from triage.services.sending.world import newest_inbound_id
from triage.showing.addresses import act_url
from triage.showing.attachments import ShownAttachment, show
from triage.showing.entries import Entry
from triage.showing.thread import read_thread
from triage.states import ReplyKind

# An approver needs the end of the thread; the beginning is in the conversation.
MESSAGES = 12
# Nobody's word is waited for.
SETTLED = (Approval.State.APPROVED, Approval.State.USED, Approval.State.EDITED)


@dataclass(frozen=True, slots=True)
class Word:
    """What one of those who are asked has said, or that their word is waited for."""

    name: str
    by: str
    verdict: str
    text: str
    tone: str
    note: str
    clause: str = ""


@dataclass(slots=True)
class ApprovalPart:
    """What the composer says and offers where an answer needs approval, or may come to need it."""

    asked_text: str
    state: str = ""
    body: str = ""
    edited_body: str = ""
    why: str = ""
    until_text: str = ""
    # Who cannot say anything yet, and why.
    silent_text: str = ""
    # Whether it goes out by itself, or should have.
    sends: bool = False
    has_stayed: bool = False
    words: list[Word] = field(default_factory=list)
    withdraw_url: str = ""
    take_url: str = ""

    @property
    def must_ask(self) -> bool:
        """Whether the next step of the author is to ask."""
        return self.state == ""

    @property
    def may_send(self) -> bool:
        """Whether the text may go out as it stands."""
        return self.state == Approval.State.APPROVED


@dataclass(frozen=True, slots=True)
class ShownApproval:
    """What an approver sees: who asks, the text, the thread and what others have said."""

    pk: int
    url: str
    verdict_url: str
    author: str
    name: str
    channel: str
    body: str
    edited_body: str
    state_text: str
    until_text: str
    until_tone: str
    asked_iso: str
    asked_ago: str
    # Why nobody can approve it any more.
    stale_text: str
    parts: list[str]
    attachments: list[ShownAttachment]
    words: list[Word]
    entries: list[Entry]
    can_speak: bool
    sends: bool
    kind: str = ReplyKind.ANSWER.value
    original_body: str = ""


def read_part(
    conversation: Conversation,
    user: User,
    *,
    needed: Sequence[Needed],
    seen: Seen,
    slug: str,
    at: datetime,
    kind: ReplyKind = ReplyKind.ANSWER,
    original: Reply | None = None,
) -> ApprovalPart | None:
    """Return what the holder's composer says of approval; None where none is ``needed``. ``seen`` is the page's.

    With ``original`` it is what the page says of a change of that answer.
    """
    part = _read_part(conversation, user, needed=needed, seen=seen, slug=slug, at=at, kind=kind, original=original)
    return part if needed or part.state else None


def _read_part(
    conversation: Conversation,
    user: User,
    *,
    needed: Sequence[Needed],
    seen: Seen,
    slug: str,
    at: datetime,
    kind: ReplyKind,
    original: Reply | None,
) -> ApprovalPart:
    asked = _asked_text if original is None else _asked_text_of_change
    part = ApprovalPart(
        # What rules ask is told with the rules.
        asked_text=" ".join(asked(one) for one in needed if one.clause_id is None),
    )
    latest = Approval.objects.filter(
        conversation=conversation, author=user, fence=conversation.fence, kind=kind, original=original
    )
    approval = latest.order_by("-pk").first()
    if approval is None or approval.state not in SETTLED:
        part.silent_text = silent_text(needed, user, version_id=seen.policy_version_id, at=at)
    if approval is None:
        return part
    current = standing.open_approval(conversation.pk, original)
    if current is None or current.pk != approval.pk:
        if approval.state == Approval.State.EXPIRED:
            part.why = _("It was not approved or not sent before the deadline of the conversation. Ask again.")
        if approval.state == Approval.State.REJECTED:
            part.why = _("It was rejected. Change the text and ask again.")
            part.words = [word for word in _words(approval) if word.verdict]
        return part
    part.has_stayed = approval.sends_when_approved and approval.state == Approval.State.APPROVED
    if approval.state == Approval.State.USED:
        approval.state = Approval.State.APPROVED
    part.why = _out_of_date(approval, conversation, seen, at)
    if part.why:
        return part
    part.state = approval.state
    part.body = approval.body
    part.edited_body = approval.edited_body
    part.sends = approval.sends_when_approved
    part.words = _words(approval)
    part.until_text = _until(approval)
    part.withdraw_url = act_url("withdraw_approval", approval.pk, slug=slug)
    part.take_url = act_url("take_approval", approval.pk, slug=slug)
    return part


def locked_why(conversation: Conversation, user: User, *, at: datetime) -> str:
    """Return why the holder's text cannot be changed now: it is before those who approve it; nothing when it can."""
    seen = Seen(conversation.fence, newest_inbound_id(conversation.pk) or 0, reading.policy_in_force().version_id)
    part = read_part(conversation, user, needed=(), seen=seen, slug="", at=at)
    if part is None or not part.state:
        return ""
    return _("This text is before those who approve it. Withdraw it to change the text.")


def read_approval(approval: Approval, user: User, *, at: datetime, with_thread: bool = True) -> ShownApproval:
    """Return an approval as ``user`` sees it on their own page."""
    conversation = approval.conversation
    entries: list[Entry] = []
    if with_thread:
        thread = read_thread(conversation, reader=user, slug="everything", at=at)
        entries = _end_of(thread.entries)
    due = deadline_chip(approval.expires_at, at)
    return ShownApproval(
        pk=approval.pk,
        url=reverse("triage:approval", args=[approval.pk]),
        verdict_url=reverse("triage:verdict", args=[approval.pk]),
        author=approval.author.name,
        name=conversation.author_name,
        channel=conversation.channel.name,
        body=approval.body,
        edited_body=approval.edited_body,
        state_text=str(Approval.State(approval.state).label),
        until_text=due[0] if due else "",
        until_tone=due[1] if due else "",
        asked_iso=approval.asked_at.isoformat(),
        asked_ago=ago(approval.asked_at, at),
        stale_text=_stale_text(approval),
        parts=approval.parts if with_thread else [],
        attachments=_attached(approval) if with_thread else [],
        words=_words(approval) if with_thread else [],
        entries=entries,
        kind=approval.kind,
        original_body=_says_now(approval),
        can_speak=steps.waiting_for(user, at=at).filter(pk=approval.pk).exists() if with_thread else True,
        sends=approval.sends_when_approved and approval.state == Approval.State.ASKED,
    )


def _end_of(entries: Sequence[Entry]) -> list[Entry]:
    """Return the last messages, each under its day."""
    dated: list[tuple[Entry | None, Entry]] = []
    day = None
    for entry in entries:
        if entry.kind == "day":
            day = entry
        elif entry.kind != "event":
            dated.append((day, entry))
    shown: list[Entry] = []
    last = None
    for day, entry in dated[-MESSAGES:]:
        if day is not None and day is not last:
            shown.append(day)
        shown.append(entry)
        last = day
    return shown


def _stale_text(approval: Approval) -> str:
    if approval.state != Approval.State.ASKED or approval.policy_version.state == PolicyVersion.State.IN_FORCE:
        return ""
    return _("A new version of the policy came into force since then: its author has to ask again.")


def silent_text(needed: Sequence[Needed], author: User, *, version_id: int, at: datetime) -> str:
    """Return that some of those who are asked have not attested the policy in force; nothing where all may speak."""
    names = steps.names_of_silent(needed, author=author, version_id=version_id, at=at)
    if not names:
        return ""
    return _("Has to attest the policy in force before approving anything: %(names)s.") % {"names": ", ".join(names)}


def _says_now(approval: Approval) -> str:
    """Return what the answer says that is to be changed."""
    return text_of(approval.original) if approval.original is not None else ""


def _out_of_date(approval: Approval, conversation: Conversation, seen: Seen, at: datetime) -> str:
    """Return why what is open cannot become an answer any more, whatever approvers say."""
    if approval.answers_id != seen.mention_id:
        return _("There is a new message since you asked for approval. Ask again.")
    if approval.policy_version_id != seen.policy_version_id:
        return _("A new version of the policy came into force since you asked for approval. Ask again.")
    if approval.expires_at is not None and approval.expires_at <= at:
        return _("The approval held until the deadline of the conversation. Ask for approval again.")
    return ""


def _words(approval: Approval) -> list[Word]:
    tones = {"approved": "ok", "edited": "info", "rejected": "urgent"}
    words = []
    people = ("person", "department", "decided_by", "clause")
    for step in approval.steps.select_related(*people).order_by("position"):
        spoke = step.decided_by
        name = steps.name_of(step)
        words.append(
            Word(
                name=name,
                by=spoke.name if spoke is not None and spoke.name != name else "",
                verdict=step.verdict,
                text=str(ApprovalStep.Verdict(step.verdict).label) if step.verdict else _("Not yet"),
                tone=tones.get(step.verdict, "neutral"),
                note=step.note,
                clause=step.clause.label if step.clause is not None else "",
            )
        )
    return words


def _attached(approval: Approval) -> list[ShownAttachment]:
    return [show(one) for one in approval.attachments.select_related("file").order_by("position")]


def _asked_text(needed: Needed) -> str:
    names = steps.names_of(needed)
    if len(names) == 1:
        return _("%(name)s has to approve this answer before it goes out.") % {"name": names[0]}
    sentences = {
        Approval.Mode.ANY: _("One of these has to approve this answer before it goes out: %(names)s."),
        Approval.Mode.ALL: _("All of these have to approve this answer before it goes out: %(names)s."),
        Approval.Mode.IN_ORDER: _("These have to approve this answer one after the other: %(names)s."),
    }
    return sentences[needed.mode] % {"names": ", ".join(names)}


def _asked_text_of_change(needed: Needed) -> str:
    names = steps.names_of(needed)
    sentences = {
        Approval.Mode.ANY: _("Before it happens, it takes the word of one of these: %(names)s."),
        Approval.Mode.ALL: _("Before it happens, it takes the word of all of these: %(names)s."),
        Approval.Mode.IN_ORDER: _("Before it happens, it takes the word of these, one after the other: %(names)s."),
    }
    if len(names) == 1:
        return _("Before it happens, it takes the word of %(name)s.") % {"name": names[0]}
    return sentences[needed.mode] % {"names": ", ".join(names)}


def _until(approval: Approval) -> str:
    if approval.expires_at is None:
        return ""
    return _("Until %(moment)s.") % {"moment": date_format(timezone.localtime(approval.expires_at), "j M, H:i")}
