import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from socialhub.live import record
from socialhub.live.readers import Reader, read_readers
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from tests.support.race import SECONDS
from triage.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def write(conversation, kind=Event.Kind.CLAIMED, actor=None):
    Event.objects.create(conversation=conversation, kind=kind, actor=actor, at=timezone.now())


def told(news):
    return [change.as_data() for change in news.changes]


def test_each_look_finds_what_the_one_before_could_not_see():
    conversation, other = ConversationFactory(), ConversationFactory()
    actor = UserFactory()
    begin = record.read_position()

    write(conversation, Event.Kind.DECIDED, actor)
    write(conversation, Event.Kind.CLAIMED, actor)
    write(other)
    first = record.read_after(begin, most=10)
    second = record.read_after(first.position, most=10)

    assert told(first) == [
        {"conversation": conversation.pk, "kinds": ["claimed", "decided"], "by": [actor.pk]},
        {"conversation": other.pk, "kinds": ["claimed"], "by": []},
    ]
    assert told(second) == []


def test_a_change_says_which_departments_it_concerns_and_who_practises():
    concern = ConcernFactory()
    practice = ConversationFactory(learner=UserFactory())
    begin = record.read_position()

    write(concern.conversation)
    write(practice)
    news = record.read_after(begin, most=10)

    assert [(change.departments, change.learner_id) for change in news.changes] == [
        (frozenset({concern.department_id}), None),
        (frozenset(), practice.learner_id),
    ]


def test_a_transaction_that_began_first_and_ends_last_is_told_and_holds_nobody_up():
    slow, fast = ConversationFactory(), ConversationFactory()
    begin = record.read_position()
    has_written, may_end = threading.Event(), threading.Event()

    def linger():
        try:
            with transaction.atomic():
                write(slow)
                has_written.set()
                assert may_end.wait(SECONDS)
        finally:
            connection.close()

    lingering = threading.Thread(target=linger)
    lingering.start()
    assert has_written.wait(SECONDS)
    write(fast)

    meanwhile = record.read_after(begin, most=10)
    may_end.set()
    lingering.join()
    after = record.read_after(meanwhile.position, most=10)

    assert [change.conversation_id for change in meanwhile.changes] == [fast.pk]
    assert [change.conversation_id for change in after.changes] == [slow.pk]
    missed = record.replay(meanwhile.position.snapshot)
    assert [change.conversation_id for change in missed.changes] == [slow.pk]
    assert told(record.replay(after.position.snapshot)) == []


def test_much_is_not_replayed_and_a_position_of_another_database_is_not_believed():
    conversation = ConversationFactory()
    begin = record.read_position()
    for _ in range(3):
        write(conversation)

    assert record.replay(begin.snapshot, most=3).changes is not None
    assert record.replay(begin.snapshot, most=2).changes is None


@pytest.mark.parametrize(
    "snapshot", ["", "x", "1:2", "-1:2:", f"{2**62}:{2**62}:", "9:3:", "1:2:" + "1," * 2000, "1:9:,"]
)
def test_a_position_that_is_none_of_ours_is_not_believed(snapshot):
    ConversationFactory()

    assert record.replay(snapshot).changes is None


def test_a_young_page_is_told_what_it_may_have_missed():
    conversation = ConversationFactory()
    write(conversation)

    missed = record.replay(record.snapshot_before(60))

    assert conversation.pk in [change.conversation_id for change in missed.changes]


def test_rights_are_read_for_many_at_once():
    manager = AppointmentFactory(role=Role.MANAGER).user
    care = DepartmentFactory()
    member = MembershipFactory(department=care).user
    nobody, gone = UserFactory(), UserFactory(is_active=False)

    found = read_readers([manager.pk, member.pk, nobody.pk, gone.pk])

    assert found == {person.pk: Reader(person.pk, person.rights) for person in (manager, member, nobody)}
    assert [found[person.pk].scope for person in (manager, member, nobody)] == [
        None,
        frozenset({care.pk}),
        frozenset(),
    ]
