import pytest

from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory
from tests.factories.teams import DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.visiting import HTMX, browser, get, rows_of
from triage.models import Conversation, ThreadEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def elsewhere() -> Conversation:
    """What the same customer said on another channel, to another department."""
    profile = ProfileFactory(channel=ChannelFactory(name="Forum"), name="Cy C.", handle="@cyc")
    return ConversationFactory(assigned=True, department=DepartmentFactory(), profile=profile, snippet="On the forum.")


def say(user: User, conversation: Conversation, profile: object, **headers: str):
    return browser(user, **headers).post(f"/conversations/{conversation.pk}/author/", {"profile": profile})


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("words", ["cy c", "@cyc", "CYC"])
def test_a_profile_is_found_by_name_or_handle_and_joined(owner, held, elsewhere, words):
    address = f"/conversations/{held.pk}/author/"
    assert "Cy C." in get(owner, f"{address}?q={words}")

    response = say(owner, held, elsewhere.profile_id)

    held.profile.refresh_from_db()
    elsewhere.profile.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, address)
    assert held.profile.person == elsewhere.profile.person is not None
    assert kinds(held) == ["person_joined"]
    assert "<bdi>Cy Client</bdi> is the same person as" in get(owner, address)


def test_whoever_spoke_in_anybodys_conversation_is_found(owner, held):
    mention = MentionFactory(profile__channel=held.channel, profile__name="Dora Deer")
    ThreadEntry.objects.create(mention=mention, conversation=ConversationFactory())

    assert "Dora Deer" in get(owner, f"/conversations/{held.pk}/author/?q=dora")


def test_the_part_alone_is_for_the_side_of_the_conversation(owner, held, elsewhere):
    part = say(owner, held, elsewhere.profile_id, **HTMX)

    page = part.content.decode()
    assert part.status_code == 200
    assert "<html" not in page
    assert "Not the same person" in page
    assert f"/conversations/{held.pk}/author/" in get(owner, f"/inbox/everything/{held.pk}/")


def test_joining_can_be_taken_back(owner, held, elsewhere):
    say(owner, held, elsewhere.profile_id)

    assert say(owner, held, "").status_code == 302
    again = say(owner, held, "")

    held.profile.refresh_from_db()
    assert (again.status_code, held.profile.person) == (409, None)
    assert "This profile is joined to no other any more." in again.content.decode()
    assert kinds(held) == ["person_joined", "person_separated"]


def test_what_the_reader_may_not_see_cannot_be_found_or_joined(agent, held, elsewhere):
    assert "Cy C." not in get(agent, f"/conversations/{held.pk}/author/?q=cy c")

    assert say(agent, held, elsewhere.profile_id).status_code == 404
    assert say(agent, held, "x").status_code == 422

    held.profile.refresh_from_db()
    assert held.profile.person is None
    assert kinds(held) == []


def test_a_listener_reads_who_it_is_and_cannot_say_it(held, care, elsewhere):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user

    assert "Same person as" not in get(listener, f"/conversations/{held.pk}/author/")
    assert say(listener, held, elsewhere.profile_id).status_code == 403
    assert kinds(held) == []


def test_the_page_of_a_person_has_what_the_reader_may_see(owner, agent, held, elsewhere):
    say(owner, held, elsewhere.profile_id)
    held.profile.refresh_from_db()
    address = f"/persons/{held.profile.person_id}/"

    everything = get(owner, address)
    own = get(agent, address)

    assert sorted(rows_of(everything)) == sorted([held.pk, elsewhere.pk])
    assert "Forum" in everything
    assert rows_of(own) == [held.pk]
    assert "Forum" not in own
    assert "Cy C." not in own
    assert f'href="{address}"' in get(owner, f"/inbox/everything/{held.pk}/")


def test_a_person_of_whom_the_reader_may_see_nothing_is_not_found(owner, agent, elsewhere):
    other = ConversationFactory()
    say(owner, other, elsewhere.profile_id)
    other.profile.refresh_from_db()

    assert browser(agent).get(f"/persons/{other.profile.person_id}/").status_code == 404
    assert browser(owner).get("/persons/999999/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_person_costs_the_same_however_much_they_said(
    owner, held, elsewhere, count, django_assert_num_queries
):
    say(owner, held, elsewhere.profile_id)
    held.profile.refresh_from_db()
    ConversationFactory.create_batch(count, profile=held.profile)
    client = browser(owner)
    client.get("/inbox/everything/")

    with django_assert_num_queries(5):
        client.get(f"/persons/{held.profile.person_id}/")


def test_a_name_from_outside_turns_nothing_around_it(owner, held):
    held.profile.name = "ליאת & Co"
    held.profile.save()

    page = get(owner, f"/conversations/{held.pk}/author/")

    assert "<h1>Who <bdi>ליאת &amp; Co</bdi> is</h1>" in page
