from datetime import timedelta

import pytest

from listening.connectors import registry
from listening.connectors.base import (
    AuthorisationFailure,
    OutcomeUnknown,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.models import Mention
from policies.models import PolicyVersion
from teams.models import Membership
from teams.roles import Role
from tests.factories.listening import MentionFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ReplyFactory
from tests.support.changing import LATER, NEW, OLD, ChangingNetwork, correct, out, remove
from tests.support.hearing import hear, said
from tests.support.network import raising
from tests.support.sending import deliver, fresh, kinds
from triage.models import Conversation, Draft, Reply, ReplyPart, ThreadEntry
from triage.services.sending import carrying_out, correcting, delivery
from triage.services.sending.correcting import CannotBeChanged
from triage.services.sending.delivery import ReplyNotUncertain, StillUnknown, Verdict
from triage.states import Failure, ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def network(monkeypatch) -> ChangingNetwork:
    made = ChangingNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def answer(held, policy) -> Reply:
    return out(held, policy)


@pytest.fixture
def lead(care, policy):
    user = MembershipFactory(department=care, role=Role.LEAD, user__name="Lou Lead", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


def ours(answer: Reply) -> Mention:
    return Mention.objects.get(pk=answer.mention_id)


def test_what_happens_while_a_change_waits_stops_it(answer, agent, network, held):
    change = correct(answer, agent)
    hear(held.channel, said("news", answers="ours-1", minute=1))

    assert deliver(change, network, LATER) is False

    assert (fresh(change).state, fresh(change).failure) == (ReplyState.FAILED, Failure.CHANGED)
    assert fresh(change).error == "There is a new message in this conversation."
    assert network.calls == []
    assert not Draft.objects.exists()
    assert "change_failed" in kinds(held)


def test_an_answer_that_was_edited_on_the_network_meanwhile_is_left_alone(answer, agent, network):
    change = correct(answer, agent)
    Mention.objects.filter(pk=answer.mention_id).update(text="By hand.", edited_at=LATER + timedelta(seconds=1))

    assert deliver(change, network, LATER + timedelta(seconds=2)) is False

    assert fresh(change).error == "The answer was edited on the network."
    assert network.calls == []


@pytest.mark.parametrize("kind", ["correction", "removal"])
def test_what_was_deleted_on_the_network_meanwhile_is_removed_and_not_corrected(answer, agent, network, kind):
    change = (correct if kind == "correction" else remove)(answer, agent)
    Mention.objects.filter(pk=answer.mention_id).update(deleted_at=LATER)
    network.shown.clear()

    assert deliver(change, network, LATER) is (kind == "removal")

    assert fresh(change).state == (ReplyState.SENT if kind == "removal" else ReplyState.FAILED)


def test_a_change_is_stopped_when_the_pen_has_changed_hands(answer, agent, network):
    change = correct(answer, agent)
    Conversation.objects.update(fence=9)

    assert deliver(change, network, LATER) is False

    assert fresh(change).error == "The conversation has changed hands."


def test_a_change_of_somebody_who_may_not_any_more_is_stopped(answer, lead, network):
    change = correct(answer, lead)
    Membership.objects.filter(user=lead).delete()

    assert deliver(change, network, LATER) is False

    assert fresh(change).error == "Whoever asked for it may not change this answer any more."
    assert network.calls == []


@pytest.mark.parametrize(
    ("failure", "state", "sorted_as"),
    [
        (TemporaryFailure("Down."), ReplyState.QUEUED, Failure.QUICK),
        (RateLimited("Wait.", retry_after=60), ReplyState.QUEUED, Failure.SLOW),
        (PermanentFailure("No."), ReplyState.FAILED, Failure.PERMANENT),
        (AuthorisationFailure("Who?"), ReplyState.FAILED, Failure.AUTHORISATION),
        (OutcomeUnknown("It broke off."), ReplyState.UNCERTAIN, ""),
    ],
)
def test_failures_of_a_change_are_sorted_as_those_of_an_answer(answer, agent, network, failure, state, sorted_as):
    change = correct(answer, agent)
    network.before = raising(failure)

    assert deliver(change, network, LATER) is False

    assert (fresh(change).state, fresh(change).failure) == (state, sorted_as)
    assert ours(answer).text == OLD
    assert not Draft.objects.exists()


def test_a_change_that_failed_for_now_is_done_at_the_next_try(answer, agent, network):
    change = correct(answer, agent)
    network.before = raising(TemporaryFailure("Down."))
    deliver(change, network, LATER)
    network.before = lambda: None

    assert deliver(change, network, LATER + timedelta(seconds=10)) is True
    assert ours(answer).text == NEW


@pytest.mark.parametrize("kind", ["correction", "removal"])
def test_an_uncertain_change_is_looked_for(answer, agent, network, kind):
    change = (correct if kind == "correction" else remove)(answer, agent)
    network.after = raising(OutcomeUnknown("It broke off."))
    deliver(change, network, LATER)
    assert fresh(change).state == ReplyState.UNCERTAIN

    delivery.look_again(reply_id=change.pk, at=LATER, connector=network)

    assert fresh(change).state == ReplyState.SENT
    assert (ours(answer).text, ours(answer).deleted_at) == ((NEW, None) if kind == "correction" else (OLD, LATER))


def test_an_uncertain_change_that_did_not_happen_has_failed_and_is_tried_again(answer, agent, network):
    change = remove(answer, agent)
    network.before = raising(OutcomeUnknown("It broke off."))
    deliver(change, network, LATER)
    network.before = lambda: None

    delivery.look_again(reply_id=change.pk, at=LATER, connector=network)
    assert (fresh(change).state, fresh(change).error) == (
        ReplyState.FAILED,
        "The network shows the answer as it was.",
    )
    correcting.retry_change(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert deliver(change, network, LATER) is True
    assert kinds(answer.conversation) == [
        "change_queued",
        "change_uncertain",
        "change_failed",
        "change_queued",
        "reply_removed",
    ]


def test_an_uncertain_change_stays_so_when_the_network_cannot_tell(answer, agent, network):
    change = correct(answer, agent)
    network.before = raising(OutcomeUnknown("It broke off."))
    deliver(change, network, LATER)
    network.cannot_look = TemporaryFailure("Down.")

    with pytest.raises(StillUnknown):
        delivery.look_again(reply_id=change.pk, at=LATER, connector=network)

    assert fresh(change).state == ReplyState.UNCERTAIN


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_person_settles_an_uncertain_change_once(answer, agent, network, verdict):
    change = correct(answer, agent)
    network.before = raising(OutcomeUnknown("It broke off."))
    deliver(change, network, LATER)

    delivery.settle_reply(reply_id=change.pk, verdict=verdict, actor=agent, at=LATER)

    is_there = verdict == Verdict.THERE
    assert fresh(change).state == (ReplyState.SENT if is_there else ReplyState.FAILED)
    assert ours(answer).text == (NEW if is_there else OLD)
    assert kinds(answer.conversation) == ["change_queued", "change_uncertain", "change_settled"]
    with pytest.raises(ReplyNotUncertain):
        delivery.settle_reply(reply_id=change.pk, verdict=verdict, actor=agent, at=LATER)


@pytest.mark.parametrize("happened", [True, False])
def test_a_dead_workers_change_is_found_out_about(answer, agent, network, happened):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.SENDING, claimed_at=LATER)
    if happened:
        network.shown["ours-1"] = NEW
    at = LATER + timedelta(minutes=3)

    delivery.resolve_stuck(reply_id=change.pk, at=at, connector=network)

    assert fresh(change).state == (ReplyState.SENT if happened else ReplyState.QUEUED)
    assert deliver(change, network, at) is not happened
    assert ours(answer).text == NEW


def test_a_dead_workers_change_is_put_before_a_person_when_the_network_cannot_tell(answer, agent, network):
    change = remove(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.SENDING, claimed_at=LATER)
    network.cannot_look = PermanentFailure("Cannot tell.")

    delivery.resolve_stuck(reply_id=change.pk, at=LATER + timedelta(minutes=3), connector=network)

    assert fresh(change).state == ReplyState.UNCERTAIN


def test_a_late_receipt_of_an_old_correction_does_not_hide_a_newer_one(answer, agent, network):
    first = correct(answer, agent)
    Reply.objects.filter(pk=first.pk).update(state=ReplyState.FAILED)
    second = correct(answer, agent, "We open at eleven.")
    deliver(second, network, LATER)
    late = Reply.objects.select_related("original__author", "author").get(pk=first.pk)

    assert carrying_out.done(late, at=LATER) is True
    assert carrying_out.done(late, at=LATER) is False

    assert ours(answer).text == "We open at eleven."
    assert fresh(first).state == ReplyState.SENT


def test_a_policy_that_comes_into_force_stops_what_waits(answer, agent, policy, network):
    change = correct(answer, agent)
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=LATER)
    PolicyVersionFactory.published(in_force_from=LATER)

    assert deliver(change, network, LATER) is False

    assert fresh(change).error == "A new version of the policy has come into force."


def test_an_answer_in_several_posts_is_removed_as_a_whole_and_not_corrected(answer, agent, held, network):
    network.shown["ours-2"] = "And until six."
    second = MentionFactory(profile=ours(answer).profile, text="And until six.", external_id="ours-2", is_ours=True)
    ThreadEntry.objects.create(mention=second, conversation=held)
    Reply.objects.filter(pk=answer.pk).update(split="plain", body=f"{OLD} And until six.")
    for position, mention in enumerate((ours(answer), second), start=1):
        ReplyPart.objects.create(
            reply=answer,
            position=position,
            text=mention.text,
            sent_at=NOON,
            external_id=mention.external_id,
            mention=mention,
        )

    with pytest.raises(CannotBeChanged) as refusal:
        correct(answer, agent)
    assert str(refusal.value) == "This answer went out as several posts, which cannot be corrected as one."

    assert deliver(remove(answer, agent), network, LATER) is True
    # From the last one up, so that what is left of a thread begins with its beginning.
    assert network.calls == [("remove", "ours-2"), ("remove", "ours-1")]
    assert list(Mention.objects.filter(is_ours=True).values_list("deleted_at", flat=True)) == [LATER, LATER]


def test_what_the_connector_told_of_a_sent_answer_is_kept_for_changing_it(held, policy, network):
    reply = ReplyFactory(conversation=held, policy_version=policy)
    network.receipt_raw = {"id": "103"}

    deliver(reply, network)

    assert fresh(reply).mention.raw == {"id": "103"}
