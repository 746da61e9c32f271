import pytest

from teams.roles import Role
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.api import Program
from tests.support.visiting import HTMX, browser, get
from triage.history.sentences import read_history
from triage.models import Conversation, Event

pytestmark = pytest.mark.usefixtures("portal")


@pytest.fixture
def tagged(agent, care) -> Conversation:
    return ConversationFactory(claimed=True, department=care, holder=agent, tags=["old", "kept"])


def test_tags_are_changed_beside_them_and_the_change_is_taken_back(agent, tagged):
    address = f"/conversations/{tagged.pk}/tags/?from=mine"
    assert f'hx-get="{address}"' in get(agent, f"/inbox/mine/{tagged.pk}/")
    visitor = browser(agent)
    assert 'value="old"' in visitor.get(address, headers=HTMX).content.decode()

    page = visitor.post(address, {"add": "New, kept", "remove": ["old", "gone"]}, headers=HTMX).content.decode()

    tagged.refresh_from_db()
    assert (tagged.tags, tagged.fence) == (["kept", "new"], 2)
    assert read_history(tagged).lines[0].text == f"{agent.name} added tags: new, and took away: old."
    way_back = f"/conversations/{tagged.pk}/tags/{Event.objects.get(kind='tagged').pk}/undo/?from=mine"
    assert f'action="{way_back}"' in page
    visitor.post(way_back, {"undo": 1})
    tagged.refresh_from_db()
    assert sorted(tagged.tags) == ["kept", "old"]


def test_nothing_is_offered_to_whoever_may_not_tag(agent, care, tagged):
    others = [MembershipFactory(department=care, role=role).user for role in (Role.RESPONDER, Role.LISTENER)]
    erased = ConversationFactory(
        closed=True, department=care, author_name="", snippet="", erased_at=NOON, raw_erased_at=NOON
    )

    # What somebody holds only they tag, and of what is erased nobody says anything any more.
    pages = [get(other, f"/inbox/everything/{tagged.pk}/") for other in others]
    pages.append(get(agent, f"/inbox/everything/{erased.pk}/"))

    assert ["/tags/?from=" in page for page in pages] == [False, False, False]
    answer = browser(others[0]).post(f"/conversations/{tagged.pk}/tags/", {"add": "new"}, headers=HTMX)
    assert answer.status_code == 409
    assert f"{agent.name} holds this conversation." in answer.content.decode()
    tagged.refresh_from_db()
    assert tagged.tags == ["old", "kept"]


@pytest.mark.parametrize("add", ["x" * 41, ",".join(f"tag{number}" for number in range(20))])
def test_too_long_and_too_many_are_refused(agent, tagged, add):
    answer = browser(agent).post(f"/conversations/{tagged.pk}/tags/", {"add": add}, headers=HTMX)

    assert answer.status_code == 422
    tagged.refresh_from_db()
    assert tagged.tags == ["old", "kept"]


def test_a_change_of_another_conversation_is_not_taken_back_here(agent, care, tagged):
    other = ConversationFactory(claimed=True, department=care, holder=agent)
    browser(agent).post(f"/conversations/{other.pk}/tags/", {"add": "new"})
    event = Event.objects.get(kind="tagged")

    assert browser(agent).post(f"/conversations/{tagged.pk}/tags/{event.pk}/undo/").status_code == 404

    other.refresh_from_db()
    assert other.tags == ["new"]


def test_programs_change_tags_and_hear_who_holds_it(agent, care, tagged):
    mine, others = Program(agent), Program(MembershipFactory(department=care).user)

    answers = [
        mine.post(f"conversations/{tagged.pk}/tags/", {"add": ["New "], "remove": ["old"]}),
        mine.post(f"conversations/{tagged.pk}/tags/", {"add": ["new"], "remove": ["old"]}),
        others.post(f"conversations/{tagged.pk}/tags/", {"add": ["late"]}),
        mine.post(f"conversations/{tagged.pk}/tags/", {"add": ["x" * 41]}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 409, 400]
    assert [answer.json().get("tags") for answer in answers[:2]] == [["kept", "new"]] * 2
    assert answers[2].json()["conversation"]["tags"] == ["kept", "new"]
    assert Event.objects.filter(kind="tagged").count() == 1


def test_nobody_tags_what_they_practise_on(agent, care):
    practised = ConversationFactory(claimed=True, department=care, holder=agent, learner=agent)

    answers = [
        browser(agent).post(f"/conversations/{practised.pk}/tags/", {"add": "new"}),
        Program(agent).post(f"conversations/{practised.pk}/tags/", {"add": ["new"]}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
