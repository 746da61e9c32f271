import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

PAGES = {
    "Triage owner": ["/inbox/needs-decision/", "/inbox/everything/", "/reports/", "/notifications/"],
    "Responder": ["/inbox/mine/", "/account/", "/account/keys/", "/api/docs/"],
    "Listener": ["/listen/", "/takeaways/", "/streams/", "/streams/1/"],
    "Policy editor": ["/policy/", "/policy/versions/", "/answers/", "/answers/add/"],
    "Administrator": [
        "/team/",
        "/team/people/",
        "/channels/",
        "/channels/add/",
        "/channels/add/bluesky/",
        "/streams/",
        "/streams/1/",
        "/streams/add/",
        "/streams/begin/",
    ],
}
SIZES = {"wide light": (WIDE, "light"), "wide dark": (WIDE, "dark"), "phone light": (PHONE, "light")}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", PAGES)
def test_pages_have_no_barrier_that_axe_finds(visit, role, size):
    viewport, scheme = SIZES[size]
    page = visit(role, size=viewport, scheme=scheme)
    found = {}

    for path in PAGES[role]:
        page.goto(path)
        for violation in Axe().run(page).response["violations"]:
            found.setdefault(path, []).append(
                (violation["id"], [node["html"][:200] for node in violation["nodes"]][:3])
            )
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            found.setdefault(path, []).append(("wider than the screen", overflow))

    assert found == {}
