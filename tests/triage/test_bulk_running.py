from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError

from socialhub.lib import bouts
from socialhub.lib.bouts import Bout
from teams.models import Appointment, Notification
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory
from tests.support.bulk import LATER, SOON, SPAM, Act, counts, prepare, refusals, start, to, work
from tests.support.merging import heard
from triage.models import BulkRun, Conversation, Decision, Event
from triage.services.bulk import preparing, running, starting
from triage.services.decisions.deciding import DepartureUnexplained
from triage.services.gate import NotAttested
from triage.services.pen import claims
from triage.services.threads import merging_by_hand
from triage.states import Departure, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def _many(monkeypatch) -> None:
    """Make three many."""
    monkeypatch.setattr(starting, "AT_ONCE", 2)
    monkeypatch.setattr(running, "MOST_ARRIVALS", 2)


def test_a_preview_counts_what_stands_in_the_way(owner, care):
    ConversationFactory.create_batch(3)
    ConversationFactory(assigned=True, department=care)
    ConversationFactory(claimed=True)
    ConversationFactory(claimed=True, holder=owner)
    ConversationFactory.create_batch(2, closed=True)
    ConversationFactory(learner=UserFactory())

    run = prepare(owner)

    assert (run.state, run.matched_count) == ("prepared", 8)
    assert run.foreseen == {"": 4, "held": 1, "yours": 1, "closed": 2}
    assert not Event.objects.exists()


def test_few_are_done_at_once_each_as_if_alone(owner, care):
    waiting = ConversationFactory.create_batch(2)
    held = ConversationFactory(claimed=True, holder__name="Maja")
    closed = ConversationFactory(closed=True)
    responder = MembershipFactory(department=care, user__wants_email=False).user

    run = start(prepare(owner), to(care, priority=2, note="Together"))

    assert counts(run) == ("done", 4, 2, 2)
    assert refusals(run) == [
        ("closed", "This conversation is closed already."),
        ("not_the_holder", "Maja holds this conversation."),
    ]
    for conversation in waiting:
        conversation.refresh_from_db()
        assert (conversation.stage, conversation.department, conversation.priority) == (Stage.ASSIGNED, care, 2)
        assert conversation.decisions.get().note == "Together"
    assert list(Event.objects.values_list("kind", flat=True)) == ["decided", "decided"]
    assert Notification.objects.filter(user=responder, conversation_id__in=[one.pk for one in waiting]).count() == 2
    held.refresh_from_db()
    assert held.fence == 2
    assert not closed.decisions.exists()


@pytest.mark.usefixtures("_many")
def test_many_tell_the_department_once(owner, care):
    ConversationFactory.create_batch(5)
    responder = MembershipFactory(department=care, user__wants_email=False).user

    run = start(prepare(owner), to(care))
    assert counts(run) == ("queued", 5, 0, 0)
    work(run)

    assert counts(run) == ("done", 5, 5, 0)
    told = Notification.objects.get(user=responder)
    assert (told.kind, told.path, told.conversation_id) == ("queue", "/inbox/department-care/", None)
    assert told.subject == "Up to 5 conversations, handed over at once"


@pytest.mark.usefixtures("_many")
def test_what_is_done_counts_when_the_worker_is_killed_and_the_rest_goes_on(owner, care, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 2)
    ConversationFactory.create_batch(6)
    run = start(prepare(owner), to(care))
    real, turns = running.acts.act_on, iter(range(100))

    def dying(*args: Any, **kwargs: Any) -> Any:
        done = real(*args, **kwargs)
        if next(turns) == 1:
            raise SystemExit
        return done

    with mock.patch.object(running.acts, "act_on", dying), pytest.raises(SystemExit):
        work(run)
    assert counts(run) == ("running", 6, 2, 0)
    assert Decision.objects.count() == Event.objects.count() == 2

    running.sweep(at=SOON + timedelta(seconds=61))
    assert work(run) == Bout.DONE

    assert counts(run) == ("done", 6, 6, 0)
    assert Decision.objects.count() == Event.objects.count() == 6


def test_few_that_came_across_somebody_else_are_done_by_a_worker(owner, care):
    conversations = ConversationFactory.create_batch(2)
    chosen = mock.patch.object(running.acts, "act_on", side_effect=OperationalError("deadlock detected"))

    with chosen, mock.patch.object(starting, "wake_last") as wake:
        run = start(prepare(owner), to(care))

    assert counts(run) == ("running", 2, 0, 0)
    wake.assert_called_once_with("triage.act_on_many", run_id=run.pk)
    assert not Event.objects.exists()
    assert work(run) == Bout.DONE
    assert counts(run) == ("done", 2, 2, 0)
    assert {one.decisions.count() for one in conversations} == {1}


@pytest.mark.usefixtures("_many")
def test_a_run_cancelled_half_way_touches_nothing_more(owner, care, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 2)
    ConversationFactory.create_batch(7)
    run = start(prepare(owner), to(care))
    take_turn, turns = running._take_turn, iter(range(100))

    def turn(*args: Any) -> Bout:
        bout = take_turn(*args)
        if next(turns) == 1:
            starting.cancel(run_id=run.pk, at=SOON)
        return bout

    with mock.patch.object(running, "_take_turn", turn):
        assert work(run) == Bout.GONE

    assert counts(run) == ("cancelled", 7, 4, 0)
    assert Decision.objects.count() == 4
    assert work(run) == Bout.GONE
    assert Decision.objects.count() == 4
    with pytest.raises(starting.NotUnderway):
        starting.cancel(run_id=run.pk, at=SOON)


def test_what_was_claimed_or_heard_between_the_preview_and_the_act_is_refused(owner, care, agent):
    claimed, heard = ConversationFactory(assigned=True, department=care), ConversationFactory()
    run = prepare(owner)
    claims.claim_conversation(conversation_id=claimed.pk, agent=agent, at=SOON)
    Event.objects.create(conversation=heard, kind=Event.Kind.HEARD, at=SOON, data={"mention": 1})

    start(run, to(care))

    assert counts(run) == ("done", 2, 0, 2)
    assert refusals(run) == [
        ("heard_since", "Something was said here since you chose it. Look at it first."),
        ("not_the_holder", "Anna Alm holds this conversation."),
    ]
    assert not Decision.objects.exists()


def test_what_was_merged_into_one_was_not_before_whoever_chose_it(owner):
    target, source = heard(ChannelFactory(), "One", "Another")
    run = prepare(owner, pk=target.pk)
    merging_by_hand.merge_conversations(target_id=target.pk, source_ids=[source.pk], actor=owner, at=SOON)

    start(run, SPAM)

    assert counts(run) == ("done", 1, 0, 1)
    assert refusals(run) == [("heard_since", "Something was said here since you chose it. Look at it first.")]
    assert not Decision.objects.exists()


def test_what_arrives_after_the_preview_is_not_part_of_it(owner, care):
    ConversationFactory()
    run = prepare(owner)
    ConversationFactory()

    start(run, to(care))

    assert counts(run) == ("done", 1, 1, 0)
    assert Decision.objects.count() == 1


def test_of_two_runs_on_the_same_conversations_the_first_wins(owner, care, policy):
    other = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=other, version=policy)
    ConversationFactory.create_batch(3)
    one, two = prepare(owner), prepare(other)

    start(one, to(care))
    start(two, SPAM)

    assert counts(one) == ("done", 3, 3, 0)
    assert counts(two) == ("done", 3, 0, 3)
    assert {code for code, _sentence in refusals(two)} == {"decision_not_open"}
    assert Decision.objects.count() == 3


@pytest.mark.usefixtures("_many")
def test_a_second_start_does_nothing_and_only_one_is_underway(owner, care):
    ConversationFactory.create_batch(3)
    run = start(prepare(owner), to(care))

    with pytest.raises(starting.NotPrepared):
        start(run, to(care))
    second = prepare(owner)
    with pytest.raises(starting.RunUnderway):
        start(second, to(care))

    assert counts(run) == ("queued", 3, 0, 0)
    assert counts(second) == ("prepared", 3, 0, 0)


def test_who_prepares_again_forgets_what_was_prepared(owner):
    first = prepare(owner)

    second = prepare(owner)

    assert list(BulkRun.objects.all()) == [second]
    with pytest.raises(starting.NotPrepared):
        start(first, SPAM)


@pytest.mark.usefixtures("_many")
def test_who_loses_the_right_on_the_way_stops(owner, care):
    ConversationFactory.create_batch(3)
    run = start(prepare(owner), to(care))
    Appointment.objects.filter(user=owner).delete()

    assert work(run) == Bout.GONE

    assert counts(run) == ("failed", 3, 0, 0)
    assert run.problem == "not_allowed"
    assert not Decision.objects.exists()


def test_without_an_attestation_nothing_begins(policy, care):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    ConversationFactory()
    run = prepare(owner)

    with pytest.raises(NotAttested):
        start(run, to(care))

    assert counts(run) == ("prepared", 1, 0, 0)


def test_without_an_attestation_nothing_unanswered_is_closed(policy):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    answered = ConversationFactory(first_answered_at=LATER)
    run = start(prepare(owner, Act.CLOSE, pk=answered.pk), {"outcome": "resolved"})
    assert counts(run) == ("done", 1, 1, 0)
    ConversationFactory()
    run = prepare(owner, Act.CLOSE)

    with pytest.raises(NotAttested):
        start(run, {"outcome": "resolved"})

    assert counts(run) == ("prepared", 2, 0, 0)
    assert Conversation.objects.filter(stage=Stage.CLOSED).count() == 1


def test_who_is_bound_only_on_the_way_closes_nothing_more(policy):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    ConversationFactory.create_batch(2)
    run = prepare(owner, Act.CLOSE)
    BulkRun.objects.filter(pk=run.pk).update(
        state="running", how={"outcome": "resolved"}, started_at=LATER, moved_at=LATER
    )

    work(run)

    assert counts(run) == ("done", 2, 0, 2)
    assert {code for code, _sentence in refusals(run)} == {"not_attested"}


def test_tags_need_no_attestation(policy):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    ConversationFactory()

    run = start(prepare(owner, Act.TAG), {"add": ["new"], "remove": []})

    assert counts(run) == ("done", 1, 1, 0)


def test_a_departure_is_explained_once_for_all(owner, care):
    press = DepartmentFactory(slug="press")
    suggestion = {"department": "press", "disposition": "customer_service", "because": []}
    ConversationFactory.create_batch(2, suggestion=suggestion)
    ConversationFactory()
    run = prepare(owner)

    with pytest.raises(DepartureUnexplained):
        start(run, to(care))
    assert counts(run) == ("prepared", 3, 0, 0)
    start(run, to(care, departure=Departure.OTHER.value))

    assert counts(run) == ("done", 3, 3, 0)
    assert sorted(Decision.objects.values_list("departure", flat=True)) == ["", "other", "other"]
    again = start(prepare(owner), to(press, departure=""))
    assert counts(again) == ("done", 3, 3, 0)


def test_more_than_the_most_is_narrowed_first(owner, monkeypatch):
    monkeypatch.setattr(preparing, "MOST_ITEMS", 2)
    ConversationFactory.create_batch(3)

    with pytest.raises(preparing.Invalid):
        prepare(owner)

    assert not BulkRun.objects.exists()


@pytest.mark.usefixtures("_many")
def test_what_stumbles_again_and_again_stops(owner, care):
    ConversationFactory.create_batch(3)
    run = start(prepare(owner), to(care))
    at = SOON
    for _time in range(bouts.MOST_STUMBLES):
        with (
            mock.patch.object(running.acts, "act_on", side_effect=OperationalError),
            pytest.raises(OperationalError),
        ):
            work(run)
    running.sweep(at=at + timedelta(seconds=61))

    assert counts(run) == ("failed", 3, 0, 0)
    assert run.problem == "stumbled"


def test_old_runs_and_forgotten_previews_are_deleted(owner, care):
    ConversationFactory()
    start(prepare(owner), to(care))
    prepare(owner)

    running.sweep(at=SOON + timedelta(days=2))
    assert BulkRun.objects.get().state == "done"
    running.sweep(at=SOON + timedelta(weeks=5))

    assert not BulkRun.objects.exists()
