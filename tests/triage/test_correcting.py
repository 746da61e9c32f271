from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from listening.connectors import registry
from listening.connectors.base import (
    AuthorisationFailure,
    OutcomeUnknown,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.models import Mention, MentionVersion
from policies.models import PolicyVersion
from socialhub.lib.errors import Invalid
from teams.models import Membership, Notification
from teams.roles import Role
from tests.factories.listening import MentionFactory
from tests.factories.pen import SendingStopFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, DraftFactory, ReplyFactory
from tests.support.changing import LATER, NEW, OLD, ChangingNetwork, correct, out, remove
from tests.support.hearing import hear, said
from tests.support.network import Network, raising
from tests.support.sending import deliver, fresh, kinds
from triage.models import Conversation, Draft, Reply, ReplyPart, ThreadEntry
from triage.services import (
    carrying_out,
    claims,
    correcting,
    delivery,
    replies,
    resending,
    stopping,
    withdrawing,
)
from triage.services.claims import NotTheHolder
from triage.services.correcting import CannotBeChanged
from triage.services.delivery import ReplyNotUncertain, StillUnknown, Verdict
from triage.services.replies import NotAttested, ReplyInFlight, WorldChanged
from triage.services.seen import Seen
from triage.services.withdrawing import TooLate
from triage.states import Failure, ReplyKind, ReplyState

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


def test_a_correction_goes_its_own_way_out_and_leaves_the_answer_as_evidence(answer, agent, network):
    change = correct(answer, agent)

    assert (change.state, change.kind, change.original, change.body) == ("queued", "correction", answer, NEW)
    assert deliver(change, network, LATER) is True
    assert network.shown == {"ours-1": NEW}
    assert (fresh(change).state, fresh(change).sent_at) == (ReplyState.SENT, LATER)
    assert (fresh(answer).state, fresh(answer).body, fresh(answer).sent_at) == (ReplyState.SENT, OLD, NOON)
    assert (ours(answer).text, ours(answer).edited_at) == (NEW, LATER)
    assert list(MentionVersion.objects.values_list("text", flat=True)) == [OLD]
    assert kinds(answer.conversation) == ["change_queued", "reply_corrected"]
    event = answer.conversation.events.last()
    assert (event.actor, event.data) == (agent, {"reply": answer.pk, "change": change.pk, "as": "correction"})


def test_a_removal_keeps_the_text_and_the_reason(answer, agent, network):
    change = remove(answer, agent)

    assert deliver(change, network, LATER) is True
    assert network.shown == {}
    assert (fresh(change).state, fresh(change).body, fresh(change).reason) == ("sent", "", "It was wrong.")
    assert (ours(answer).text, ours(answer).deleted_at) == (OLD, LATER)
    assert fresh(answer).state == ReplyState.SENT
    assert kinds(answer.conversation) == ["change_queued", "reply_removed"]


def test_a_change_moves_neither_the_stage_nor_the_draft(answer, agent, network):
    DraftFactory(conversation=answer.conversation, author=agent, body="Something else")
    before = Conversation.objects.values().get()

    deliver(correct(answer, agent), network, LATER)

    assert Conversation.objects.values().get() | {"worked_at": None} == before | {"worked_at": None}
    assert Draft.objects.get().body == "Something else"


def test_an_answer_is_corrected_again_after_the_correction(answer, agent, network):
    deliver(correct(answer, agent), network, LATER)
    second = correct(answer, agent, "We open at eleven.", at=LATER + timedelta(minutes=1))

    assert deliver(second, network, LATER + timedelta(minutes=1)) is True
    assert ours(answer).text == "We open at eleven."
    versions = MentionVersion.objects.order_by("pk").values_list("text", flat=True)
    assert list(versions) == [OLD, NEW]


def test_the_same_key_twice_is_one_change(answer, agent):
    key = uuid4()

    first, second = correct(answer, agent, key=key), correct(answer, agent, key=key)

    assert first == second
    assert kinds(answer.conversation) == ["change_queued"]


@pytest.mark.parametrize("other", ["words", "kind", "person", "answer"])
def test_a_key_of_something_else_is_refused(answer, agent, lead, other):
    key = answer.key if other == "answer" else uuid4()
    if other != "answer":
        correct(answer, agent, key=key)

    act = remove if other == "kind" else correct
    with pytest.raises(Invalid) as refusal:
        act(answer, lead if other == "person" else agent, "Else." if other == "words" else NEW, key=key)

    assert refusal.value.field == "key"
    assert Reply.objects.exclude(pk=answer.pk).count() == (other != "answer")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "Write an answer first."),
        ("  ", "Write an answer first."),
        ("x" * 101, "The answer has 101 characters; this channel takes 100."),
        (f" {OLD} ", "You have changed nothing: the answer says this already."),
    ],
)
def test_a_correction_that_is_none_is_refused(answer, agent, words, message):
    with pytest.raises(Invalid) as refusal:
        correct(answer, agent, words)

    assert (str(refusal.value), refusal.value.field) == (message, "body")
    assert not answer.changes.exists()


@pytest.mark.parametrize(
    ("reason", "message"),
    [("", "Say why the answer is removed."), ("x" * 501, "The reason is longer than 500 characters.")],
)
def test_a_removal_needs_a_reason(answer, agent, reason, message):
    with pytest.raises(Invalid) as refusal:
        remove(answer, agent, reason)

    assert (str(refusal.value), refusal.value.field) == (message, "reason")
    assert not answer.changes.exists()


@pytest.mark.parametrize("who", ["lead", "triage owner"])
def test_a_lead_and_a_triage_owner_may_change_what_somebody_else_holds(answer, agent, lead, policy, network, who):
    actor = lead if who == "lead" else AppointmentFactory(role=Role.TRIAGE_OWNER, user__wants_email=False).user
    if who != "lead":
        AttestationFactory(user=actor, version=policy)

    change = correct(answer, actor)

    assert deliver(change, network, LATER) is True
    assert ours(answer).text == NEW
    told = Notification.objects.filter(kind=Notification.Kind.ANSWER_CHANGED, medium="page")
    assert [one.user for one in told] == [agent]


def test_what_is_closed_can_be_changed_by_a_lead(answer, lead, agent, network):
    Conversation.objects.update(
        stage="closed", holder=None, outcome="resolved", closed_at=NOON, fence=3, due_at=None, due_for=""
    )

    assert deliver(remove(answer, lead), network, LATER) is True
    with pytest.raises(NotTheHolder):
        correct(answer, agent)


def test_a_colleague_without_the_pen_may_not(answer, care, policy):
    colleague = MembershipFactory(department=care).user
    AttestationFactory(user=colleague, version=policy)

    with pytest.raises(NotTheHolder):
        correct(answer, colleague)

    assert not answer.changes.exists()


def test_a_right_that_was_taken_away_meanwhile_is_gone(answer, lead):
    assert lead.rights.may("reply.change", answer.conversation.department_id)
    Membership.objects.filter(user=lead).delete()

    with pytest.raises(NotTheHolder):
        correct(answer, lead)

    assert not answer.changes.exists()


def test_nobody_changes_without_having_attested(answer, care):
    lead = MembershipFactory(department=care, role=Role.LEAD).user

    with pytest.raises(NotAttested):
        remove(answer, lead)

    assert not answer.changes.exists()


def test_a_stale_fence_is_refused(answer, agent):
    with pytest.raises(NotTheHolder):
        correct(answer, agent, fence=1)

    assert not answer.changes.exists()


@pytest.mark.parametrize("state", ["queued", "failed", "withdrawn"])
def test_only_what_is_out_can_be_changed(held, policy, agent, state):
    reply = ReplyFactory(conversation=held, policy_version=policy, state=state)

    with pytest.raises(CannotBeChanged) as refusal:
        correct(reply, agent)

    assert str(refusal.value) == "Only an answer that is out can be corrected or removed."
    assert Reply.objects.get() == reply


def test_a_change_is_not_changed_itself(answer, agent, network):
    change = correct(answer, agent)
    deliver(change, network, LATER)

    with pytest.raises(CannotBeChanged):
        remove(change, agent)

    assert not change.changes.exists()


def test_what_nobody_knows_the_address_of_cannot_be_changed(answer, agent):
    Reply.objects.update(mention=None)

    with pytest.raises(CannotBeChanged) as refusal:
        remove(answer, agent)

    assert str(refusal.value) == "Nobody knows where on the network this answer is."


def test_what_is_gone_cannot_be_changed_again(answer, agent, network):
    deliver(remove(answer, agent), network, LATER)

    for act in (correct, remove):
        with pytest.raises(CannotBeChanged) as refusal:
            act(answer, agent, "Once more.")
        assert str(refusal.value) == "The answer is not on the network any more."

    assert answer.changes.count() == 1


def test_a_network_that_knows_no_edits_says_so(answer, agent, network):
    network.says_no_edit = "This network lets nobody edit."

    with pytest.raises(CannotBeChanged) as refusal:
        correct(answer, agent)

    assert str(refusal.value) == "This network lets nobody edit."
    assert remove(answer, agent).state == ReplyState.QUEUED


@pytest.mark.parametrize(("kind", "verb"), [("correction", "corrected"), ("removal", "removed")])
def test_a_channel_whose_connector_knows_neither_offers_neither(answer, agent, kind, verb, monkeypatch):
    monkeypatch.setitem(registry.CONNECTORS, "scripted", Network())

    with pytest.raises(CannotBeChanged) as refusal:
        (correct if kind == "correction" else remove)(answer, agent)

    assert str(refusal.value) == f"This channel does not let an answer be {verb}."


def test_a_page_that_has_not_seen_the_last_correction_is_refused(answer, agent, lead, network):
    deliver(correct(answer, agent), network, LATER)

    with pytest.raises(WorldChanged) as refusal:
        correct(answer, lead, "From an old page.", after=0)

    assert refusal.value.changes == ["The answer was corrected meanwhile."]
    assert answer.changes.count() == 1


def test_another_policy_stops_a_change_before_it_is_queued(answer, agent):
    with pytest.raises(WorldChanged) as refusal:
        correct(answer, agent, version=0)

    assert refusal.value.changes == ["A new version of the policy has come into force."]
    assert not answer.changes.exists()


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


def test_an_answer_and_a_change_do_not_go_out_at_once(answer, agent, held, policy):
    correct(answer, agent)

    with pytest.raises(ReplyInFlight):
        remove(answer, agent)
    with pytest.raises(ReplyInFlight):
        replies.queue_reply(
            conversation_id=held.pk,
            author=agent,
            body="And more.",
            key=uuid4(),
            seen=Seen(2, held.entries.order_by("pk").first().mention_id, policy.pk),
            closes=False,
            at=LATER,
        )
    with pytest.raises(claims.AnswerUnderway):
        claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=LATER)

    assert answer.changes.count() == 1


def test_a_change_is_taken_back_before_it_leaves(answer, agent, lead, network, settings):
    settings.SEND_UNDO_SECONDS = 10
    change = correct(answer, agent)

    assert deliver(change, network, LATER + timedelta(seconds=9)) is False
    withdrawing.withdraw_reply(reply_id=change.pk, actor=lead, at=LATER)

    assert fresh(change).state == ReplyState.WITHDRAWN
    assert kinds(answer.conversation) == ["change_queued", "change_withdrawn"]
    assert not Draft.objects.exists()
    assert deliver(change, network, LATER + timedelta(seconds=10)) is False
    assert network.calls == []


def test_what_is_done_is_not_taken_back(answer, agent, network):
    change = correct(answer, agent)
    deliver(change, network, LATER)

    with pytest.raises(TooLate):
        withdrawing.withdraw_reply(reply_id=change.pk, actor=agent, at=LATER)

    assert fresh(change).state == ReplyState.SENT


def test_a_stop_holds_changes_and_lifting_it_asks_again(answer, agent, network, manager):
    stop = SendingStopFactory(stopped_by=manager)
    change = correct(answer, agent)

    assert deliver(change, network, LATER) is False
    assert fresh(change).state == ReplyState.QUEUED
    stopping.lift_stop(stop_id=stop.pk, actor=manager, at=LATER)

    assert (fresh(change).state, fresh(change).failure) == (ReplyState.FAILED, Failure.STOPPED)
    assert not Draft.objects.exists()
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


def test_a_new_try_replaces_a_failed_one(answer, agent):
    first = correct(answer, agent)
    Reply.objects.filter(pk=first.pk).update(state=ReplyState.FAILED)

    second = remove(answer, agent)

    assert fresh(first).state == ReplyState.WITHDRAWN
    assert answer.conversation.events.last().data["instead_of"] == [first.pk]
    assert second.state == ReplyState.QUEUED


def test_a_new_answer_leaves_a_failed_change_alone(answer, agent, held, policy):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED)

    replies.queue_reply(
        conversation_id=held.pk,
        author=agent,
        body="And more.",
        key=uuid4(),
        seen=Seen(2, answer.answers_id, policy.pk),
        closes=False,
        at=LATER,
    )

    assert fresh(change).state == ReplyState.FAILED


def test_a_failed_change_is_never_sent_as_an_answer(answer, agent, policy, network):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED, failure=Failure.CHANGED)

    with pytest.raises(ReplyInFlight):
        resending.send_anyway(reply_id=change.pk, author=agent, seen=Seen(2, answer.answers_id, policy.pk), at=LATER)
    with pytest.raises(ReplyInFlight):
        replies.retry_reply(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert Reply.objects.filter(kind=ReplyKind.ANSWER).get() == answer


def test_a_retry_looks_at_the_world_again(answer, agent, held):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED)
    hear(held.channel, said("news", answers="ours-1", minute=1))

    with pytest.raises(WorldChanged) as refusal:
        correcting.retry_change(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert refusal.value.changes == ["There is a new message in this conversation."]
    assert fresh(change).state == ReplyState.FAILED


def test_a_retry_is_for_who_may_change(answer, agent, care, policy):
    change = correct(answer, agent)
    colleague = MembershipFactory(department=care).user

    with pytest.raises(NotAttested):
        correcting.retry_change(reply_id=change.pk, author=colleague, fence=2, at=LATER)
    AttestationFactory(user=colleague, version=policy)
    with pytest.raises(NotTheHolder):
        correcting.retry_change(reply_id=change.pk, author=colleague, fence=2, at=LATER)
    with pytest.raises(NotTheHolder):
        correcting.retry_change(reply_id=change.pk, author=agent, fence=1, at=LATER)
    with pytest.raises(ReplyInFlight):
        correcting.retry_change(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert kinds(answer.conversation) == ["change_queued"]


def test_a_policy_that_comes_into_force_stops_what_waits(answer, agent, policy, network):
    change = correct(answer, agent)
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=LATER)
    PolicyVersionFactory.published(in_force_from=LATER)

    assert deliver(change, network, LATER) is False

    assert fresh(change).error == "A new version of the policy has come into force."


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"kind": "answer"}, "triage_reply_change_has_original"),
        ({"kind": "correction", "original": None}, "triage_reply_change_has_original"),
        ({"kind": "removal", "body": "x", "reason": "y"}, "triage_reply_removal_has_reason"),
        ({"kind": "removal", "body": "", "reason": ""}, "triage_reply_removal_has_reason"),
        ({"kind": "correction", "reason": "y"}, "triage_reply_removal_has_reason"),
    ],
)
def test_the_database_keeps_changes_apart_from_answers(answer, held, policy, wrong, constraint):
    given = {"kind": "correction", "original": answer, "body": NEW, **wrong}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReplyFactory(conversation=held, policy_version=policy, **given)


def test_the_database_lets_one_change_of_an_answer_be_in_flight(answer, policy, agent):
    correct(answer, agent)
    elsewhere = ConversationFactory(claimed=True)

    with pytest.raises(IntegrityError, match="triage_reply_one_change_in_flight"), transaction.atomic():
        ReplyFactory(conversation=elsewhere, policy_version=policy, kind="correction", original=answer, body="x")


def test_the_database_lets_an_answer_be_removed_once(answer, held, policy, agent, network):
    deliver(remove(answer, agent), network, LATER)

    with pytest.raises(IntegrityError, match="triage_reply_removed_once"), transaction.atomic():
        ReplyFactory(
            conversation=held,
            policy_version=policy,
            kind="removal",
            original=answer,
            body="",
            reason="again",
            state="sent",
            sent_at=LATER,
        )


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
