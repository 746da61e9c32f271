from html import unescape
from urllib.parse import urlencode

import pytest

from socialhub.going import PAGES
from teams.roles import Role
from tests.access.world import build
from tests.factories.teams import AppointmentFactory, MembershipFactory, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.visiting import HTMX, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(policy):
    OrganisationFactory()


def places(user):
    return browser(user).get("/go/").content.decode()


def test_everybody_goes_to_what_they_may_open_and_to_nothing_else():
    world = build()

    for name, person in world.people.items():
        visitor = browser(person)
        may_open = [page for page in PAGES if page.action is None or person.rights.may_somewhere(page.action)]
        listed = visitor.get("/go/", headers=HTMX).content.decode()
        for page in PAGES:
            assert (f'<span dir="auto">{page.label}</span>' in listed) is (page in may_open), (name, page.name)


def test_lists_and_views_are_there_for_who_sees_conversations(portal):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    assert 'href="/inbox/needs-decision/"' in places(owner)
    assert 'href="/inbox/needs-decision/"' not in places(UserFactory())


def test_conversations_and_colleagues_are_found_by_what_may_be_seen(portal):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Nadia Rahimi").user
    conversation = ConversationFactory(author_name="Robin Sparrow")
    last_heard(conversation)
    stranger = MembershipFactory(role=Role.RESPONDER).user

    found = browser(owner).get("/go/?q=nadia", headers=HTMX).content.decode()

    assert f'href="/team/people/{owner.pk}/"' in found
    for text in ("robin", "sparrow", "\x00", "-", "a" * 20_000, 'from:"'):
        answer = browser(stranger).get("/go/", {"q": text}, headers=HTMX)
        assert answer.status_code == 200
        assert f"/conversations/{conversation.pk}/" not in answer.content.decode()


def test_without_javascript_the_page_finds_too(portal):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    page = browser(owner).get("/go/?q=breach").content.decode()

    assert 'href="/inbox/breaching-soon/"' in page
    assert "Write down" not in page[page.index("<main") :]


@pytest.mark.parametrize("text", ["nobody is called so", "colour:red"])
def test_what_has_no_name_is_searched_for(portal, text):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    found = unescape(browser(owner).get("/go/", {"q": text}, headers=HTMX).content.decode())

    assert f'href="/search/?{urlencode({"q": text})}"' in found
    assert f"Search for “{text}”" in found
