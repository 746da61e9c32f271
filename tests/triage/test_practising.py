from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from insights.models import HourlyCount, Timing
from insights.services import rollups
from listening.models import Channel
from policies.models import PolicyVersion
from policies.services.reading import NoPolicyInForce
from socialhub.lib.errors import Invalid
from teams.models import Notification, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory, ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.support.ruling import put_in_force
from triage.lists import queues
from triage.lists.queues import conversations_in
from triage.models import ClockEnd, Concern, Conversation, Decision, QueueCount
from triage.practice_posts import POSTS, Task, posts_for
from triage.services import checking, escalating, notes, practising
from triage.services.counting import read_numbers
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.notes import Asked
from triage.services.pen import claims, handing_over, idling, offering
from triage.services.practising import pieces_of, start_practising
from triage.services.seen import Seen
from triage.services.sending import outbox, replies
from triage.states import Disposition, Reason, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=3)
NOTHING = Choice(Disposition.NO_RESPONSE, 4, reason=Reason.SPAM)


def practice_of(user: User, task: Task) -> list[Conversation]:
    return [piece.conversation for piece in pieces_of(user) if piece.post.task == task]


def send(conversation: Conversation, author: User, body: str = "We are sorry. Please write to us.") -> None:
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=author, at=NOON)
    mention = conversation.entries.get().mention_id
    version = PolicyVersion.objects.in_force().get().pk
    reply = replies.queue_reply(
        conversation_id=conversation.pk,
        author=author,
        body=body,
        key=uuid4(),
        seen=Seen(fence, mention, version),
        closes=False,
        at=NOON,
    )
    outbox.deliver(reply_id=reply.pk, at=NOON + timedelta(minutes=1))


def test_everybody_practises_what_their_roles_ask(policy, care, owner, agent):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user
    manager = AppointmentFactory(role=Role.MANAGER).user
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user

    assert practising.tasks_of(owner.rights) == [Task.DECIDE]
    assert practising.tasks_of(agent.rights) == [Task.ANSWER]
    assert practising.tasks_of(listener.rights) == [Task.NOTE]
    assert practising.tasks_of(manager.rights) == [Task.NOTE]
    assert practising.tasks_of(editor.rights) == []
    assert practising.tasks_of(UserFactory().rights) == []


def test_starting_posts_several_for_one_person(policy, owner):
    assert start_practising(learner=owner, at=NOON) == 6

    found = practice_of(owner, Task.DECIDE)
    assert [one.stage for one in found] == [Stage.NEW] * 6
    assert {one.learner for one in found} == {owner}
    assert [piece.post for piece in pieces_of(owner)] == posts_for(Task.DECIDE)
    assert not any(piece.is_done for piece in pieces_of(owner))
    assert Channel.objects.get().kind == "course"


def test_a_second_click_posts_nothing_more(policy, owner):
    start_practising(learner=owner, at=NOON)

    assert start_practising(learner=owner, at=NOON) == 0
    assert Conversation.objects.count() == 6


def test_who_has_practised_everything_practises_anew(policy, agent):
    start_practising(learner=agent, at=NOON)
    for conversation in practice_of(agent, Task.ANSWER):
        send(conversation, agent)

    assert [piece.is_done for piece in pieces_of(agent)] == [True, True]
    assert start_practising(learner=agent, at=NOON) == 2


def test_without_a_policy_nothing_is_posted(care):
    learner = MembershipFactory(department=care).user

    with pytest.raises(NoPolicyInForce):
        start_practising(learner=learner, at=NOON)
    assert not Conversation.objects.exists()


def test_each_has_a_practice_of_their_own(policy, care, agent):
    colleague = MembershipFactory(department=care).user
    AttestationFactory(user=colleague, version=policy)
    start_practising(learner=agent, at=NOON)
    start_practising(learner=colleague, at=NOON)
    send(practice_of(colleague, Task.ANSWER)[0], colleague)

    assert [piece.is_done for piece in pieces_of(agent)] == [False, False]
    assert [piece.is_done for piece in pieces_of(colleague)] == [True, False]
    assert Channel.objects.filter(kind="course").count() == 1


def test_the_channel_of_the_course_takes_a_name_that_is_free(policy, owner):
    Channel.objects.create(name="course", kind="feed", created_at=NOON)

    start_practising(learner=owner, at=NOON)

    assert Channel.objects.get(kind="course").name == "Course 2"


def test_practice_is_in_no_list_of_work(policy, care, owner, agent):
    administrator = AppointmentFactory(role=Role.ADMINISTRATOR).user
    start_practising(learner=owner, at=NOON)
    start_practising(learner=agent, at=NOON)

    for reader in (owner, agent, administrator):
        assert not Conversation.objects.visible_to(reader).exists()
        for queue in queues.FIXED.values():
            if queue is not queues.PRACTICE:
                assert not conversations_in(queue, reader, at=LATER).exists()
        assert not conversations_in(queues.department_queue("care", "Care", care.pk), reader, at=LATER).exists()
        numbers = read_numbers(user_id=reader.pk, sees_all=True, at=LATER)
        assert (numbers.urgent, numbers.mine, numbers.breaching) == (0, 0, 0)
    assert conversations_in(queues.PRACTICE, owner, at=NOON).count() == 6
    assert conversations_in(queues.PRACTICE, administrator, at=NOON).count() == 0
    assert list(Conversation.objects.open_to(administrator)) == []
    assert not QueueCount.objects.exists()


def test_no_rule_decides_on_practice(care):
    version = PolicyVersionFactory(number=1)
    clause = ClauseFactory(version=version, number=1, may_decide=["no_response"])
    RuleFactory(
        clause=clause, condition={"reach": {"at_least": 1}}, outcome={"disposition": "no_response", "decides": True}
    )
    for priority in range(1, 5):
        TargetFactory(version=version, priority=priority)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON, binds_from=NOON)
    learner = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    start_practising(learner=learner, at=NOON)

    assert {one.stage for one in practice_of(learner, Task.DECIDE)} == {Stage.NEW}
    assert {one.suggestion["disposition"] for one in practice_of(learner, Task.DECIDE)} == {"no_response"}
    assert not Decision.objects.exists()


def test_a_decision_on_practice_tells_nobody_and_counts_nowhere(policy, care, owner, agent):
    care.offering = "in_turn"
    care.save(update_fields=["offering"])
    start_practising(learner=owner, at=NOON)
    conversation = practice_of(owner, Task.DECIDE)[1]

    deciding.decide(
        conversation_id=conversation.pk,
        choice=Choice(Disposition.CUSTOMER_SERVICE, 2, department=care, visibility="private", departure=""),
        triage_owner=owner,
        fence=0,
        at=NOON,
    )

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.department) == (Stage.ASSIGNED, care)
    assert [piece.is_done for piece in pieces_of(owner)] == [False, True, False, False, False, False]
    assert not Notification.objects.exists()
    assert not Concern.objects.exists()
    assert not ClockEnd.objects.exists()
    assert offering.offer_waiting(department_id=care.pk, at=NOON) == 0
    assert escalating.sweep(at=LATER) == 0
    rollups.roll_up(at=LATER)
    assert not HourlyCount.objects.exists()
    assert not Timing.objects.exists()


def test_practice_that_rests_stays_with_its_learner(policy, agent):
    start_practising(learner=agent, at=NOON)
    conversation = practice_of(agent, Task.ANSWER)[0]
    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON)

    assert idling.sweep(at=LATER) == (0, 0)
    assert list(checking.differences()) == []
    conversation.refresh_from_db()
    assert conversation.holder == agent


def test_practice_takes_no_room_from_work(policy, agent):
    User.objects.filter(pk=agent.pk).update(capacity=1)
    agent.refresh_from_db()
    start_practising(learner=agent, at=NOON)

    for conversation in practice_of(agent, Task.ANSWER):
        claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON)

    assert {one.stage for one in practice_of(agent, Task.ANSWER)} == {Stage.CLAIMED}


def test_practice_asks_nobody(policy, care, agent):
    colleague = MembershipFactory(department=care).user
    start_practising(learner=agent, at=NOON)
    conversation = practice_of(agent, Task.ANSWER)[0]
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON)

    with pytest.raises(Invalid, match="asks nobody"):
        notes.write_note(
            conversation_id=conversation.pk,
            author=agent,
            body="Who knows?",
            key=uuid4(),
            asked=Asked(departments=[DepartmentFactory()]),
            at=NOON,
        )
    with pytest.raises(Invalid, match="Nobody else sees your practice"):
        handing_over.ask(conversation_id=conversation.pk, giver=agent, taker=colleague, note="", fence=fence, at=NOON)
    assert not conversation.notes.exists()
    assert not conversation.hand_overs.exists()
    assert not Notification.objects.exists()


def test_a_note_of_a_listener_is_what_they_practise(policy, care):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user
    start_practising(learner=listener, at=NOON)
    conversation = practice_of(listener, Task.NOTE)[0]

    notes.write_note(conversation_id=conversation.pk, author=listener, body="Tell the product.", key=uuid4(), at=NOON)

    assert [piece.is_done for piece in pieces_of(listener)] == [True]
    assert practising.done_by([listener, UserFactory()]) == {(listener.pk, Task.NOTE): 1}


def test_the_posts_have_what_is_to_be_practised():
    decided = posts_for(Task.DECIDE)

    assert len({post.slug for post in POSTS}) == len(POSTS)
    assert {post.disposition for post in decided} == set(Disposition)
    assert all(len(str(post.text)) <= 300 for post in POSTS)


@pytest.mark.parametrize(
    ("words", "language", "begins"),
    [
        ("crypto giveaway", "de", "Crypto giveaway!"),
        ("Gewinnspiel", "de", "Krypto-Gewinnspiel!"),
        ("crypto giveaway, Gewinnspiel", "de", "Krypto-Gewinnspiel!"),
        ("nothing of it", "de", "Krypto-Gewinnspiel!"),
        ("crypto giveaway", "en", "Crypto giveaway!"),
    ],
)
def test_posts_are_in_the_language_of_the_learner_where_the_rules_understand_it(policy, owner, words, language, begins):
    put_in_force(("routing", {"words": words.split(", ")}, {"disposition": "no_response"}))

    with translation.override(language):
        start_practising(learner=owner, at=NOON)

    advertising, telephone = practice_of(owner, Task.DECIDE)[:2]
    assert advertising.snippet.startswith(begins)
    assert advertising.author_name == ("Easy Income Daily" if begins.startswith("Crypto") else "Leicht Geld verdienen")
    assert telephone.snippet.startswith("My order" if language == "en" else "Meine Bestellung")
