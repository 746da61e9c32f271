"""What a writer wants to send, as it would go out: checked against what the channel takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from listening.connectors.registry import connector_for
from listening.models import Mention
from socialhub.lib.errors import Invalid
from triage.models import Attachment, Conversation
from triage.services.writing import attachments, measuring, splitting, wording_rules
from triage.services.writing.content import Content
from triage.states import Split


class TooLong(Invalid):
    """The network takes no post of this length; as a thread it would be ``posts``, if that is more than nought."""

    posts = 0


@dataclass(frozen=True, slots=True)
class How:
    """How a text is to go out: as a thread or not, and with what.

    ``attached`` are the attachments that the writer had before them; None where they did not look.
    """

    split: str = ""
    attached: tuple[int, ...] | None = None
    is_undescribed_meant: bool = False


def compose(
    conversation: Conversation, body: str, *, mention_id: int, attached: Sequence[Attachment], how: How
) -> Content:
    """Return all that would go out, if the channel takes it.

    :raises AttachmentsChanged: something else is attached than the writer had before them.
    :raises AltTextMissing: nothing says what a picture shows, and it was not said that this is meant.
    :raises Invalid: the channel would not take it.
    """
    attachments.check_seen(attached, how.attached)
    split, parts = how.split, []
    if split:
        text = check_words(conversation, body)
        raw = Mention.objects.values_list("raw", flat=True).get(pk=mention_id)
        parts = splitting.parts_of(conversation.channel, text, split, raw=raw)
        if not parts:
            raise Invalid(_("Write an answer first."), field="body")
        if len(parts) == 1:
            split, text, parts = "", parts[0], []
    else:
        text = _check_fits(conversation, body, mention_id)
    attachments.check(conversation.channel, attached, is_undescribed_meant=how.is_undescribed_meant)
    return Content(text, split=split, parts=tuple(parts), attached=attachments.content_of(attached))


def _check_fits(conversation: Conversation, body: str, mention_id: int) -> str:
    try:
        return check_text(conversation, body)
    except TooLong as refusal:
        if splitting.can_split(conversation.channel):
            raw = Mention.objects.values_list("raw", flat=True).get(pk=mention_id)
            refusal.posts = splitting.count_parts(conversation.channel, body, Split.PLAIN, raw=raw)
        raise


def check_text(conversation: Conversation, body: str) -> str:
    """Return the text as it would go out in one post.

    :raises TooLong: it is more than one post of the channel holds.
    :raises Invalid: the channel would not take it otherwise.
    """
    text = check_words(conversation, body)
    measured = measuring.measure(conversation.channel, text)
    if measured.is_too_long:
        raise TooLong(measured.problem, field="body")
    return text


def check_words(conversation: Conversation, body: str) -> str:
    """Return a text of any length as it would go out.

    :raises Invalid: it is empty or has signs that must not go out, or the channel takes no answers.
    """
    text = body.strip()
    if not text:
        raise Invalid(_("Write an answer first."), field="body")
    wording_rules.check_answer(text)
    if not connector_for(conversation.channel.kind).can_reply:
        raise Invalid(_("This channel takes no answers. Close the conversation with an outcome."), field="body")
    return text
