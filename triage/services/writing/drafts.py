"""What people are writing: saved as they type, and nothing that was there is lost."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.moments import grouped
from teams.models import User
from triage.models import Attachment, Conversation, Draft, DraftVersion
from triage.services import recording
from triage.services.pen import working
from triage.services.threads import merged_away
from triage.services.writing import attachments
from triage.services.writing.content import Attached

MAX_LENGTH = 10_000
MOST_VERSIONS = 50
# Somebody who only goes on writing makes a version so often at most.
VERSION_EVERY = timedelta(seconds=30)
# Fewer characters that go are a correction.
MUCH = 20


class NothingLeft(Conflict):
    """What is answered is erased, and with it went what people wrote to it."""

    code = "erased"


def save_draft(
    *,
    conversation_id: int,
    author: User,
    body: str,
    at: datetime,
    page: UUID | None = None,
    split: str | None = None,
) -> Draft:
    """Keep what ``author`` is writing. Also saves where they have just lost the claim, or it was merged away.

    Of two pages that save one draft the last wins, and what the other said becomes a
    version: ``page`` tells them apart. ``split`` is whether it is to be a thread; None
    leaves that as it is. Locks the draft.

    :raises Invalid: the text is too long.
    :raises NothingLeft: the conversation is erased, and a page from before must not bring back what it said.
    """
    if len(body) > MAX_LENGTH:
        raise Invalid(_("The draft is longer than %(most)s characters.") % {"most": grouped(MAX_LENGTH)}, field="body")
    working.note_work(conversation_id=conversation_id, person=author, at=at)
    with transaction.atomic():
        draft = lock_draft(conversation_id, author, at)
        if split is not None:
            _split(draft, split)
        _write(draft, body, at, page=page)
    return draft


def restore_version(*, version: DraftVersion, at: datetime) -> Draft:
    """Let a draft say again what it said in ``version``; what it says now becomes a version. Locks the draft.

    :raises NothingLeft: it was erased meanwhile.
    :raises MergedAway: the conversation was merged into another.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=("self",)).filter(pk=version.draft_id).first()
        if draft is None:
            raise _nothing_left()
        merged_away.check(draft.conversation)
        _write(draft, version.body, at, keeps=True)
    return draft


def copy_draft(*, source: Draft, author: User, at: datetime) -> Draft:
    """Take over what a colleague began; theirs stays, and what ``author`` had becomes a version. Locks their draft.

    :raises MergedAway: the conversation was merged into another.
    """
    working.note_work(conversation_id=source.conversation_id, person=author, at=at)
    with transaction.atomic():
        draft = lock_draft(source.conversation_id, author, at)
        merged_away.check(draft.conversation)
        _split(draft, source.split)
        attachments.copy_to_draft(attachments.of_draft(source), draft)
        _write(draft, source.body, at, keeps=True)
    return draft


def clear_draft(
    *,
    conversation_id: int,
    author: User,
    at: datetime,
    only: str | None = None,
    attached: tuple[Attached, ...] | None = None,
) -> None:
    """Empty a draft, for it is on its way; its text stays as a version. With ``only`` it must say just that. Locks it.

    What is attached goes along; with ``attached`` it must be just that, or the draft was changed since and stays.
    """
    with transaction.atomic():
        drafts = Draft.objects.select_for_update(of=("self",)).filter(conversation=conversation_id, author=author)
        draft = drafts.first()
        if draft is None or only not in (None, draft.body):
            return
        if attached is None or attachments.content_of(attachments.of_draft(draft)) == attached:
            attachments.take_from_draft(draft)
            _split(draft, "")
            _write(draft, "", at, keeps=True)


def give_back(
    *,
    conversation_id: int,
    author: User,
    body: str,
    at: datetime,
    split: str = "",
    attached: Iterable[Attachment] = (),
) -> None:
    """Make what did not go out a draft again; where ``author`` has begun another, it becomes a version. Locks it."""
    with transaction.atomic():
        draft = lock_draft(conversation_id, author, at)
        if draft.body.strip() in ("", body.strip()):
            _write(draft, body, at)
            _split(draft, split)
            attachments.copy_to_draft(attached, draft)
        else:
            DraftVersion.objects.create(draft=draft, body=body, saved_at=at)


def begin_draft(*, conversation_id: int, author: User, at: datetime) -> None:
    """Make sure that there is a draft, for whoever locks the conversation before it.

    A draft that another request begins this moment waits for that lock when it is
    committed, and would be waited for: so it is begun before.

    :raises NothingLeft: the conversation is erased.
    """
    with transaction.atomic():
        lock_draft(conversation_id, author, at)


def lock_draft(conversation_id: int, author: User, at: datetime) -> Draft:
    """Lock the draft of ``author`` for the transaction and return it; the first time it is begun.

    :raises NothingLeft: the conversation is erased.
    """
    drafts = Draft.objects.select_for_update(of=("self",)).filter(conversation=conversation_id, author=author)
    draft = drafts.first()
    if draft is None:
        # The eraser holds this row: it finds what is begun before it, and nothing is begun after it.
        conversations = Conversation.objects.select_for_update(of=("self",), no_key=True)
        if conversations.only("erased_at").get(pk=conversation_id).erased_at is not None:
            raise _nothing_left()
        # Of two pages that begin at once one inserts, and the other finds what is there.
        begun = Draft(conversation_id=conversation_id, author=author, saved_at=at)
        Draft.objects.bulk_create([begun], ignore_conflicts=True)
        draft = drafts.get()
    return draft


def _nothing_left() -> NothingLeft:
    return NothingLeft(_("What was said here is erased, and the drafts with it. This text is not kept."))


def _write(draft: Draft, body: str, at: datetime, *, page: UUID | None = None, keeps: bool = False) -> None:
    """Put ``body`` in the place of what the locked draft says."""
    was, draft.body = draft.body, body
    if was == body:
        return
    has_begun, has_ended = not was.strip(), not body.strip()
    is_kept = not has_begun and (keeps or has_ended or page != draft.page or _is_much(draft, was, at))
    if is_kept:
        _keep(draft, was)
    if is_kept or has_begun:
        draft.kept_at = at
    if has_begun:
        draft.begun_at = at
    draft.saved_at, draft.page = at, page
    draft.save(update_fields=["body", "saved_at", "begun_at", "kept_at", "page"])
    if is_kept or has_begun != has_ended:
        # Not at every stroke: whoever reads along is told that there is something new, now and then.
        recording.tell_pages(draft.conversation_id)


def _split(draft: Draft, split: str) -> None:
    if draft.split != split:
        draft.split = split
        draft.save(update_fields=["split"])


def _is_much(draft: Draft, was: str, at: datetime) -> bool:
    if draft.kept_at is None or at - draft.kept_at >= VERSION_EVERY:
        return True
    return lost_length(was, draft.body) > MUCH


def lost_length(was: str, now: str) -> int:
    """Return how many characters in a row of ``was`` are not in ``now`` any more, where one place was changed."""
    if now.startswith(was):
        return 0
    begins = _alike(was, now)
    most = min(len(was), len(now)) - begins
    return len(was) - begins - min(most, _alike(was[::-1], now[::-1]))


def _alike(one: str, other: str) -> int:
    """Return with how many characters both begin."""
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def _keep(draft: Draft, body: str) -> None:
    DraftVersion.objects.create(draft=draft, body=body, saved_at=draft.saved_at)
    oldest = draft.versions.order_by("-saved_at", "-pk").values("pk")[MOST_VERSIONS:]
    DraftVersion.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()
