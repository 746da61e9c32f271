"""What is attached, and whether it is a thread, as pages show it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listening.connectors.attachments import AttachmentLimits
from listening.models import Mention
from triage.models import Attachment, Conversation, Draft
from triage.services.writing import attachments, measuring, splitting
from triage.services.writing.attachments import size_text
from triage.showing.addresses import act_url
from triage.states import Split


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """A file with what it is said to show; ``remove_url`` where its writer may take it off."""

    pk: int
    name: str
    url: str
    size_text: str
    is_picture: bool
    alt: str
    width: int
    height: int
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class Extras:
    """What the composer offers beside the text, where the channel allows it."""

    attachments: list[ShownAttachment] = field(default_factory=list)
    attached: str = ""
    attach_url: str = ""
    accepts: str = ""
    limits_text: str = ""
    has_alts: bool = False
    needs_alts: bool = False
    most_alt: int = 0
    splits: list[tuple[str, str]] = field(default_factory=list)
    split: str = ""
    posts: int = 0
    is_too_long: bool = False
    is_locked: bool = False
    problems: list[str] = field(default_factory=list)


def show(attachment: Attachment, *, remove_url: str = "") -> ShownAttachment:
    """Return an attachment for a page; its file is read along."""
    file = attachment.file
    return ShownAttachment(
        pk=attachment.pk,
        name=file.name,
        url=reverse("triage:attachment", args=[attachment.pk]),
        size_text=size_text(file.size),
        is_picture=file.is_picture,
        alt=attachment.alt,
        width=file.width or 0,
        height=file.height or 0,
        remove_url=remove_url,
    )


def of_replies(reply_ids: Iterable[int]) -> Mapping[int, list[ShownAttachment]]:
    """Return what went out, or goes out, with each of these answers."""
    wanted = [pk for pk in reply_ids if pk]
    shown: dict[int, list[ShownAttachment]] = defaultdict(list)
    if wanted:
        for one in Attachment.objects.filter(reply__in=wanted).select_related("file").order_by("position"):
            shown[one.reply_id or 0].append(show(one))
    return shown


def read_extras(
    conversation: Conversation,
    draft: Draft | None,
    *,
    slug: str,
    body: str,
    is_locked: bool = False,
    problems: Iterable[str] = (),
) -> Extras:
    """Return what the writer's composer shows beside ``body``; ``is_locked`` while approvers have it before them."""
    channel = conversation.channel
    limits = attachments.limits_of(channel)
    there = attachments.of_draft(draft) if draft is not None and limits is not None else []
    split = draft.split if draft is not None else ""
    can_split = splitting.can_split(channel)
    is_too_long = measuring.measure(channel, body).is_too_long
    return Extras(
        attachments=[show(one, remove_url=act_url("remove_attachment", one.pk, slug=slug)) for one in there],
        attached=",".join(str(one.pk) for one in there),
        attach_url=act_url("attach", conversation.pk, slug=slug) if limits is not None else "",
        accepts=",".join(limits.media_types) if limits else "",
        limits_text=_limits_text(limits) if limits else "",
        has_alts=bool(limits and limits.alt),
        needs_alts=bool(limits and limits.alt == "required"),
        most_alt=limits.most_alt if limits else 0,
        splits=[(value, str(label)) for value, label in Split.choices] if can_split else [],
        split=split if can_split else "",
        posts=count_posts(conversation, body, split) if can_split and (split or is_too_long) else 0,
        is_too_long=is_too_long,
        is_locked=is_locked,
        problems=list(problems),
    )


def count_posts(conversation: Conversation, body: str, split: str) -> int:
    """Return of how many posts a thread would consist; nought where it makes none."""
    if not splitting.can_split(conversation.channel):
        return 0
    raw = answered_raw(conversation)
    return splitting.count_parts(conversation.channel, body, split or Split.PLAIN, raw=raw)


def posts_text(count: int) -> str:
    """Return in a sentence how a thread goes out."""
    return ngettext("Goes out as %(count)d post.", "Goes out as a thread of %(count)d posts.", count) % {"count": count}


def answered_raw(conversation: Conversation) -> Mapping[str, object]:
    """Return what the network told of the last that was said."""
    said = Mention.objects.filter(entry__conversation=conversation, entry__is_copy=False, is_ours=False)
    raw: Mapping[str, object] | None = said.order_by("-pk").values_list("raw", flat=True).first()
    return raw or {}


def _limits_text(limits: AttachmentLimits) -> str:
    if limits.media_types:
        sentence = ngettext(
            "%(most)d picture of at most %(size)s.", "Up to %(most)d pictures of at most %(size)s each.", limits.most
        )
        return sentence % {"most": limits.most, "size": size_text(limits.most_bytes)}
    total = size_text(limits.most_total_bytes or limits.most_bytes)
    return _("Up to %(most)d files of any kind, %(size)s together.") % {"most": limits.most, "size": total}
