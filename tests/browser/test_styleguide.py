"""The style guide looks as it did. Renew its pictures with SOCIALHUB_RENEW_PICTURES=1."""

import os
import tempfile
from pathlib import Path

import pytest

from socialhub.styleguide.views import PARTS
from tests.browser import pictures
from tests.browser.conftest import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

PAGES = {"basics": "/styleguide/"} | {part.slug: f"/styleguide/{part.slug}/" for part in PARTS}
# Tall enough for every page: what is fixed to the edge of the screen lies below.
TALL = 9000
LOOKS = {
    "light": {"viewport": WIDE},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "contrast": {"viewport": WIDE, "contrast": "more"},
    "forced": {"viewport": WIDE, "forced_colors": "active"},
    "phone": {"viewport": PHONE},
}
IS_RENEWING = bool(os.environ.get("SOCIALHUB_RENEW_PICTURES"))


@pytest.fixture(scope="module")
def signed_in(running, chromium):
    context = chromium.new_context(base_url=running.address)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("button.menu-item", has_text="Administrator").first.click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
    yield context.storage_state()
    context.close()


@pytest.fixture
def photograph(running, chromium, signed_in):
    contexts = []

    def look(name):
        options = LOOKS[name]
        context = chromium.new_context(
            base_url=running.address,
            storage_state=signed_in,
            bypass_csp=True,
            reduced_motion="reduce",
            java_script_enabled=True,
            **options | {"viewport": {"width": options["viewport"]["width"], "height": TALL}},
        )
        contexts.append(context)
        context.route("**/pictured/*", lambda route: route.fulfill(path=pictures.FONTS / Path(route.request.url).name))
        page = context.new_page()

        def shoot(path, style=""):
            page.goto(path)
            page.add_style_tag(content=pictures.STYLE + style)
            page.evaluate("document.fonts.ready")
            return pictures.shrink(page.locator(".specimens").screenshot(animations="disabled"))

        return shoot

    yield look
    for context in contexts:
        context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_the_style_guide_looks_as_it_did(photograph, look):
    shoot = photograph(look)
    changed = {}

    for slug, path in PAGES.items():
        name = f"{slug}-{look}"
        taken = shoot(path)
        if IS_RENEWING:
            pictures.keep(taken, name)
        blocks = pictures.differing_blocks(pictures.kept(name), taken)
        if blocks:
            sheet = Path(tempfile.mkdtemp(prefix="socialhub-pictures-")) / f"{name}.png"
            pictures.side_by_side(pictures.kept(name), taken).save(sheet)
            changed[name] = f"{len(blocks)} blocks, the first at {blocks[0]}: see {sheet}"

    assert changed == {}


@pytest.mark.parametrize(
    ("slug", "style"),
    [
        ("list", ".chip.tone-urgent { visibility: hidden; }"),
        ("states", ".region-fault .button { display: none; }"),
        ("messages", ".message-ours { background: white; }"),
    ],
)
def test_a_part_that_lost_its_look_is_noticed(photograph, slug, style):
    taken = photograph("light")(PAGES[slug], style)

    assert pictures.differing_blocks(pictures.kept(f"{slug}-light"), taken) != []
