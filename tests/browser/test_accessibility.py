import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(400)]

# Where a page has no address of its own: the list, and which of its links leads there.
FIRST = {
    "a conversation": ("/inbox/needs-decision/", ".row-link"),
    "one of mine": ("/inbox/mine/", ".row-link"),
    "a version": ("/policy/versions/", "main a[href^='/policy/versions/']"),
    "a channel": ("/channels/", "main table a, main .card a"),
}
STYLEGUIDE = ("list", "messages", "decision", "composer", "approval", "notices", "states", "figures")
PAGES = {
    "Triage owner": [
        "/inbox/needs-decision/",
        "a conversation",
        "/inbox/everything/?q=is:late",
        "/search/?q=bike",
        "/write-down/",
        "/course/",
        "/go/",
        "/reports/",
        "/how-we-measure/",
        "/notifications/",
    ],
    "Responder": [
        "/inbox/mine/",
        "one of mine",
        "/approvals/",
        "/account/",
        "/account/keys/",
        "/account/keyboard/",
        "/account/devices/",
    ],
    "Listener": ["/listen/", "/takeaways/"],
    "Policy editor": ["/policy/", "/policy/versions/", "a version", "/policy/register/", "/answers/", "/answers/add/"],
    "Administrator": [
        "/team/",
        "/team/people/",
        "/team/people/1/",
        "/team/seats/",
        "/team/organisation/",
        "/team/organisation/hours/",
        "/team/changes/",
        "/team/departments/customer-service/",
        "/channels/",
        "a channel",
        "/channels/add/",
        "/channels/add/bluesky/",
        "/streams/",
        "/streams/1/",
        "/streams/add/",
        "/streams/begin/",
        "/styleguide/",
        *(f"/styleguide/{slug}/" for slug in STYLEGUIDE),
    ],
}
FORMS = {
    "Triage owner": ["/inbox/views/", "/inbox/views/save/?q=is:late", "/bulk/"],
    "Administrator": [
        "/streams/authors/",
        "/streams/authors/add/",
        "/policy/retention/",
        "/holds/",
        "/team/people/add/",
    ],
}
WRITING = [
    "/policy/draft/guide/",
    "/policy/draft/guide/add/",
    "/policy/draft/lists/",
    "/policy/draft/quiz/add/",
    "/policy/draft/targets/",
    "/policy/waivers/grant/",
    "/policy/incidents/",
    "/policy/incidents/1/",
    "/policy/incidents/declare/",
]
# Small targets are a rule of WCAG 2.2, which axe leaves out unless asked.
ALL_RULES = {"rules": {"target-size": {"enabled": True}}}
COLOURS = {"runOnly": ["color-contrast"]}
# What another width can change.
NARROW_RULES = {"runOnly": ["color-contrast", "target-size", "scrollable-region-focusable", "aria-hidden-focus"]}
# What text at 200 % leaves of a wide screen: lengths and breakpoints follow the size of the text alike.
TWICE_AS_LARGE = {"width": WIDE["width"] // 2, "height": WIDE["height"] // 2}
NARROWEST = {"width": 320, "height": 700}


def violations(page, options):
    found = Axe().run(page, options=options).response["violations"]
    return [(each["id"], [barrier(node) for node in each["nodes"]][:3]) for each in found]


def barrier(node):
    """Return what is wrong, and why: of colours, which they were."""
    return node["html"][:200], [why["message"] for kind in ("any", "all", "none") for why in node[kind]]


def wider_than_the_screen(page):
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [("wider than the screen", wider)] if wider > 0 else []


def open_page(page, name):
    address, link = FIRST.get(name, (name, None))
    answer = page.goto(address)
    if link is not None:
        answer = page.goto(page.locator(link).first.get_attribute("href"))
    return answer.status


def glance_at(page):
    """Look at the page that is open in the two ways that differ most: forms hold little that the others would add."""
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    wide = violations(page, ALL_RULES)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return [*wide, *violations(page, NARROW_RULES), *wider_than_the_screen(page)]


def look_at(page):
    """Look at the page that is open in every way, without loading it again."""
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    yield "wide", violations(page, ALL_RULES)
    page.set_viewport_size(TWICE_AS_LARGE)
    yield "text twice as large", wider_than_the_screen(page)
    page.set_viewport_size(PHONE)
    yield "phone", [*violations(page, NARROW_RULES), *wider_than_the_screen(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    yield "phone, dark", violations(page, COLOURS)
    page.set_viewport_size(WIDE)
    yield "wide, dark", violations(page, COLOURS)
    page.set_viewport_size(NARROWEST)
    yield "narrowest", wider_than_the_screen(page)


def test_the_long_page_of_the_api_has_no_barrier_that_axe_finds(visit):
    page = visit("Responder")

    # Judging the colours of its thousands of words takes minutes.
    page.goto("/api/docs/")

    assert violations(page, ALL_RULES | {"rules": {"color-contrast": {"enabled": False}}}) == []
    assert wider_than_the_screen(page) == []


@pytest.mark.parametrize("role", PAGES)
def test_pages_have_no_barrier_that_axe_finds(visit, role):
    page = visit(role)
    found = {}

    for name in PAGES[role]:
        status = open_page(page, name)
        if status != 200:
            found[name] = status
            continue
        barriers = {how: what for how, what in look_at(page) if what}
        if barriers:
            found[name] = barriers

    assert found == {}


def glances(page, names):
    found = {}
    for name in names:
        status = page.goto(name).status
        if barriers := glance_at(page) if status == 200 else status:
            found[name] = barriers
    return found


def test_signing_in_has_no_barrier_that_axe_finds(running, chromium):
    page = chromium.new_page(base_url=running.address)

    assert glances(page, ["/accounts/login/"]) == {}
    page.close()


@pytest.mark.parametrize("role", FORMS)
def test_forms_have_no_barrier_that_axe_finds(visit, role):
    assert glances(visit(role), FORMS[role]) == {}


def test_writing_the_policy_has_no_barrier_that_axe_finds(visit):
    page = visit("Policy editor")
    page.goto("/policy/draft/")
    begins = page.locator("main form[action='/policy/draft/start/'] button")
    found = {}
    if is_begun_here := begins.is_visible():
        found["no draft"] = glance_at(page)
        begins.click()

    found |= glances(page, ["/policy/draft/", *WRITING])
    page.goto("/policy/draft/")
    rule = page.locator("main a[href^='/policy/draft/rules/']").first.get_attribute("href")
    found |= glances(page, [rule])

    if is_begun_here:
        page.goto("/policy/draft/")
        page.get_by_text("Discard this draft").click()
        page.get_by_role("button", name="Discard it").click()
    assert {name: barriers for name, barriers in found.items() if barriers} == {}


def test_acts_on_many_have_no_barrier_that_axe_finds(visit):
    page = visit("Triage owner")
    page.goto("/inbox/needs-decision/")
    page.locator("#inbox-list .row-choose").first.check()
    page.locator("[data-bulk] button[value='tag']").click()
    page.wait_for_url("**/bulk/*/")

    address, preview = page.url, glance_at(page)
    page.set_viewport_size(WIDE)
    page.locator(".bulk-form input[type=text]").first.fill("seen")
    page.locator(".bulk-form button[type=submit]").click()
    page.wait_for_url("**/inbox/needs-decision/")
    page.goto(address)
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()

    assert {"preview": preview, "result": glance_at(page)} == {"preview": [], "result": []}
