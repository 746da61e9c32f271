import pytest

from insights.models import Takeaway
from insights.services import takeaways
from socialhub.lib.errors import Invalid
from teams.roles import Role
from tests.factories.insights import TakeawayFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from triage.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def care():
    return DepartmentFactory()


@pytest.fixture
def conversation(care):
    return ConcernFactory(department=care).conversation


@pytest.fixture
def listener(care):
    return MembershipFactory(department=care, role=Role.LISTENER).user


def write(conversation, department, author, kind="idea", text="Draw a map."):
    return takeaways.write_takeaway(
        conversation_id=conversation.pk, department=department, author=author, kind=kind, text=text, at=NOON
    )


def test_a_takeaway_is_kept_with_its_event(conversation, care, listener):
    written = write(conversation, care, listener, text="  Draw a map. ")

    kept = Takeaway.objects.get()
    assert (kept.pk, kept.text, kept.kind, kept.at) == (written.pk, "Draw a map.", "idea", NOON)
    event = Event.objects.get()
    assert (event.kind, event.actor, event.data) == (
        "takeaway",
        listener,
        {"takeaway": written.pk, "department": care.pk},
    )


def test_nobody_writes_for_a_department_that_is_not_theirs(conversation, listener):
    with pytest.raises(takeaways.NotListening):
        write(conversation, DepartmentFactory(), listener)

    assert not Takeaway.objects.exists()
    assert not Event.objects.exists()


def test_a_manager_sees_everything_and_writes_nothing(conversation, care):
    with pytest.raises(takeaways.NotListening):
        write(conversation, care, AppointmentFactory(role=Role.MANAGER).user)

    assert not Takeaway.objects.exists()


def test_nobody_writes_about_what_does_not_concern_them(care, listener):
    with pytest.raises(takeaways.NotListening):
        write(ConversationFactory(assigned=True), care, listener)

    assert not Takeaway.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("what", "field"), [({"kind": "song"}, "kind"), ({"text": "  "}, "text"), ({"text": "x" * 4001}, "text")]
)
def test_what_cannot_be_kept_names_its_field(conversation, care, listener, what, field):
    with pytest.raises(Invalid) as refusal:
        write(conversation, care, listener, **what)

    assert refusal.value.field == field
    assert not Takeaway.objects.exists()
    assert not Event.objects.exists()


def test_takeaways_are_visible_with_their_conversation(conversation, care, listener):
    shown = TakeawayFactory(conversation=conversation)
    TakeawayFactory(conversation=ConversationFactory(assigned=True), department=care)

    assert list(Takeaway.objects.visible_to(listener)) == [shown]
    manager = AppointmentFactory(role=Role.MANAGER).user
    assert Takeaway.objects.visible_to(manager).count() == 2
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    assert not Takeaway.objects.visible_to(editor).exists()
