"""What approvers say: yes, yes with another text, or no."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict, Forbidden, Invalid
from socialhub.lib.moments import grouped
from teams.models import User
from triage.models import Approval, ApprovalStep, Conversation, Event
from triage.services import gate, recording, telling
from triage.services.approving import sends
from triage.services.approving import steps as approving_steps
from triage.services.seen import Seen
from triage.services.sending import correcting
from triage.services.writing import composing, conduct
from triage.services.writing.composing import How
from triage.states import ReplyKind

MAX_NOTE = 2000


class NotAsked(Forbidden):
    """It is not for this person to approve: the author, or somebody who is not asked (any more)."""

    code = "not_asked"


class ApprovalSettled(Conflict):
    """Somebody was first, it was withdrawn, or it is too late."""

    code = "approval_settled"


def approve(*, approval_id: int, approver: User, at: datetime) -> None:
    """Give the word of ``approver``; with the last one that it takes, the author may send. Locks the conversation.

    Where the author wished so, it is on its way then. One person's word counts for every step that waits for them.

    :raises NotAsked: the author themselves, or somebody who is not asked.
    :raises NotAttested: they have not attested the policy in force.
    :raises ApprovalSettled: it does not wait for them any more.
    :raises WorldChanged: the customer wrote again, or the policy changed: the author must ask anew.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation, approval, steps = _turn(approval_id, approver, at)
        _check_world(approval, conversation, policy.version_id)
        turn = {step.pk for step in approving_steps.whose_turn(approval)}
        _speak(steps, ApprovalStep.Verdict.APPROVED, approver, at, "")
        left = approving_steps.whose_turn(approval)
        is_complete = not left
        if is_complete:
            _settle(approval, Approval.State.APPROVED, at)
        event = _record(approval, Event.Kind.APPROVAL_GIVEN, approver, at, is_complete=is_complete)
        if is_complete:
            is_sent = sends.send_if_wished(approval, conversation, at=at)
            telling.tell_verdict(conversation, event, approval.author, is_sent=is_sent)
        elif following := [step for step in left if step.pk not in turn]:
            telling.tell_approvers(conversation, event, approval.pk, approving_steps.people_of(following))


def approve_with_edit(*, approval_id: int, approver: User, body: str, note: str, at: datetime) -> None:
    """Propose another text, which the author must take before it can go out. Locks the conversation.

    :raises NotAsked: the author themselves, or somebody who is not asked.
    :raises NotAttested: they have not attested the policy in force.
    :raises ApprovalSettled: it does not wait for them any more.
    :raises WorldChanged: the customer wrote again, or the policy changed: the author must ask anew.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises Invalid: the text is the same, empty, or too long for the channel, or the note is too long.
    """
    _check_note(note)
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation, approval, steps = _turn(approval_id, approver, at)
        if approval.kind == ReplyKind.REMOVAL:
            raise Invalid(_("A removal has no text to change: approve it or reject it."), field="body")
        _check_world(approval, conversation, policy.version_id)
        attached = list(approval.attachments.select_related("file").order_by("position"))
        text = composing.compose(
            conversation,
            body,
            mention_id=approval.answers_id,
            attached=attached,
            how=How(split=approval.split, is_undescribed_meant=True),
        ).text
        bare = conduct.count_undescribed(attached)
        # The words become the author's own.
        conduct.refuse_blocked(
            conduct.judge(conversation, text, writer=approval.author, undescribed=bare, policy=policy, at=at)
        )
        if text == approval.body:
            raise Invalid(_("You have changed nothing: approve it as it is."), field="body")
        _speak(steps, ApprovalStep.Verdict.EDITED, approver, at, note)
        _settle(approval, Approval.State.EDITED, at, edited_body=text)
        event = _record(approval, Event.Kind.APPROVAL_EDITED, approver, at)
        telling.tell_verdict(conversation, event, approval.author)


def reject(*, approval_id: int, approver: User, note: str, at: datetime) -> None:
    """Say no, and why. One no is enough. Locks the conversation.

    :raises NotAsked: the author themselves, or somebody who is not asked.
    :raises NotAttested: they have not attested the policy in force.
    :raises ApprovalSettled: it does not wait for them any more.
    :raises Invalid: there is no note, or it is too long.
    """
    if not note.strip():
        raise Invalid(_("Say why you reject it."), field="note")
    _check_note(note)
    with transaction.atomic():
        conversation, approval, steps = _turn(approval_id, approver, at)
        _speak(steps, ApprovalStep.Verdict.REJECTED, approver, at, note)
        _settle(approval, Approval.State.REJECTED, at)
        event = _record(approval, Event.Kind.APPROVAL_REJECTED, approver, at)
        telling.tell_verdict(conversation, event, approval.author)


def _turn(approval_id: int, approver: User, at: datetime) -> tuple[Conversation, Approval, list[ApprovalStep]]:
    """Lock the conversation and return the steps for which ``approver`` may speak at this moment."""
    conversation_id = Approval.objects.values_list("conversation", flat=True).get(pk=approval_id)
    conversation = (
        Conversation.objects.select_for_update(of=("self",)).select_related("channel").get(pk=conversation_id)
    )
    approval = Approval.objects.select_related("author", "original__mention").get(pk=approval_id)
    if approval.author_id == approver.pk:
        raise NotAsked(_("Nobody approves their own answer."))
    # Read anew: the right may have been taken away since the request began.
    fresh = User.objects.active().filter(pk=approver.pk).first()
    asked = approval.steps.filter(approving_steps.asked_of(fresh)) if fresh is not None else approval.steps.none()
    theirs = set(asked.values_list("pk", flat=True))
    if not theirs:
        raise NotAsked(_("You are not asked to approve this answer."))
    refusal = _("Read and attest the policy in force before you say what may go out.")
    gate.check(approver, reading.policy_in_force(), at=at, refusal=refusal)
    if approval.state != Approval.State.ASKED:
        raise ApprovalSettled(_why_settled(approval))
    if approval.fence != conversation.fence:
        raise ApprovalSettled(_("The conversation changed hands, so this approval is not needed any more."))
    if approval.expires_at is not None and approval.expires_at <= at:
        raise ApprovalSettled(_("It is too late: the deadline of the conversation has passed."))
    steps = []
    for group in approving_steps.open_groups(approval):
        for step in group:
            if step.pk in theirs:
                steps.append(step)
            elif step.mode == Approval.Mode.IN_ORDER:
                break
    if not steps:
        spoke = approval.steps.filter(decided_by=approver).exists()
        raise ApprovalSettled(_("You have approved it already.") if spoke else _("Somebody else is asked before you."))
    return conversation, approval, steps


def _check_world(approval: Approval, conversation: Conversation, version_id: int) -> None:
    """Refuse what the author would have to ask anew anyway: it answers what is not the latest any more."""
    seen = Seen(approval.fence, approval.answers_id, approval.policy_version_id)
    refusal = _("This text answers what is out of date.")
    correcting.check_world_of(approval, conversation, seen, version_id, refusal=refusal)


def _speak(steps: list[ApprovalStep], verdict: ApprovalStep.Verdict, approver: User, at: datetime, note: str) -> None:
    ApprovalStep.objects.filter(pk__in=[step.pk for step in steps], verdict="").update(
        verdict=verdict, decided_by=approver, decided_at=at, note=note.strip()
    )


def _settle(approval: Approval, state: Approval.State, at: datetime, *, edited_body: str = "") -> None:
    won = Approval.objects.filter(pk=approval.pk, state=Approval.State.ASKED).update(
        state=state, settled_at=at, edited_body=edited_body
    )
    if not won:
        raise ApprovalSettled(_why_settled(Approval.objects.get(pk=approval.pk)))


def _record(
    approval: Approval, kind: Event.Kind, approver: User, at: datetime, *, is_complete: bool | None = None
) -> Event:
    data = {"approval": approval.pk} if is_complete is None else {"approval": approval.pk, "complete": is_complete}
    return recording.record(conversation_id=approval.conversation_id, kind=kind, actor=approver, at=at, data=data)


def _why_settled(approval: Approval) -> str:
    spoken = (
        approval.steps.exclude(verdict="").select_related("decided_by").order_by("-decided_at", "-position").first()
    )
    name = spoken.decided_by.name if spoken is not None and spoken.decided_by is not None else ""
    if approval.state in (Approval.State.APPROVED, Approval.State.USED):
        return _("%(name)s approved this answer a moment ago.") % {"name": name}
    if approval.state in (Approval.State.EDITED, Approval.State.REPLACED):
        return _("%(name)s proposed another text a moment ago.") % {"name": name}
    if approval.state == Approval.State.REJECTED:
        return _("%(name)s rejected this answer a moment ago.") % {"name": name}
    if approval.state == Approval.State.EXPIRED:
        return _("It is too late: the deadline of the conversation has passed.")
    return _("This answer was withdrawn from approval.")


def _check_note(note: str) -> None:
    if len(note) > MAX_NOTE:
        raise Invalid(_("The note is longer than %(most)s characters.") % {"most": grouped(MAX_NOTE)}, field="note")
