from datetime import timedelta
from uuid import uuid4

import pytest

from listening.connectors import registry
from listening.models import Mention, MentionVersion
from socialhub.lib.errors import Invalid
from teams.models import Membership, Notification
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory
from tests.factories.triage import DraftFactory, ReplyFactory
from tests.support.changing import LATER, NEW, OLD, ChangingNetwork, correct, out, remove
from tests.support.network import Network
from tests.support.sending import deliver, fresh, kinds
from triage.models import Conversation, Draft, Reply
from triage.services.gate import NotAttested
from triage.services.pen.claims import NotTheHolder
from triage.services.sending.correcting import CannotBeChanged
from triage.services.sending.replies import WorldChanged
from triage.states import ReplyState

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
