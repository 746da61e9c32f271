"""The only doors from a request to a conversation, and to what is done with it."""

from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404

from listening.models import Picture
from policies.access import get_reviewed_for
from teams.models import User
from triage.models import (
    Approval,
    Attachment,
    BackTest,
    BulkRun,
    Conversation,
    Draft,
    HandOver,
    Merge,
    Reply,
    SavedView,
    ThreadEntry,
)
from triage.services import saved_views
from triage.services.approving.steps import asked_of
from triage.services.sending import change_rights
from triage.states import ReplyKind

# ``Conversation.objects.open_to``, written out: every claim comes through it, and compiling it would take longer than
# answering it.
_DOOR = """
    SELECT department_id FROM triage_conversation AS found
    WHERE id = %(conversation)s AND (learner_id = %(user)s OR learner_id IS NULL AND (%(everywhere)s OR EXISTS (
        SELECT FROM triage_concern
        WHERE conversation_id = found.id AND department_id = ANY(%(departments)s::bigint[])
    )))
"""


def get_conversation_for(
    user: User,
    conversation_id: int,
    *,
    action: str = "conversation.view",
    with_names: bool = True,
) -> Conversation:
    """Return the conversation if ``user`` may do ``action`` on it.

    One that does not concern them is 404, not 403: its existence is not ours to
    tell. One that they may see but not act on is 403. ``with_names`` reads along
    the people, the department and the channel, which only a page needs.

    :raises Http404: it does not exist, or not for them.
    :raises PermissionDenied: they may see it, but not do this.
    """
    visible = Conversation.objects.open_to(user)
    if with_names:
        visible = visible.select_related("channel", "profile", "department", "holder", "offered_to")
    try:
        conversation = visible.get(pk=conversation_id)
    except Conversation.DoesNotExist:
        raise Http404 from None
    if action != "conversation.view" and not user.rights.may(action, conversation.department_id):
        raise PermissionDenied
    return conversation


def make_sure_of_conversation_for(user: User, conversation_id: int, *, action: str) -> None:
    """Refuse as ``get_conversation_for`` does, for who acts and needs nothing of the conversation.

    :raises Http404: it does not exist, or not for them.
    :raises PermissionDenied: they may see it, but not do this.
    """
    rights = user.rights
    asked: dict[str, Any] = {
        "conversation": conversation_id,
        "user": user.pk,
        "everywhere": rights.everywhere("conversation.view"),
        "departments": list(rights.departments_for("conversation.view")),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DOOR, asked)
        found: tuple[int | None] | None = cursor.fetchone()
    if found is None:
        raise Http404
    if not rights.may(action, found[0]):
        raise PermissionDenied


def get_conversation_to_write(user: User, conversation_id: int, *, with_names: bool = False) -> Conversation:
    """Return the conversation if ``user`` may save a draft on it.

    Whoever has begun one may go on, even when it has become another department's meanwhile.

    :raises Http404: it does not exist, or not for them.
    :raises PermissionDenied: they may see it, but do not answer it and never began to.
    """
    # Asked for at every pause in typing: the names would cost more than the saving.
    conversation = get_conversation_for(user, conversation_id, with_names=with_names)
    if user.rights.may("conversation.answer", conversation.department_id):
        return conversation
    if not Draft.objects.filter(conversation=conversation, author=user).exists():
        raise PermissionDenied
    return conversation


def get_reply_for(user: User, reply_id: int, *, action: str = "conversation.view") -> Reply:
    """Return an answer through the door of its conversation.

    :raises Http404: it does not exist, or its conversation is not for them.
    :raises PermissionDenied: they may see the conversation, but not do this.
    """
    reply = Reply.objects.select_related("author", "policy_version").filter(pk=reply_id).first()
    if reply is None:
        raise Http404
    if reply.kind != ReplyKind.ANSWER and action == "conversation.answer":
        reply.conversation = get_conversation_for(user, reply.conversation_id)
        if not change_rights.may_change(user, reply.conversation):
            raise PermissionDenied
    else:
        reply.conversation = get_conversation_for(user, reply.conversation_id, action=action)
    return reply


def get_answer_to_change(user: User, reply_id: int) -> Reply:
    """Return an answer that is out, for those who may correct and remove what their conversation says.

    :raises Http404: it does not exist, is no answer, or its conversation is not for them.
    :raises PermissionDenied: they may see the conversation, but neither hold it nor lead its department.
    """
    found = Reply.objects.select_related("author", "mention", "policy_version")
    reply = found.filter(pk=reply_id, kind=ReplyKind.ANSWER).first()
    if reply is None:
        raise Http404
    reply.conversation = get_conversation_for(user, reply.conversation_id)
    if not change_rights.may_change(user, reply.conversation):
        raise PermissionDenied
    return reply


def get_approval_for(user: User, approval_id: int, *, is_author: bool = False) -> Approval:
    """Return an approval for those whose word it asks, who may not see its conversation otherwise, and for its author.

    With ``is_author`` for its author alone, through the door of the conversation.

    :raises Http404: it does not exist, or is nothing to them.
    :raises PermissionDenied: they may see the conversation, but are not asked, or not its author.
    """
    found = Approval.objects.select_related(
        "conversation__channel", "conversation__profile", "author", "original__mention"
    )
    approval = found.filter(pk=approval_id).first()
    if approval is None:
        raise Http404
    is_theirs = approval.author_id == user.pk
    if not is_author and (is_theirs or approval.steps.filter(asked_of(user)).exists()):
        return approval
    # Who may change an answer that is out need not be one who answers.
    may_answer = is_author and approval.original_id is None
    action = "conversation.answer" if may_answer else "conversation.view"
    approval.conversation = get_conversation_for(user, approval.conversation_id, action=action)
    if not (is_author and is_theirs):
        raise PermissionDenied
    return approval


def get_attachment_for(user: User, attachment_id: int, *, is_writer: bool = False) -> Attachment:
    """Return an attachment through the door of what it is attached to.

    What is out, or on its way, through that of its conversation; what is put before
    approvers through that of the approval; that of a draft for its writer and for who may
    answer the conversation. With ``is_writer`` only that of the reader's own draft.

    :raises Http404: it does not exist, or not for them.
    :raises PermissionDenied: they may see the conversation, but not this.
    """
    found = Attachment.objects.select_related("file", "draft__conversation__channel", "reply")
    attachment = found.filter(pk=attachment_id).first()
    if attachment is None or (is_writer and attachment.draft is None):
        raise Http404
    if attachment.draft is not None:
        conversation = get_conversation_for(user, attachment.draft.conversation_id)
        is_theirs = attachment.draft.author_id == user.pk
        if not is_theirs and (is_writer or not user.rights.may("conversation.answer", conversation.department_id)):
            raise PermissionDenied
    elif attachment.reply is not None:
        get_conversation_for(user, attachment.reply.conversation_id)
    else:
        get_approval_for(user, attachment.approval_id or 0)
    return attachment


def get_picture_for(user: User, picture_id: int, *, is_kept: bool = True) -> Picture:
    """Return a picture beside what was said, through the door of the conversation; one that we keep a copy of.

    :raises Http404: it does not exist, there is no copy, or it is not for them.
    """
    found = Picture.objects.filter(pk=picture_id).first()
    if found is None or (is_kept and found.state != Picture.State.KEPT):
        raise Http404
    entry = ThreadEntry.objects.filter(mention=found.mention_id).first()
    get_conversation_for(user, entry.conversation_id if entry is not None else 0, with_names=False)
    return found


def get_merge_for(user: User, merge_id: int) -> Merge:
    """Return a merge for those who may merge both of its conversations.

    :raises Http404: it does not exist, or one of them is not for them.
    :raises PermissionDenied: they may see both, but not merge one of them.
    """
    merge = Merge.objects.filter(pk=merge_id).first()
    if merge is None:
        raise Http404
    for conversation_id in (merge.target_id, merge.source_id):
        get_conversation_for(user, conversation_id, action="conversation.merge", with_names=False)
    return merge


def get_hand_over_for(user: User, hand_over_id: int, *, role: Literal["giver", "taker"]) -> HandOver:
    """Return an asking through the door of its conversation, if ``user`` is the one who may answer or withdraw it.

    :raises Http404: it does not exist, or its conversation is not for them.
    :raises PermissionDenied: they may see the conversation, but this was asked of or by somebody else.
    """
    asked = HandOver.objects.select_related("giver", "taker").filter(pk=hand_over_id).first()
    if asked is None:
        raise Http404
    asked.conversation = get_conversation_for(user, asked.conversation_id)
    if getattr(asked, role).pk != user.pk:
        raise PermissionDenied
    return asked


def get_saved_view_for(user: User, view_id: int, *, to_change: bool = False) -> SavedView:
    """Return a saved view that stands in a person's menu, or that they may open.

    :raises Http404: it does not exist, or is somebody else's.
    :raises PermissionDenied: they may only look through it.
    """
    view = SavedView.objects.visible_to(user).select_related("owner", "department").filter(pk=view_id).first()
    if view is None:
        raise Http404
    if to_change and not saved_views.may_change(user, view):
        raise PermissionDenied
    return view


def get_back_test_for(user: User, back_test_id: int) -> BackTest:
    """Return a trial of a version on the past, for those who edit or review the version.

    :raises Http404: it does not exist, or its version is not for them.
    :raises PermissionDenied: they may only read the version.
    """
    asked = BackTest.objects.select_related("version", "requested_by", "cancelled_by").filter(pk=back_test_id).first()
    if asked is None:
        raise Http404
    get_reviewed_for(user, asked.version.number)
    return asked


def get_bulk_run_for(user: User, run_id: int) -> BulkRun:
    """Return an act on many conversations, for the person who began it.

    :raises Http404: it does not exist, or is another's.
    """
    run = BulkRun.objects.select_related("undoes").filter(pk=run_id, person=user).first()
    if run is None:
        raise Http404
    return run
