"""What a notification says."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import Notification

_PEN: dict[str, Promise] = {
    Notification.Kind.HAND_OVER: gettext_lazy("%(actor)s asks you to take a conversation over."),
    Notification.Kind.HAND_OVER_TAKEN: gettext_lazy("%(actor)s took your conversation over, as you asked."),
    Notification.Kind.HAND_OVER_DECLINED: gettext_lazy("%(actor)s declined: the conversation stays with you."),
    Notification.Kind.MERGED: gettext_lazy("%(actor)s merged another conversation into yours."),
    Notification.Kind.LOOK_AGAIN: gettext_lazy("A conversation that was snoozed is back."),
    Notification.Kind.NOTE_ASKS: gettext_lazy("%(actor)s asks you in a note beside a conversation."),
    Notification.Kind.NOTE_ANSWERS: gettext_lazy("%(actor)s answered your note."),
    Notification.Kind.DEADLINE_NEAR: gettext_lazy("A deadline is near, and nobody has acted yet."),
    Notification.Kind.DEADLINE_MISSED: gettext_lazy("A deadline has passed, and nobody has acted."),
    Notification.Kind.CLAIM_IDLE: gettext_lazy("A conversation that you hold rests and will go back to the queue."),
}

_APPROVAL: dict[str, Promise] = {
    Notification.Kind.APPROVAL_ASKED: gettext_lazy("%(actor)s asks you to approve an answer."),
    Notification.Kind.APPROVAL_GIVEN: gettext_lazy("Your answer is approved. Send it."),
    Notification.Kind.APPROVAL_SENT: gettext_lazy("Your answer is approved and on its way."),
    Notification.Kind.APPROVAL_EDITED: gettext_lazy("%(actor)s would approve your answer with another text."),
    Notification.Kind.APPROVAL_REJECTED: gettext_lazy("%(actor)s rejected your answer."),
    Notification.Kind.APPROVAL_EXPIRED: gettext_lazy("Your answer was not approved or not sent before the deadline."),
    Notification.Kind.APPROVAL_SKIPPED: gettext_lazy("%(actor)s sent an answer without your approval."),
}

_POLICY: dict[str, Promise] = {
    Notification.Kind.POLICY_REVIEW_ASKED: gettext_lazy("%(actor)s asks you to review the policy."),
    Notification.Kind.POLICY_PULLED_BACK: gettext_lazy(
        "%(actor)s took the policy back to write on: your word is void."
    ),
    Notification.Kind.POLICY_AGREED: gettext_lazy("%(actor)s approves the policy that you wrote."),
    Notification.Kind.POLICY_APPROVED: gettext_lazy("Every reviewer approves the policy: it can come in force."),
    Notification.Kind.POLICY_CHANGES: gettext_lazy("%(actor)s asks for changes in the policy that you wrote."),
    Notification.Kind.POLICY_COMMENT: gettext_lazy("%(actor)s commented on a clause of the policy."),
    Notification.Kind.POLICY_IN_FORCE: gettext_lazy("The policy came in force as scheduled."),
    Notification.Kind.POLICY_HELD: gettext_lazy("The policy could not come in force as scheduled."),
    Notification.Kind.POLICY_ATTEST: gettext_lazy("The policy binds you otherwise than before: read and attest it."),
}


def sentence_of(notification: Notification) -> str:
    """Return one sentence for the bell and for the subject of the mail."""
    actor = notification.actor.name if notification.actor else ""
    kind = notification.kind
    if kind == Notification.Kind.QUEUE:
        if actor:
            return _("%(actor)s handed your department a conversation.") % {"actor": actor}
        if notification.path:
            return _("Many conversations came to your department: look into its queue.")
        return _("A conversation came to your department.")
    if kind == Notification.Kind.GIVEN:
        if notification.path:
            return _("Many conversations are offered to you: look into what is yours.")
        if not actor:
            return _("It is your turn: a conversation is offered to you.")
        return _("%(actor)s gave you a conversation.") % {"actor": actor}
    if kind == Notification.Kind.CUSTOMER_ANSWERED:
        return _("The customer answered in a conversation that you hold.")
    if kind == Notification.Kind.REPLY_FAILED:
        return _("Your answer needs you: it may not have gone out.")
    if notification.path and kind in (Notification.Kind.DEADLINE_NEAR, Notification.Kind.DEADLINE_MISSED):
        return _("Many deadlines are near or have passed: look into the inbox.")
    known = _PEN.get(kind) or _APPROVAL.get(kind) or _POLICY.get(kind)
    if known is not None:
        return str(known) % {"actor": actor or _("Somebody")}
    if kind == Notification.Kind.TAKEN_OVER:
        if actor:
            return _("%(actor)s took over a conversation that you held. Your draft is kept.") % {"actor": actor}
        return _("A conversation that you held went back to the queue. Your draft is kept.")
    if kind == Notification.Kind.SENDING_REFUSED:
        return _("A network refuses our sign-in: answers do not go out.")
    if kind == Notification.Kind.ANSWER_CHANGED:
        return _("%(actor)s corrected or removed an answer that you look after.") % {"actor": actor or _("Somebody")}
    if kind == Notification.Kind.ANSWER_STALE:
        return _("A saved answer of yours is to be reviewed.")
    if kind == Notification.Kind.CHANNEL_DEAF:
        return _("A channel is not heard any more.")
    if kind == Notification.Kind.CHANNEL_HEARD:
        return _("A channel is heard again.")
    if kind == Notification.Kind.STREAM_LIMIT:
        return _("A stream is near what it may hear in a day.")
    return _("A conversation needs a decision.")
