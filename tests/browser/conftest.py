import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from socialhub.local.browsing import browser
from socialhub.local.running import Running, product
from tests.listening.web_server import WebServer, web_server
from tests.local.running import data_folder

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}

# Where a journey is right, nobody waits so long: this is for a machine that others keep busy.
expect.set_options(timeout=40_000)
_OPENED = pytest.StashKey[list[BrowserContext]]()


@pytest.fixture(scope="session")
def far_side() -> Iterator[WebServer]:
    """Another server, which the product may ask although it is inside."""
    with web_server() as told:
        yield told


@pytest.fixture(scope="session")
def running(far_side: WebServer) -> Iterator[Running]:
    """The whole product on the demonstration company: servers, pages, live stream, worker and beat."""
    with data_folder() as data, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ALLOWED_INTERNAL_HOSTS", far_side.host)
        with product(data) as started:
            yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def _picture(page: Page, path: Path) -> str:
    """Take a picture of what a page shows, and say where it lies; one that shows nothing any more hides no failure."""
    try:
        page.screenshot(path=path, full_page=True)
    except Error as fault:
        return f"{page.url}: no picture, {fault.message}"
    return f"{page.url}: {path}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take pictures of what everybody had before them when a test failed, and name them."""
    report = yield
    if report.when == "call" and report.failed and _OPENED in item.stash:
        folder = Path(tempfile.mkdtemp(prefix="socialhub-browser-"))
        pages = [page for context in item.stash[_OPENED] for page in context.pages]
        told = [_picture(page, folder / f"{number}.png") for number, page in enumerate(pages, start=1)]
        report.sections.append(("pages when it failed", "\n".join(told)))
    return report


@pytest.fixture
def visit(running: Running, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open the product as one of the people whom the sign-in page offers.

    They stay on what they decided or closed, as people may choose, unless they are to go on to the next.
    """
    contexts: list[BrowserContext] = []
    request.node.stash[_OPENED] = contexts

    def open_as(
        role: str,
        *,
        size: dict[str, int] = WIDE,
        javascript: bool = True,
        scheme: str = "light",
        goes_on: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=running.address,
            viewport=size,
            java_script_enabled=javascript,
            color_scheme=scheme,
            # Tests answer requests in the server's stead: those of a page that a worker serves do not come to them.
            service_workers="block",
        )
        contexts.append(context)
        if not goes_on:
            context.add_init_script("addEventListener('DOMContentLoaded', () => (document.body.dataset.stays = ''))")
        page = context.new_page()
        page.goto("/accounts/login/")
        page.locator("button.menu-item", has_text=role).first.click()
        page.wait_for_url(lambda address: "/accounts/login/" not in address)
        return page

    yield open_as
    for context in contexts:
        context.close()
