"""Who may change an answer that is out, and whether its network lets anybody."""

from django.utils.translation import gettext as _

from listening.connectors.base import EditsReplies, LimitsChanges, RemovesReplies
from listening.connectors.registry import connector_for
from teams.models import User
from triage.models import Conversation, Reply
from triage.services.sending.posts import posts_of
from triage.states import ReplyKind


def may_change(user: User, conversation: Conversation) -> bool:
    """Say whether ``user`` may correct and remove the answers of a conversation: its holder, a lead, a triage owner.

    The answers of one that was merged stay in its record; whoever may change those where its thread goes on
    may change them too.
    """
    if conversation.erased_at is not None:
        return False
    if user.rights.may("reply.change", conversation.department_id):
        return True
    into = conversation.merged_into()
    if into is not None:
        return may_change(user, Conversation.objects.get(pk=into))
    return conversation.holder_id == user.pk and user.rights.may("conversation.answer", conversation.department_id)


def why_not(original: Reply, kind: ReplyKind) -> str:
    """Return in a sentence why the network lets nobody do this to an answer; nothing where it does."""
    channel = original.conversation.channel
    connector = connector_for(channel.kind)
    posts = posts_of(original)
    if not all(post.external_id for post in posts) or not posts:
        return _("Nobody knows where on the network this answer is.")
    is_edit = kind == ReplyKind.CORRECTION
    if is_edit and len(posts) > 1:
        return _("This answer went out as several posts, which cannot be corrected as one.")
    if isinstance(connector, LimitsChanges):
        told = connector.why_no_edit if is_edit else connector.why_no_removal
        why = told(channel.options, channel.cursor)
        if why:
            return why
    if isinstance(connector, EditsReplies if is_edit else RemovesReplies):
        return ""
    if is_edit:
        return _("This channel does not let an answer be corrected.")
    return _("This channel does not let an answer be removed.")
