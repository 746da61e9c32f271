"""People look again at a share of what rules decide by themselves, and stop rules that decide badly."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from policies.models import Rule, RuleCount
from policies.services import heeding, reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import live, locks
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.told import Told
from teams.changes import Verb
from teams.models import User
from teams.services import audit
from triage.models import Conversation, DecidingStop, Decision, DecisionCheck, Event
from triage.services import reasons, recording
from triage.services.arriving import suggesting_anew
from triage.services.arriving.joining import reopening
from triage.states import Departure, Outcome, Stage


class CheckedAlready(Conflict):
    """Somebody has looked at this decision."""

    code = "checked_already"


class StoppedAlready(Conflict):
    """The rule decides nothing already."""

    code = "stopped_already"


class LiftedAlready(Conflict):
    """The rule decides again already."""

    code = "lifted_already"


def confirm(*, check_id: int, actor: User, at: datetime) -> None:
    """Say that a rule decided rightly, which counts for it.

    :raises CheckedAlready: somebody else was first.
    """
    with transaction.atomic():
        _settle(check_id, DecisionCheck.Verdict.CONFIRMED, "", actor, at)
        decision = Decision.objects.get(check_of=check_id)
        heeding.count([(_rule(decision), RuleCount.Verdict.FOLLOWED)])


def reverse(*, check_id: int, departure: str, actor: User, at: datetime) -> Conversation:
    """Say that a rule decided wrongly, which counts against it; return the conversation, to be decided on anew.

    What it closed is open again. What a department has begun meanwhile stays with it, and
    so does what was decided on once more. Locks the conversation.

    :raises Invalid: there is no such reason.
    :raises CheckedAlready: somebody else was first.
    """
    if departure not in Departure.values:
        raise Invalid(_("Say why it is reversed."), field="departure")
    policy = reading.policy_in_force()
    with transaction.atomic():
        incidents = standing_until_committed()
        conversation = Conversation.objects.select_for_update(of=("self",)).get(decisions__check_of=check_id)
        _settle(check_id, DecisionCheck.Verdict.REVERSED, departure, actor, at)
        decision = Decision.objects.get(check_of=check_id)
        heeding.count([(_rule(decision), RuleCount.Verdict(departure))])
        latest = conversation.decisions.order_by("-pk").first()
        is_closed_by_it = conversation.stage == Stage.CLOSED and conversation.outcome == Outcome.NO_ANSWER
        if is_closed_by_it and latest == decision:
            change = reopening(conversation, policy, at)
            for name, value in change.items():
                setattr(conversation, name, value)
            conversation.save(update_fields=list(change))
            suggesting_anew.hold_again([conversation.pk], incidents, policy, at)
            recording.record(
                conversation_id=conversation.pk,
                kind=Event.Kind.REOPENED,
                actor=actor,
                at=at,
                data={"reverses": decision.pk},
            )
        else:
            recording.record(
                conversation_id=conversation.pk,
                kind=Event.Kind.DECISION_REVERSED,
                actor=actor,
                at=at,
                data={"reverses": decision.pk, "departure": departure},
            )
    return conversation


def stop_deciding(*, rule_key: UUID | None, reason: str, actor: User, at: datetime) -> DecidingStop:
    """Let a rule decide nothing by itself any more, or none where ``rule_key`` is None.

    When this returns, no conversation is opened any more that it decides on: it waits for
    the intake that is at work.

    :raises Invalid: there is no reason, it is too long, or there is no such rule.
    :raises StoppedAlready: somebody else was first.
    """
    reason = reasons.needed(reason, otherwise=_("Say why the rule must not decide."))
    rule = Rule.objects.filter(key=rule_key).order_by("-pk").first() if rule_key is not None else None
    if rule_key is not None and rule is None:
        raise Invalid(_("There is no such rule."), field="rule")
    with transaction.atomic():
        locks.take(locks.Lock.INTAKE)
        if DecidingStop.objects.filter(rule_key=rule_key, lifted_at=None).exists():
            raise StoppedAlready(_("This is stopped already."))
        stop = DecidingStop.objects.create(
            rule_key=rule_key, rule_name=rule.name if rule else "", reason=reason, stopped_by=actor, stopped_at=at
        )
        audit.note(actor=actor, verb=Verb.DECIDING_STOPPED, subject=what_is_stopped(stop), at=at, reason=reason)
        live.inbox_changed()
    return stop


def lift_stop(*, stop_id: int, actor: User, at: datetime) -> None:
    """Let a rule decide again. What waited for a person meanwhile still does.

    :raises LiftedAlready: somebody else was first.
    """
    with transaction.atomic():
        if not DecidingStop.objects.filter(pk=stop_id, lifted_at=None).update(lifted_by=actor, lifted_at=at):
            raise LiftedAlready(_("This stop was lifted already."))
        stop = DecidingStop.objects.get(pk=stop_id)
        audit.note(actor=actor, verb=Verb.DECIDING_RESUMED, subject=what_is_stopped(stop), at=at)


def what_is_stopped(stop: DecidingStop) -> Told:
    """Return in words what a stop reaches."""
    if stop.rule_key is None:
        return Told(gettext_noop("every rule"))
    return Told(gettext_noop("the rule “%(name)s”"), {"name": stop.rule_name})


def _settle(check_id: int, verdict: DecisionCheck.Verdict, departure: str, actor: User, at: datetime) -> None:
    settled = DecisionCheck.objects.filter(pk=check_id, verdict="").update(
        verdict=verdict, departure=departure, checked_by=actor, checked_at=at
    )
    if not settled:
        raise CheckedAlready(_("Somebody has looked at this decision a moment ago."))


def _rule(decision: Decision) -> int:
    assert decision.decided_by_rule_id is not None  # noqa: S101 - only decisions of rules are checked
    return decision.decided_by_rule_id
