import re

import pytest

from teams.models import User
from teams.roles import Role
from teams.shortcuts import PAGE
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


def test_frame_names_the_keys_of_who_looks_whoever_asked_before(client):
    OrganisationFactory()
    as_it_came, changed = MembershipFactory(role=Role.RESPONDER).user, MembershipFactory(role=Role.RESPONDER).user
    User.objects.filter(pk=changed.pk).update(choices={PAGE: {"changed": {"search": "x"}}})

    found = []
    for user in (as_it_came, changed, as_it_came):
        client.force_login(user)
        found += re.findall(r'id="search"[^>]+data-shortcut="(.)"', client.get("/policy/").content.decode())

    assert found == ["/", "x", "/"]


def test_frame_shows_the_menu_of_who_looks_whoever_asked_before(client):
    OrganisationFactory()
    staff = AppointmentFactory(role=Role.TRIAGE_OWNER, user__is_staff=True).user
    responder = MembershipFactory(role=Role.RESPONDER).user

    found = []
    for user in (staff, responder, staff):
        client.force_login(user)
        page = client.get("/policy/").content.decode()
        menu = page.partition('class="menu-heading"')[2].partition("</details>")[0]
        found.append((user.name in menu, "/admin/" in menu, "csrfmiddlewaretoken" in menu))

    assert found == [(True, True, True), (True, False, True), (True, True, True)]
