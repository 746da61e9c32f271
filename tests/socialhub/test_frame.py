import re

import pytest

from teams.roles import Role
from tests.factories.teams import AppointmentFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

PLACE = re.compile(r'<li><a href="([^"]+)"( aria-current="page")?><svg.+?</svg><span>([^<]+)</span>', re.DOTALL)


def places(page: str) -> list[tuple[str, str, bool]]:
    head = page.partition('class="site-nav"')[2].partition("</nav>")[0]
    return [(url, label, bool(current)) for url, current, label in PLACE.findall(head)]


@pytest.mark.parametrize("path", ["/policy/", "/team/"])
def test_frame_marks_the_place_where_one_is_whoever_asked_before(client, path):
    OrganisationFactory()
    manager, responder = AppointmentFactory(role=Role.MANAGER).user, MembershipFactory(role=Role.RESPONDER).user

    client.force_login(manager)
    seen_by_manager = client.get(path).content.decode()
    client.force_login(responder)
    seen_by_responder = client.get(path).content.decode()

    everybodys = [("/inbox/", "Inbox"), ("/listen/", "Listen"), ("/policy/", "Policy"), ("/team/", "Team")]
    assert places(seen_by_responder) == [(url, label, url == path) for url, label in everybodys]
    assert [label for _url, label, _is_current in places(seen_by_manager)] == [
        "Inbox",
        "Listen",
        "Reports",
        "Policy",
        "Team",
        "Channels",
    ]
    assert [label for url, label, is_current in places(seen_by_manager) if is_current] == [
        label for url, label in everybodys if url == path
    ]


def test_frame_holds_the_list_of_keys_once_on_every_page(client):
    OrganisationFactory()
    client.force_login(MembershipFactory(role=Role.RESPONDER).user)

    pages = [client.get(path).content.decode() for path in ("/policy/", "/team/")]

    dialogs = [re.findall(r'<dialog class="dialog" id="keys".+?</dialog>', page, re.DOTALL) for page in pages]
    assert [len(found) for found in dialogs] == [1, 1]
    assert dialogs[0] == dialogs[1]
    assert "<dd>Claim</dd>" in dialogs[0][0]
