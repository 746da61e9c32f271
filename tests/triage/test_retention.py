from datetime import timedelta

import pytest

from listening.models import Mention, Person, WebhookCall
from policies.engine.outcomes import What
from socialhub.lib.bouts import Bout
from tests.factories.listening import ChannelFactory, ProfileFactory
from tests.factories.retention import LegalHoldFactory, RetentionRunFactory
from tests.factories.teams import NOON, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory, DecisionFactory
from tests.support.ruling import put_in_force
from triage.models import Conversation, LegalHold, RetentionRun
from triage.services.keeping import ageing, holds, retention
from triage.services.keeping.ageing import Stretch
from triage.services.keeping.forecast import forecast

EVERYTHING = {"any": [{"private": True}, {"private": False}]}

pytestmark = pytest.mark.django_db


def keeps(when, days, what="content"):
    return "retention", when, {"what": what, "keep_days": days}


def closed(days, **columns):
    return ConversationFactory(closed=True, closed_at=NOON - timedelta(days=days), **columns)


def run_to_its_end(at=NOON):
    run = retention.begin(at=at)
    while retention.run_bout(run_id=run.pk, at=at, seconds=60, rest=0) == Bout.MORE:
        pass
    run.refresh_from_db()
    return run


def erased():
    return set(Conversation.objects.filter(erased_at__isnull=False).values_list("pk", flat=True))


def test_a_run_erases_what_has_come_of_age_and_nothing_else():
    version = put_in_force(keeps({"tag": ["law"]}, 400), keeps(EVERYTHING, 30), keeps({"private": False}, 10, "raw"))
    old, kept_by_tag = closed(31), closed(31, tags=["law"])
    young, still_open = closed(29), ConversationFactory(assigned=True)

    run = run_to_its_end()

    assert erased() == {old.pk}
    raw = Conversation.objects.filter(raw_erased_at__isnull=False).values_list("pk", flat=True)
    assert set(raw) == {old.pk, kept_by_tag.pk, young.pk}
    still_open.refresh_from_db()
    assert still_open.snippet
    rules = {rule.name: str(rule.pk) for clause in version.clauses.all() for rule in clause.rules.all()}
    assert {rule: (told["clause"], told["n"]) for rule, told in run.erased.items()} == {
        rules["rule-2"]: ("7.2", 1),
        rules["rule-3"]: ("7.3", 3),
    }
    assert (run.state, run.is_whole, run.finished_at) == (RetentionRun.State.DONE, True, NOON)


@pytest.mark.parametrize(("what", "days", "stays"), [("raw", 7, False), ("content", 7, False), ("raw", 9, True)])
def test_what_other_systems_handed_over_goes_with_the_first_that_may_go(what, days, stays):
    put_in_force(keeps({"tag": ["spam"]}, days, what), keeps(EVERYTHING, 400))
    call = {"channel": ChannelFactory(), "body": b"{}", "received_at": NOON - timedelta(days=8)}
    read = WebhookCall.objects.create(event_id="read", read_at=NOON, **call)
    waiting = WebhookCall.objects.create(event_id="waiting", **call)

    retention.begin(at=NOON)

    bodies = {call.pk: bool(bytes(call.body)) for call in WebhookCall.objects.all()}
    assert bodies == {read.pk: stays, waiting.pk: True}


def test_a_hold_keeps_what_was_received_with_its_message_and_no_copy_of_it():
    put_in_force(keeps(EVERYTHING, 7, "raw"))
    conversation = closed(8)
    Mention.objects.update(raw={"text": "Help!"})
    LegalHoldFactory(conversation=conversation)
    WebhookCall.objects.create(
        channel=conversation.channel, event_id="1", body=b"{}", received_at=NOON - timedelta(days=8), read_at=NOON
    )

    run_to_its_end()

    assert Mention.objects.get().raw == {"text": "Help!"}
    assert bytes(WebhookCall.objects.get().body) == b""


def test_the_reason_that_counts_is_that_of_the_last_decision():
    version = put_in_force(keeps({"reason": ["spam"]}, 1))
    spam, was_spam = closed(2, disposition="no_response"), closed(2, disposition="no_response")
    for conversation, reasons in ((spam, ["rant", "spam"]), (was_spam, ["spam", "rant"])):
        for reason in reasons:
            DecisionFactory(conversation=conversation, no_response=True, reason=reason, policy_version=version)

    run_to_its_end()

    assert erased() == {spam.pk}


def test_a_policy_without_such_rules_erases_nothing(policy):
    closed(10_000)

    assert retention.begin(at=NOON) is None
    assert not RetentionRun.objects.exists()


def test_the_second_run_looks_only_at_what_came_of_age_meanwhile():
    put_in_force(keeps({"tag": ["law"]}, 400), keeps(EVERYTHING, 30))
    long_kept, ripe_tomorrow = closed(31, tags=["law"]), closed(29.5)
    first = run_to_its_end()

    second = run_to_its_end(at=NOON + timedelta(days=1))

    assert (first.looked_count, second.looked_count, second.is_whole) == (1, 1, False)
    assert erased() == {ripe_tomorrow.pk}
    long_kept.refresh_from_db()
    assert long_kept.erased_at is None


def test_everything_is_looked_at_again_after_a_week_and_after_a_hold_is_lifted():
    put_in_force(keeps(EVERYTHING, 30))
    held = closed(31)
    hold = LegalHoldFactory(conversation=held)
    run = run_to_its_end()
    assert (run.held_count, erased()) == (1, set())

    holds.lift_hold(hold_id=hold.pk, because="Settled", actor=UserFactory(), at=NOON + timedelta(hours=1))
    again = run_to_its_end(at=NOON + timedelta(days=1))

    assert (again.is_whole, erased()) == (True, {held.pk})
    assert not run_to_its_end(at=NOON + timedelta(days=2)).is_whole
    assert run_to_its_end(at=NOON + timedelta(days=9)).is_whole


def test_another_version_stops_the_run_and_is_asked_from_the_beginning():
    put_in_force(keeps(EVERYTHING, 30))
    conversation = closed(31)
    run = retention.begin(at=NOON)
    put_in_force(keeps(EVERYTHING, 60))

    assert retention.run_bout(run_id=run.pk, at=NOON) == Bout.GONE

    run.refresh_from_db()
    assert (run.state, run.cancelled_by, erased()) == (RetentionRun.State.CANCELLED, None, set())
    assert run_to_its_end(at=NOON + timedelta(days=40)).is_whole
    assert erased() == {conversation.pk}


def test_a_bout_ends_in_time_and_the_next_goes_on_where_it_ended(monkeypatch):
    put_in_force(keeps(EVERYTHING, 30))
    conversations = {closed(31 + n).pk for n in range(5)}
    monkeypatch.setattr(ageing, "BATCH", 2)
    run = retention.begin(at=NOON)

    assert retention.run_bout(run_id=run.pk, at=NOON, seconds=0, rest=0) == Bout.MORE
    assert erased() == set()
    while retention.run_bout(run_id=run.pk, at=NOON, seconds=60, rest=0) == Bout.MORE:
        pass

    run.refresh_from_db()
    assert (erased(), run.looked_count) == (conversations, 5)


def test_of_two_workers_with_the_same_place_one_counts():
    put_in_force(keeps(EVERYTHING, 30))
    closed(31)
    run = retention.begin(at=NOON)
    RetentionRun.objects.filter(pk=run.pk).update(place=[0, NOON.isoformat(), 1])
    stale = RetentionRun.objects.get(pk=run.pk)
    RetentionRun.objects.filter(pk=run.pk).update(place=[1, None, 0])

    assert not RetentionRun.objects.filter(pk=run.pk, place=stale.place).update(looked_count=99)


def test_only_one_run_is_underway():
    put_in_force(keeps(EVERYTHING, 30))

    assert retention.begin(at=NOON) is not None
    assert retention.begin(at=NOON) is None
    assert RetentionRun.objects.count() == 1


def test_a_cancelled_run_erases_nothing_more():
    put_in_force(keeps(EVERYTHING, 30))
    closed(31)
    run = retention.begin(at=NOON)
    actor = UserFactory()

    retention.cancel(run_id=run.pk, actor=actor, at=NOON)

    assert retention.run_bout(run_id=run.pk, at=NOON) == Bout.GONE
    assert erased() == set()
    with pytest.raises(retention.NotUnderway):
        retention.cancel(run_id=run.pk, actor=actor, at=NOON)
    assert retention.since_when(retention.reading.policy_in_force(), at=NOON) is None


@pytest.mark.parametrize(("hour", "since", "begins"), [(2, 30, True), (2, 3, False), (12, 30, False)])
def test_a_run_begins_once_a_night(hour, since, begins):
    OrganisationFactory()
    version = put_in_force(keeps(EVERYTHING, 30))
    at = NOON.replace(hour=hour)
    begun = at - timedelta(hours=since)
    RetentionRunFactory(version=version, started_at=begun, moved_at=begun, state="done", finished_at=begun)

    retention.sweep(at=at)

    assert RetentionRun.objects.filter(state="running").exists() is begins


def test_a_lost_worker_is_replaced(monkeypatch):
    version = put_in_force(keeps(EVERYTHING, 30))
    run = RetentionRunFactory(version=version)
    woken = []
    monkeypatch.setattr(retention, "wake_last", lambda _task, **arguments: woken.append(arguments))

    retention.sweep(at=NOON + timedelta(seconds=59))
    assert woken == []
    retention.sweep(at=NOON + timedelta(seconds=61))

    assert woken == [{"run_id": run.pk}]


def test_stretches_that_meet_are_one():
    version = put_in_force(keeps({"private": True}, 30), keeps(EVERYTHING, 60), keeps({"priority": 1}, 61))
    policy = retention.reading.read_policy(version.pk)
    day = timedelta(days=1)

    assert ageing.stretches(policy, after=NOON - day, until=NOON) == [
        Stretch(What.CONTENT, NOON - 62 * day, NOON - 60 * day),
        Stretch(What.CONTENT, NOON - 31 * day, NOON - 30 * day),
    ]
    assert ageing.stretches(policy, after=None, until=NOON) == [Stretch(What.CONTENT, None, NOON - 30 * day)]


def test_the_forecast_tells_what_goes_when():
    version = put_in_force(keeps({"tag": ["law"]}, 400), keeps(EVERYTHING, 30))
    now, soon, held = closed(31), closed(10), closed(33)
    closed(31, tags=["law"])
    LegalHoldFactory(conversation=held)

    outlook = forecast(retention.reading.read_policy(version.pk), after=None, at=NOON)

    (rule,) = outlook.rules
    assert (rule.clause, rule.rule, rule.next_night, rule.soon, rule.held) == ("7.2", "rule-2", 1, 2, 1)
    assert set(rule.examples) == {now.pk, soon.pk}
    assert not outlook.is_cut_short


def test_a_forecast_without_time_says_so(monkeypatch):
    version = put_in_force(keeps(EVERYTHING, 30))
    monkeypatch.setattr(ageing, "BATCH", 1)
    for _n in range(3):
        closed(31)

    outlook = forecast(retention.reading.read_policy(version.pk), after=None, at=NOON, seconds=0)

    assert outlook.is_cut_short


def test_a_hold_on_an_author_reaches_what_they_said_anywhere_and_will_say(policy):
    person = Person.objects.create(name="Ada", created_at=NOON)
    channel = ChannelFactory()
    one, other = ProfileFactory(channel=channel, person=person), ProfileFactory(person=person)
    theirs, elsewhere, stranger = closed(1, profile=one), closed(1, profile=other), closed(1)
    guest = closed(1)
    guest.entries.create(
        mention=Mention.objects.create(
            channel=channel, profile=one, external_id="guest", text="Me too", published_at=NOON, heard_at=NOON
        )
    )

    holds.place_hold(
        conversation_id=theirs.pk, of_author=True, reason="Case 4711", review_on=None, actor=UserFactory(), at=NOON
    )
    later = closed(0, profile=one)

    ids = [theirs.pk, elsewhere.pk, stranger.pk, guest.pk, later.pk]
    assert holds.held_among(ids) == {theirs.pk, elsewhere.pk, guest.pk, later.pk}
    assert [hold.reason for hold in holds.holds_on(guest)] == ["Case 4711"]
    assert not holds.holds_on(stranger).exists()


def test_the_same_thing_is_held_once_for_each_reason(policy):
    conversation, actor = closed(1), UserFactory()
    given = {"conversation_id": conversation.pk, "of_author": False, "review_on": None, "actor": actor, "at": NOON}
    holds.place_hold(reason="Case 1", **given)
    holds.place_hold(reason="Case 2", **given)

    with pytest.raises(holds.HeldAlready):
        holds.place_hold(reason="Case 1", **given)
    assert LegalHold.objects.count() == 2


def test_a_hold_is_lifted_once_and_the_other_stands(policy):
    conversation, actor = closed(1), UserFactory()
    first = LegalHoldFactory(conversation=conversation, reason="Case 1")
    LegalHoldFactory(conversation=conversation, reason="Case 2")

    holds.lift_hold(hold_id=first.pk, because="Settled", actor=actor, at=NOON)

    with pytest.raises(holds.HoldLifted):
        holds.lift_hold(hold_id=first.pk, because="Again", actor=actor, at=NOON)
    assert holds.held_among([conversation.pk]) == {conversation.pk}
    first.refresh_from_db()
    assert (first.lifted_by, first.lifted_because) == (actor, "Settled")


def test_what_is_erased_cannot_be_held_any_more(policy):
    conversation, actor = closed(1), UserFactory()
    Conversation.objects.filter(pk=conversation.pk).update(erased_at=NOON, snippet="", author_name="")

    with pytest.raises(holds.NothingLeft):
        holds.place_hold(
            conversation_id=conversation.pk,
            of_author=False,
            reason="Late",
            review_on=None,
            actor=actor,
            at=NOON,
        )
    assert not LegalHold.objects.exists()
