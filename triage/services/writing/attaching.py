"""What a writer attaches to a draft: looked into, cleaned, described, and taken off again."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from listening.connectors.attachments import AttachmentLimits
from socialhub.lib import media_types
from socialhub.lib.errors import Invalid
from socialhub.lib.moments import grouped
from socialhub.lib.pictures import BadPicture, clean_picture
from teams.models import User
from triage.models import AttachedFile, Attachment, Conversation, Draft, Event
from triage.models.approval import OPEN_STATES
from triage.services import recording
from triage.services.approving import standing
from triage.services.pen import working
from triage.services.threads import merged_away
from triage.services.writing import attachments, drafts, wording_rules

# More is not even looked at, whatever a channel takes.
MOST_BYTES = 20_000_000
MOST_NAME = 120
# A file that nobody names any more; until then a page that is still open may attach it again.
KEPT = timedelta(days=1)
BATCH = 200

_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
}
_UNSAFE = re.compile(r'[<>:"|?*]')


def attach(
    *, conversation_id: int, author: User, file: File[bytes], name: str, at: datetime, alt: str = ""
) -> Attachment:
    """Attach a file to the draft of ``author``; the same file again is the one that is there already.

    What it is, its bytes tell. A picture is written anew, without place, time and device. An
    open approval of the draft is withdrawn. Locks the conversation, then the draft.

    :raises Invalid: the channel does not take it, it is too large or damaged, or there are too many.
    :raises MergedAway: the conversation was merged into another.
    """
    conversation = Conversation.objects.select_related("channel").get(pk=conversation_id)
    merged_away.check(conversation)
    limits = attachments.limits_of(conversation.channel)
    if limits is None:
        raise Invalid(_("This channel takes no attachments."), field="file")
    _check_alt(limits, alt)
    row, content = _looked_into(limits, file, name)
    row.added_by, row.added_at = author, at
    working.note_work(conversation_id=conversation_id, person=author, at=at)
    drafts.begin_draft(conversation_id=conversation_id, author=author, at=at)
    try:
        with transaction.atomic():
            merged_away.check(Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id))
            draft = drafts.lock_draft(conversation_id, author, at)
            there = attachments.of_draft(draft)
            again = next((one for one in there if one.file.sha256 == row.sha256), None)
            if again is not None:
                return again
            attachments.check_together(limits, [*(one.file for one in there), row])
            row.file = ContentFile(content, name=row.name)
            AttachedFile.objects.bulk_create([row])
            position = max((one.position for one in there), default=0) + 1
            made = Attachment.objects.create(draft=draft, file=row, position=position, alt=alt.strip())
            _withdraw_approval(conversation_id, author, at)
    except BaseException:
        # The bytes are there before the row is; without it nobody would ever find them.
        _delete_bytes([row])
        raise
    return made


def describe(*, conversation_id: int, author: User, alts: Mapping[int, str], at: datetime) -> None:
    """Say what the pictures of a draft show, by the ids of their attachments; others are left as they are.

    Where something changes, an open approval of the draft is withdrawn. Locks the conversation, then the draft.

    :raises Invalid: a text is longer than the channel takes, or has a sign that must not go out.
    """
    if not alts:
        return
    conversation = Conversation.objects.select_related("channel").get(pk=conversation_id)
    limits = attachments.limits_of(conversation.channel)
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        draft = Draft.objects.select_for_update(of=("self",)).filter(conversation=conversation_id, author=author)
        there = attachments.of_draft(found) if (found := draft.first()) is not None else []
        changed = [one for one in there if one.pk in alts and one.alt != alts[one.pk].strip()]
        for one in changed:
            one.alt = alts[one.pk].strip()
            if limits is not None:
                _check_alt(limits, one.alt)
        Attachment.objects.bulk_update(changed, ["alt"])
        if changed:
            _withdraw_approval(conversation_id, author, at)


def remove(*, attachment_id: int, author: User, at: datetime) -> None:
    """Take a file off the draft of ``author``. Asked twice, the second changes nothing.

    An open approval of the draft is withdrawn. Locks the conversation, then the draft.
    """
    mine = Attachment.objects.filter(pk=attachment_id, draft__author=author)
    conversation_id = mine.values_list("draft__conversation", flat=True).first()
    if conversation_id is None:
        return
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        drafts.lock_draft(conversation_id, author, at)
        removed, _by_kind = mine.delete()
        if removed:
            _withdraw_approval(conversation_id, author, at)


def forget_files(*, at: datetime) -> int:
    """Delete the files that no draft, approval or answer names any more; return how many."""
    unnamed = AttachedFile.objects.filter(
        ~Exists(Attachment.objects.filter(file=OuterRef("pk"))), added_at__lt=at - KEPT
    )
    with transaction.atomic():
        # Whoever attaches one this very moment holds its row, or waits and finds it gone.
        rows = list(unnamed.select_for_update(skip_locked=True).order_by("added_at", "pk")[:BATCH])
        going = [row for row in rows if not row.attachments.exists()]
        AttachedFile.objects.filter(pk__in=[row.pk for row in going]).delete()
        transaction.on_commit(partial(_delete_bytes, going))
    return len(going)


def _delete_bytes(rows: list[AttachedFile]) -> None:
    for row in rows:
        if row.file.name:
            row.file.storage.delete(row.file.name)


def safe_name(name: str, media_type: str) -> str:
    """Return a name that is safe to show and to save under; a picture ends as what it is."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in bare)
    words = " ".join(_UNSAFE.sub(" ", shown).split()).lstrip(".")
    stem, dot, ending = words.rpartition(".")
    if not dot:
        stem, ending = words, ""
    if media_type in _ENDINGS and f".{ending}".lower() not in _ENDINGS[media_type]:
        stem, ending = words, _ENDINGS[media_type][0][1:]
    ending = f".{ending[:20]}" if ending else ""
    return f"{(stem or _('attachment'))[: MOST_NAME - len(ending)]}{ending}"


def _looked_into(limits: AttachmentLimits, file: File[bytes], name: str) -> tuple[AttachedFile, bytes]:
    """Return the row of a file and its bytes as they would go out, neither stored yet."""
    size = file.size or 0
    media_type = media_types.media_type_of(file)
    name = safe_name(name, media_type)
    if not size:
        raise Invalid(_("%(name)s is empty.") % {"name": name}, field="file")
    if size > MOST_BYTES:
        raise Invalid(
            _("%(name)s has %(size)s, which is more than is looked at (%(most)s).")
            % {"name": name, "size": attachments.size_text(size), "most": attachments.size_text(MOST_BYTES)},
            field="file",
        )
    attachments.check_kind(limits, name, media_type)
    if media_type in media_types.OTHER_PICTURES:
        raise Invalid(
            _("%(name)s may tell where it was taken, and that cannot be taken off. Save it as JPEG or PNG.")
            % {"name": name},
            field="file",
        )
    content: bytes = file.read()
    row = AttachedFile(name=name, media_type=media_type)
    if media_type in media_types.PICTURES:
        try:
            picture = clean_picture(content, media_type)
        except BadPicture as refusal:
            raise Invalid(f"{name} {refusal}", field="file") from refusal
        content, row.width, row.height = picture.content, picture.width, picture.height
    row.size = len(content)
    row.sha256 = sha256(content).hexdigest()
    attachments.check_file(limits, row)
    return row, content


def _check_alt(limits: AttachmentLimits, alt: str) -> None:
    wording_rules.check_answer(alt)
    if len(alt) > limits.most_alt:
        raise Invalid(
            _("The description has %(count)s characters; this channel takes %(most)s.")
            % {"count": grouped(len(alt)), "most": grouped(limits.most_alt)},
            field="alt",
        )


def _withdraw_approval(conversation_id: int, author: User, at: datetime) -> None:
    """Withdraw what was asked for the draft as it was; the conversation is locked."""
    approval = standing.open_approval(conversation_id)
    if approval is None or approval.author_id != author.pk or approval.state not in OPEN_STATES:
        return
    standing.withdraw_of(conversation_id=conversation_id, original=None, at=at)
    recording.record(
        conversation_id=conversation_id,
        kind=Event.Kind.APPROVAL_WITHDRAWN,
        actor=author,
        at=at,
        data={"approval": approval.pk},
    )
