from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from listening.connectors.base import PermanentFailure
from listening.connectors.by_hand import ByHandConnector
from listening.models import Channel, Mention, MentionVersion, WaitingMention
from policies.models import PolicyVersion
from socialhub.lib.errors import Invalid
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.support.api import Program
from tests.support.hearing import hear, said
from tests.support.race import race
from tests.support.visiting import browser, get
from triage.models import Concern, Conversation, Event
from triage.services.arriving import by_hand, intake
from triage.services.arriving.by_hand import Told
from triage.states import Occasion, Stage

pytestmark = pytest.mark.django_db

KEY = UUID("5d1c1f0e-6d2b-4c53-9a53-0d0f6f0a9a11")
CALL = Told(
    occasion=Occasion.PHONE,
    text="The heating is cold since Monday.",
    said_at=NOON - timedelta(hours=2),
    name="Cy Client",
    contact="+45 12 34 56 78",
    note="Sounded tired.",
)
FORM = {
    "key": str(KEY),
    "occasion": "phone",
    "said_at": "2026-03-04T10:00",
    "name": "Cy Client",
    "contact": "+45 12 34 56 78",
    "text": "The heating is cold since Monday.",
    "url": "",
    "note": "Sounded tired.",
}


@pytest.fixture
def listener(portal, care) -> User:
    return MembershipFactory(department=care, role=Role.LISTENER, user__name="Lea Lund").user


def write(writer, told=CALL, key=KEY, at=NOON):
    return by_hand.write_down(told=told, key=key, writer=writer, at=at)


def test_what_was_heard_becomes_a_conversation_that_the_writers_department_sees(listener, care):
    mention = write(listener)

    conversation = Conversation.objects.get()
    assert (mention.text, mention.published_at, mention.heard_at) == (CALL.text, CALL.said_at, NOON)
    assert (mention.is_private, mention.profile.name, mention.profile.handle) == (True, "Cy Client", CALL.contact)
    assert mention.raw == {"by_hand": {"occasion": "phone", "note": "Sounded tired."}}
    assert (conversation.stage, conversation.author_name, conversation.mention_count) == (Stage.NEW, "Cy Client", 1)
    assert list(Conversation.objects.visible_to(listener)) == [conversation]
    assert list(Concern.objects.values_list("department", "because")) == [(care.pk, "written")]
    assert not WaitingMention.objects.exists()


def test_the_record_says_who_wrote_it_down_and_holds_none_of_the_words(listener):
    mention = write(listener)

    event = Event.objects.get(kind=Event.Kind.WRITTEN_DOWN)
    assert (event.actor, event.at, event.data) == (listener, NOON, {"mention": mention.pk, "occasion": "phone"})


def test_a_second_click_finds_what_is_there(listener):
    first = write(listener)

    again = write(listener, Told(Occasion.LETTER, "Another text.", NOON), at=NOON + timedelta(minutes=1))

    assert again == first
    assert Mention.objects.get().text == CALL.text
    assert Event.objects.filter(kind=Event.Kind.WRITTEN_DOWN).count() == 1
    assert not MentionVersion.objects.exists()


def test_who_speaks_again_is_known_by_how_to_reach_them(listener):
    write(listener)
    write(listener, Told(Occasion.LETTER, "Still cold.", NOON, name="Cy C.", contact="+45 12 34 56 78"), uuid4())

    one, other = Mention.objects.order_by("pk")
    assert one.profile == other.profile
    assert Conversation.objects.count() == 2


def test_two_of_the_same_name_are_not_one_person(listener):
    for _ in range(2):
        write(listener, Told(Occasion.PHONE, "It is dark.", NOON, name="Anna"), uuid4())

    assert Mention.objects.values("profile").distinct().count() == 2


def test_who_gives_no_name_is_somebody(listener):
    mention = write(listener, Told(Occasion.OTHER, "It is dark.", NOON))

    assert mention.profile.name == "Somebody"


def test_a_screenshot_shows_what_others_can_read_too(listener):
    assert write(listener, Told(Occasion.SCREENSHOT, "It is dark.", NOON)).is_private is False


def test_there_is_one_channel_under_a_name_that_nobody_uses(listener):
    ChannelFactory(name="by HAND")
    write(listener)
    write(listener, key=uuid4())

    channel = Channel.objects.get(kind="by_hand")
    assert (channel.name, channel.owner, channel.next_fetch_at) == ("By hand 2", listener, None)


def test_the_channel_is_not_offered_and_takes_no_answers():
    connector = ByHandConnector()

    assert (connector.summary, connector.fields, connector.can_reply) == ("", (), False)
    with pytest.raises(PermanentFailure):
        connector.send({}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (Told(Occasion.PHONE, "It is dark.", NOON + timedelta(days=2)), "said_at"),
        (Told(Occasion.PHONE, "It is dark.", NOON.replace(year=1980)), "said_at"),
        (Told(Occasion.PHONE, "  ", NOON), "text"),
        (Told(Occasion.PHONE, "a\x00b", NOON), "text"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(listener, told, field):
    with pytest.raises(Invalid) as refusal:
        write(listener, told)

    assert refusal.value.field == field
    assert not Mention.objects.exists()
    assert not Channel.objects.exists()


def test_what_waits_for_others_is_left_to_them(listener):
    channel = ChannelFactory()
    from listening.services import ingest

    ingest.store_items(channel=channel, items=[said("1")], at=NOON)

    write(listener)

    assert WaitingMention.objects.count() == 1
    assert Conversation.objects.get().channel.kind == "by_hand"
    intake.take_in_everything(at=NOON)
    assert Conversation.objects.count() == 2


def test_without_a_policy_in_force_it_waits_for_one(care):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user
    assert not PolicyVersion.objects.exists()

    write(listener)

    assert Mention.objects.count() == 1
    assert WaitingMention.objects.count() == 1
    assert not Conversation.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_is_written_down(policy):
    writer = MembershipFactory(role=Role.LISTENER).user

    outcomes = race(*[lambda: write(writer).pk] * 6)

    assert outcomes == [Mention.objects.get().pk] * 6
    assert Channel.objects.filter(kind="by_hand").count() == 1
    assert Conversation.objects.count() == 1


def test_the_form_leads_to_the_conversation(listener):
    response = browser(listener).post("/write-down/", FORM)

    conversation = Conversation.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, f"/conversations/{conversation.pk}/")
    page = browser(listener).get(f"/inbox/everything/{conversation.pk}/").content.decode()
    assert "Phone call. Note: Sounded tired." in page
    assert "Lea Lund wrote down what was said (phone call)." in page


def test_the_form_begins_with_a_key_and_the_time(listener):
    page = get(listener, "/write-down/")

    assert 'name="key" value="' in page
    assert 'value="2026-03-04T12:00"' in page


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"occasion": "dream"},
        {"said_at": "soon"},
        {"said_at": "2027-01-01T00:00"},
        {"key": "x"},
        {"url": "javascript:alert(1)"},
    ],
)
def test_a_form_that_cannot_be_used_comes_back_as_it_was(listener, change):
    response = browser(listener).post("/write-down/", {**FORM, **change})

    assert response.status_code == 422
    assert "Sounded tired." in response.content.decode()
    assert not Mention.objects.exists()


def test_the_inbox_leads_to_the_form_whoever_may_write(listener):
    manager = AppointmentFactory(role=Role.MANAGER).user

    assert 'href="/write-down/"' in get(listener, "/inbox/everything/")
    assert 'href="/write-down/"' not in get(manager, "/inbox/everything/")


def test_the_thread_of_another_channel_says_nothing_of_a_source(owner, portal):
    (conversation,) = hear(ChannelFactory(), said("1", raw={"by_hand": {"note": "Not ours."}}))

    assert "Not ours." not in get(owner, f"/inbox/everything/{conversation.pk}/")


def test_a_program_writes_down_what_was_said(listener):
    program = Program(listener)
    body = {"key": str(KEY), "occasion": "phone", "text": "It is dark."}

    first, again = program.post("mentions/", body), program.post("mentions/", body)

    mention = Mention.objects.get()
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"] == mention.pk
    assert first.json()["conversation"] == Conversation.objects.get().pk
    assert mention.published_at == NOON


def test_a_program_needs_the_scope_to_write(listener):
    body = {"key": str(KEY), "occasion": "phone", "text": "It is dark."}

    assert Program(listener, scopes=("read", "decide", "answer")).post("mentions/", body).status_code == 403
    assert not Mention.objects.exists()


def test_a_department_of_the_writer_that_closed_meanwhile_still_sees_it(portal):
    department = DepartmentFactory(is_active=False)
    writer = MembershipFactory(department=department, role=Role.LISTENER).user

    write(writer)

    assert Conversation.objects.visible_to(writer).count() == 1
