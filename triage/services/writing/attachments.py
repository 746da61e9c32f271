"""What is attached: what the channel takes of it, and how it goes with a draft, an approval and an answer."""

from collections.abc import Iterable, Sequence
from functools import partial

from django.core.files.base import File
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from listening.connectors.attachments import AttachmentLimits, OutgoingAttachment, TakesAttachments
from listening.connectors.registry import connector_for
from listening.models import Channel
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.moments import decimal
from triage.models import Approval, AttachedFile, Attachment, Draft, Reply
from triage.services.writing.content import Attached

MEGABYTE = 1_000_000


class AttachmentsChanged(Conflict):
    """What is attached is not what the writer had before them; the draft is kept."""

    code = "attachments_changed"


class AltTextMissing(Invalid):
    """A picture says nothing to who cannot see it, and nobody has said that it should go out so."""

    code = "alt_text_missing"


def limits_of(channel: Channel) -> AttachmentLimits | None:
    """Return what may be attached to an answer on ``channel``; None where nothing may."""
    connector = connector_for(channel.kind)
    if not isinstance(connector, TakesAttachments):
        return None
    return connector.attachment_limits(channel.options, channel.cursor)


def of_draft(draft: Draft) -> list[Attachment]:
    """Return what is attached to a draft, in order."""
    return list(draft.attachments.select_related("file").order_by("position"))


def content_of(attachments: Iterable[Attachment]) -> tuple[Attached, ...]:
    """Return what is attached as a part of what an answer says."""
    return tuple(Attached(one.file_id, one.file.sha256, one.alt) for one in attachments)


def check_seen(attachments: Sequence[Attachment], seen: Sequence[int] | None) -> None:
    """Refuse to send something else than the writer had before them; None says that they did not look.

    :raises AttachmentsChanged: something was added or removed since.
    """
    if seen is not None and [one.pk for one in attachments] != list(seen):
        raise AttachmentsChanged(
            _("Something was attached or removed on another page. Look at it, then send; your draft is kept.")
        )


def check(channel: Channel, attachments: Sequence[Attachment], *, is_undescribed_meant: bool = False) -> None:
    """Refuse what the channel would not take, and ask about pictures that nothing is said of.

    :raises Invalid: there is too much, or a file of a kind that is not taken.
    :raises AltTextMissing: a picture has no words, and it was not said that this is meant.
    """
    if not attachments:
        return
    limits = limits_of(channel)
    if limits is None:
        raise Invalid(_("This channel takes no attachments. Remove them."), field="file")
    for attachment in attachments:
        check_file(limits, attachment.file)
    check_together(limits, [one.file for one in attachments])
    bare = [one.file.name for one in attachments if one.file.is_picture and not one.alt.strip()]
    if bare and limits.alt == "required":
        raise Invalid(
            _("Say what is to be seen: this channel takes no picture without a description (%(names)s).")
            % {"names": ", ".join(bare)},
            field="alt",
        )
    if bare and limits.alt and not is_undescribed_meant:
        raise AltTextMissing(
            _("Nothing says what is to be seen on %(names)s, so who cannot see it learns nothing from it.")
            % {"names": ", ".join(bare)},
            field="alt",
        )


def check_file(limits: AttachmentLimits, file: AttachedFile) -> None:
    """Refuse one file that the channel would not take.

    :raises Invalid: its kind, its size or its number of pixels; the sentence says which, and what is taken.
    """
    check_kind(limits, file.name, file.media_type)
    if file.size > limits.most_bytes:
        raise Invalid(
            _("%(name)s has %(size)s; this channel takes at most %(most)s for each file. Make it smaller.")
            % {"name": file.name, "size": size_text(file.size), "most": size_text(limits.most_bytes)},
            field="file",
        )
    pixels = (file.width or 0) * (file.height or 0)
    if limits.most_pixels is not None and pixels > limits.most_pixels:
        raise Invalid(
            _("%(name)s has %(pixels)s million pixels; this channel takes %(most)s million. Make it smaller.")
            % {"name": file.name, "pixels": _millions(pixels), "most": _millions(limits.most_pixels)},
            field="file",
        )


def check_kind(limits: AttachmentLimits, name: str, media_type: str) -> None:
    """Refuse a kind of file that the channel would not take.

    :raises Invalid: the sentence says what it is and what is taken.
    """
    if limits.media_types and media_type not in limits.media_types:
        taken = ", ".join(_kind(one) for one in limits.media_types)
        raise Invalid(
            _("%(name)s is of the kind %(kind)s; this channel takes %(taken)s.")
            % {"name": name, "kind": _kind(media_type), "taken": taken},
            field="file",
        )


def check_together(limits: AttachmentLimits, files: Sequence[AttachedFile]) -> None:
    """Refuse more than the channel takes with one answer.

    :raises Invalid: there are too many, or they are too large together.
    """
    if len(files) > limits.most:
        raise Invalid(
            _("This channel takes %(most)d attachments with an answer, and there are %(count)d.")
            % {"most": limits.most, "count": len(files)},
            field="file",
        )
    total = sum(file.size for file in files)
    if limits.most_total_bytes is not None and total > limits.most_total_bytes:
        raise Invalid(
            _("Together the attachments have %(size)s; this channel takes %(most)s.")
            % {"size": size_text(total), "most": size_text(limits.most_total_bytes)},
            field="file",
        )


def copy_to_approval(attachments: Iterable[Attachment], approval: Approval) -> None:
    """Put what is attached before the approvers as it is now."""
    _copy(attachments, approval=approval)


def copy_to_reply(attachments: Iterable[Attachment], reply: Reply) -> None:
    """Let what is attached go out with ``reply`` as it is now."""
    _copy(attachments, reply=reply)


def copy_to_draft(attachments: Iterable[Attachment], draft: Draft) -> None:
    """Attach the same to a draft, unless it has something attached already. Call it with the draft locked."""
    if not draft.attachments.exists():
        _copy(attachments, draft=draft)


def take_from_draft(draft: Draft) -> None:
    """Leave a draft without attachments: they are on their way. Call it with the draft locked."""
    draft.attachments.all().delete()


def outgoing(reply: Reply) -> tuple[OutgoingAttachment, ...]:
    """Return what goes out with an answer; the bytes are read when they are needed."""
    return tuple(
        OutgoingAttachment(
            name=one.file.name,
            media_type=one.file.media_type,
            size=one.file.size,
            sha256=one.file.sha256,
            alt=one.alt,
            width=one.file.width,
            height=one.file.height,
            read=partial(_read, one.file.file),
        )
        for one in reply.attachments.select_related("file").order_by("position")
    )


def size_text(size: int) -> str:
    """Return a size as people say it."""
    if size < MEGABYTE:
        return _("%(size)d kB") % {"size": max(round(size / 1000), 1)}
    # Not rounded down to the very limit that it passes.
    return _("%(size)s MB") % {"size": decimal(-(-size // 10_000) / 100)}


def _copy(attachments: Iterable[Attachment], **owner: Approval | Draft | Reply) -> None:
    copied = list(attachments)
    if not copied:
        return
    # Foreign keys are looked at when the transaction ends: until then whoever forgets files must see the lock.
    files = AttachedFile.objects.filter(pk__in=[one.file_id for one in copied]).order_by("pk")
    list(files.select_for_update(no_key=True).values_list("pk"))
    Attachment.objects.bulk_create(
        Attachment(**owner, file_id=one.file_id, position=place, alt=one.alt)
        for place, one in enumerate(copied, start=1)
    )


def _read(file: File[bytes]) -> bytes:
    with file.open("rb") as opened:
        content: bytes = opened.read()
    return content


def _kind(media_type: str) -> str:
    main, _slash, sub = media_type.partition("/")
    return sub.upper() if main == "image" else media_type


def _millions(pixels: int) -> str:
    return number_format(pixels / 1_000_000, 1)
