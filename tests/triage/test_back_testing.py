from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from policies.models import PolicyVersion, Rule
from policies.services import trials
from socialhub.lib import bouts
from socialhub.lib.bouts import Bout
from socialhub.lib.errors import Invalid
from tests.factories.listening import ChannelFactory
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory
from tests.factories.teams import NOON, DepartmentFactory, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory, DecisionFactory
from tests.support.hearing import hear, said
from triage.models import BackTest, BackTestPart, ClockEnd, Conversation
from triage.services.back_tests import asking
from triage.services.back_tests import work as work
from triage.showing.back_tests import show

LATER = NOON + timedelta(days=3)


@pytest.fixture
def editor(policy):
    OrganisationFactory(time_zone="Europe/Copenhagen")
    return UserFactory(name="Eva Falk")


@pytest.fixture
def draft(editor):
    """A draft that sends orders to care, answers thanks in no way, and has two rules without effect."""
    draft = PolicyVersionFactory(number=7)
    clause = ClauseFactory(version=draft)
    for position, (name, condition, outcome) in enumerate(
        [
            ("orders", {"words": ["order"]}, {"department": "care", "disposition": "customer_service", "priority": 2}),
            ("thanks", {"words": ["thanks"]}, {"disposition": "no_response"}),
            ("late orders", {"words": ["order"], "sentiment": {"at_least": -1}}, {"department": "press"}),
            ("dragons", {"words": ["dragon"]}, {"priority": 1}),
        ]
    ):
        RuleFactory(clause=clause, position=position, name=name, condition=condition, outcome=outcome)
    draft.targets.create(priority=2, decide_minutes=30, claim_minutes=60, answer_minutes=60)
    return draft


@pytest.fixture
def past(editor):
    """An outage, two orders and a word of thanks, an hour apart."""
    channel = ChannelFactory()
    texts = ["An outage", "My order is late", "Another order is late", "Many thanks"]
    for number, text in enumerate(texts):
        hear(channel, said(str(number), text, author=f"a{number}"), at=NOON + timedelta(hours=number))
    return list(Conversation.objects.order_by("pk"))


def begun(version, editor, since=NOON, until=LATER):
    asked = asking.start_back_test(version_id=version.pk, since=since, until=until, requester=editor, at=LATER)
    work.begin(back_test_id=asked.pk, at=LATER)
    return asked


def run(asked, **more):
    return [work.run_bout(part_id=part.pk, at=LATER, rest=0, **more) for part in asked.parts.order_by("pk")]


def rules_of(asked):
    return {rule["name"]: rule for rule in asked.result["rules"]}


def test_a_trial_counts_what_it_could_not_try(draft, past, editor):
    ConversationFactory.create_batch(2, closed=True, author_name="", snippet="", opened_at=NOON, erased_at=LATER)
    asked = begun(draft, editor)

    assert run(asked) == [Bout.DONE]

    asked.refresh_from_db()
    assert (asked.done_count, asked.result["count"], asked.result["erased"]) == (4, 4, 2)
    assert show(asked, editor).notes[0] == "2 conversations of this time were not tried: their words are erased."


def test_a_trial_tells_what_would_move(draft, past, editor):
    asked = begun(draft, editor)

    assert run(asked) == [Bout.DONE]

    asked.refresh_from_db()
    assert (asked.state, asked.done_count, asked.total_count, asked.parts.count()) == ("done", 4, 4, 0)
    moves = asked.result["moves"]
    assert moves["disposition"] == {">": 1, ">customer_service": 2, ">no_response": 1}
    assert moves["department"] == {">": 2, ">care": 2}
    assert moves["priority"] == {"1>3": 1, "3>2": 2, "3>3": 1}
    assert asked.result["moved"] == 4
    assert asked.result["examples"]["department"] == {">care": [past[1].pk, past[2].pk]}
    # Wednesday, 13:00 in Copenhagen and the hours after it.
    assert asked.result["load"] == {"": {"61": 1, "64": 1}, "care": {"62": 1, "63": 1}}


def test_rules_without_effect_are_found(draft, past, editor):
    asked = begun(draft, editor)
    run(asked)

    asked.refresh_from_db()
    rules = rules_of(asked)
    assert {name: (rule["matched"], rule["gave"]) for name, rule in rules.items()} == {
        "orders": (2, 2),
        "thanks": (1, 1),
        "late orders": (2, 0),
        "dragons": (0, 0),
    }
    assert rules["late orders"]["shadowed_by"] == [rules["orders"]["key"]]
    assert rules["dragons"]["shadowed_by"] == []


def test_a_rule_that_once_has_the_word_is_not_shadowed(draft, past, editor):
    Rule.objects.filter(name="late orders").update(outcome={"department": "press", "points": 5})
    asked = begun(draft, editor)
    run(asked)

    asked.refresh_from_db()
    assert (rules_of(asked)["late orders"]["gave"], rules_of(asked)["late orders"]["shadowed_by"]) == (2, [])


def test_what_people_decided_is_held_against_the_rules(draft, past, editor, policy):
    care = DepartmentFactory(slug="care")
    press = DepartmentFactory(slug="press")
    DecisionFactory(conversation=past[1], department=press, policy_version=policy)
    DecisionFactory(conversation=past[1], department=care, priority=2, policy_version=policy)
    DecisionFactory(conversation=past[2], no_response=True, priority=4, policy_version=policy)

    asked = begun(draft, editor)
    run(asked)

    asked.refresh_from_db()
    orders = rules_of(asked)["orders"]
    assert orders["agreed"] == {"priority": 1, "disposition": 1, "department": 1}
    assert orders["differed"] == {"priority": 1, "disposition": 1}
    assert orders["examples"] == {"priority": [past[2].pk], "disposition": [past[2].pk]}
    assert asked.result["agreement_before"] == {}
    assert asked.result["agreement_after"]["department"] == {"agreed": 1}
    assert asked.result["decided"] == 2


def test_deadlines_to_decide_are_counted_by_the_tried_times(draft, past, editor):
    first, second, third, _fourth = past
    for conversation, minutes, missed in ((first, 20, True), (second, 20, False), (third, 40, False)):
        at = conversation.opened_at + timedelta(minutes=minutes)
        Conversation.objects.filter(pk=conversation.pk).update(decided_at=at)
        ClockEnd.objects.create(
            conversation=conversation, step="decide", priority=3, due_at=at, ended_at=at, missed=missed
        )

    asked = begun(draft, editor)
    run(asked)

    asked.refresh_from_db()
    # The fourth still waits, beyond its four hours.
    assert asked.result["deadlines"] == {"missed>met": 1, "met>met": 1, "met>missed": 1, "missed>missed": 1}


def test_what_rules_decided_by_themselves_is_counted_apart(draft, past, editor, policy):
    first, second, _third, fourth = past
    rule = Rule.objects.get(name="Outage")
    decided = {"no_response": True, "policy_version": policy, "decided_by": None, "decided_by_rule": rule}
    DecisionFactory(conversation=first, **decided)
    DecisionFactory(conversation=second, **decided)
    Conversation.objects.filter(pk__in=[first.pk, second.pk]).update(decided_at=LATER)
    Rule.objects.filter(name="thanks").update(outcome={"disposition": "no_response", "decides": True})
    draft.clauses.update(may_decide=["no_response"])

    asked = begun(draft, editor)
    run(asked)

    asked.refresh_from_db()
    result = asked.result
    assert (result["by_rule_before"], result["by_rule_after"], result["decided"]) == (2, 1, 0)
    # The third still waits; of the first two nobody had to decide.
    assert result["deadlines"] == {"missed>missed": 1, "missed>met": 1}
    assert rules_of(asked)["thanks"]["decides"] == 1
    assert fourth.disposition == ""


def test_a_trial_is_remembered_with_the_text_that_was_tried(draft, past, editor):
    assert trials.was_tried(draft) is False

    run(begun(draft, editor))

    assert trials.was_tried(PolicyVersion.objects.get(pk=draft.pk)) is True
    Rule.objects.filter(name="dragons").update(condition={"words": ["wyvern"]})
    assert trials.was_tried(PolicyVersion.objects.get(pk=draft.pk)) is False


def test_a_trial_changes_nothing_else(draft, past, editor):
    before = list(Conversation.objects.order_by("pk").values())

    run(begun(draft, editor))

    assert list(Conversation.objects.order_by("pk").values()) == before


def test_one_trial_of_a_version_runs_at_a_time(draft, past, editor):
    begun(draft, editor)

    with pytest.raises(asking.TriedAlready):
        begun(draft, editor)

    assert BackTest.objects.count() == 1


@pytest.mark.parametrize(("since", "until"), [(NOON, NOON), (LATER, LATER + timedelta(days=1))])
def test_a_period_without_a_past_is_refused(draft, editor, since, until):
    with pytest.raises(Invalid):
        begun(draft, editor, since, until)

    assert not BackTest.objects.exists()


def test_a_rule_that_cannot_be_carried_out_is_named_before_anything_begins(draft, editor):
    Rule.objects.filter(name="dragons").update(condition={"smell": "sulphur"})

    with pytest.raises(Invalid, match="smell"):
        begun(draft, editor)

    assert not BackTest.objects.exists()


def test_bouts_go_on_where_the_last_one_ended(draft, past, editor, monkeypatch):
    monkeypatch.setattr(work.past, "BATCH", 1)
    monkeypatch.setattr(work.past.read_batch, "__kwdefaults__", {"limit": 1})
    asked = begun(draft, editor)
    # No time at all: each bout is one batch.
    bouts = []
    monkeypatch.setattr(work.time, "monotonic", iter(range(10_000)).__next__)
    while Bout.DONE not in bouts:
        bouts += run(asked, seconds=2)

    asked.refresh_from_db()
    assert bouts == [Bout.MORE] * 3 + [Bout.DONE]
    assert asked.result["moves"]["department"] == {">": 2, ">care": 2}


def test_what_a_killed_worker_had_not_saved_is_tried_again_and_counted_once(draft, past, editor, monkeypatch):
    asked = begun(draft, editor)
    part = asked.parts.get()

    with monkeypatch.context() as patched:
        patched.setattr(work.tallies, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            work.run_bout(part_id=part.pk, at=LATER)
    part.refresh_from_db()
    assert (part.done_count, part.stumbles, part.tally) == (0, 1, {})

    assert run(asked) == [Bout.DONE]
    asked.refresh_from_db()
    assert asked.result["count"] == 4


def killed(*_arguments):
    raise KeyboardInterrupt


def test_two_workers_on_one_part_count_once(draft, past, editor, monkeypatch):
    asked = begun(draft, editor)
    part = asked.parts.get()
    tried = work._try

    def overtaken(*arguments):
        monkeypatch.setattr(work, "_try", tried)
        assert work.run_bout(part_id=part.pk, at=LATER) == Bout.DONE
        return tried(*arguments)

    monkeypatch.setattr(work, "_try", overtaken)
    assert work.run_bout(part_id=part.pk, at=LATER) == Bout.GONE

    asked.refresh_from_db()
    assert (asked.state, asked.result["count"]) == ("done", 4)


def test_two_parts_make_one_result(draft, past, editor, monkeypatch):
    monkeypatch.setattr(work, "WORTH_SHARING", 2)
    asked = begun(draft, editor)

    assert run(asked) == [Bout.DONE, Bout.DONE]

    asked.refresh_from_db()
    assert asked.result["moves"]["disposition"] == {">": 1, ">customer_service": 2, ">no_response": 1}


def test_a_cancelled_trial_stops_at_the_end_of_a_bout(draft, past, editor, monkeypatch):
    asked = begun(draft, editor)
    tried = work._try

    def cancelled(*arguments):
        found = tried(*arguments)
        asking.cancel_back_test(back_test_id=asked.pk, actor=editor, at=LATER)
        return found

    monkeypatch.setattr(work, "_try", cancelled)
    assert run(asked) == [Bout.GONE]

    asked.refresh_from_db()
    assert (asked.state, asked.result, asked.cancelled_by, asked.parts.count()) == ("cancelled", {}, editor, 0)
    with pytest.raises(asking.NotUnderway):
        asking.cancel_back_test(back_test_id=asked.pk, actor=editor, at=LATER)


def test_a_draft_that_changes_meanwhile_ends_its_trial(draft, past, editor):
    asked = begun(draft, editor)
    Rule.objects.filter(name="dragons").update(condition={"words": ["wyvern"]})

    assert run(asked) == [Bout.GONE]

    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("failed", "changed")


def test_lost_workers_are_found_and_give_up_at_last(draft, past, editor, django_capture_on_commit_callbacks):
    asked = begun(draft, editor)
    at = LATER + timedelta(seconds=61)

    with django_capture_on_commit_callbacks() as woken:
        work.sweep(at=at)
        work.sweep(at=at)
    assert len(woken) == 1

    BackTestPart.objects.update(stumbles=bouts.MOST_STUMBLES, moved_at=LATER)
    work.sweep(at=at)
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("failed", "stumbled")


def test_a_trial_whose_end_was_lost_is_ended_by_the_next_bout(draft, past, editor, monkeypatch):
    asked = begun(draft, editor)
    with monkeypatch.context() as patched:
        patched.setattr(work, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            run(asked)

    assert run(asked) == [Bout.DONE]
    asked.refresh_from_db()
    assert (asked.state, asked.result["count"]) == ("done", 4)


def test_a_trial_of_nothing_ends_too(draft, editor):
    asked = begun(draft, editor)

    assert run(asked) == [Bout.DONE]
    asked.refresh_from_db()
    assert (asked.state, asked.done_count) == ("done", 0)


def test_a_finished_trial_is_evidence(draft, past, editor):
    asked = begun(draft, editor)
    run(asked)

    with pytest.raises(IntegrityError, match="evidence"), transaction.atomic():
        BackTest.objects.filter(pk=asked.pk).update(result={})


def test_a_discarded_draft_takes_its_trials_along(draft, past, editor):
    run(begun(draft, editor))

    draft.delete()

    assert not BackTest.objects.exists()
