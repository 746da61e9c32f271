"""Photograph every page of the demonstration company: ``manage.py screenshots``, or what the README shows of it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Literal

from django.core.management.base import BaseCommand, CommandError
from playwright.sync_api import Browser, Page, ViewportSize

from socialhub.local import paths
from socialhub.local.browsing import browser
from socialhub.local.problems import LocalProblem
from socialhub.local.running import product

Scheme = Literal["light", "dark"]

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
VIEWS: tuple[tuple[str, Scheme, dict[str, int]], ...] = (
    ("light", "light", WIDE),
    ("dark", "dark", WIDE),
    ("phone", "light", PHONE),
)

# The role under which the sign-in page offers somebody, and what they look at.
ROUNDS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Triage owner",
        (
            ("inbox", "/inbox/needs-decision/"),
            ("conversation-to-decide", "/inbox/needs-decision/ #first"),
            ("everything", "/inbox/everything/"),
            ("closed-conversation", "/inbox/closed/ #first"),
            ("search", "/inbox/everything/?q=battery"),
            ("reports", "/reports/"),
            ("notifications", "/notifications/"),
        ),
    ),
    (
        "Responder",
        (
            ("department-queue", "/inbox/"),
            ("mine", "/inbox/mine/ #first"),
            ("waiting", "/inbox/waiting/ #first"),
            ("account", "/account/"),
            ("api-keys", "/account/keys/"),
            ("api-docs", "/api/docs/"),
        ),
    ),
    ("Listener", (("listen", "/listen/"), ("takeaways", "/takeaways/"), ("stream", "/streams/1/"))),
    ("Policy editor", (("policy", "/policy/"), ("policy-versions", "/policy/versions/"))),
    (
        "Administrator",
        (
            ("team", "/team/"),
            ("people", "/team/people/"),
            ("channels", "/channels/"),
            ("connect-a-channel", "/channels/add/"),
            ("new-account", "/channels/add/bluesky/"),
            ("streams", "/streams/"),
            ("new-stream", "/streams/add/"),
            ("what-to-listen-for", "/streams/begin/"),
            ("team-changes", "/team/changes/"),
        ),
    ),
)

# What the README shows: of which role, which list with which row of it open, and how it is looked at.
README: tuple[tuple[str, str, str, str, Scheme, dict[str, int]], ...] = (
    ("inbox-light", "Triage owner", "/inbox/needs-decision/", ".suggestion button", "light", WIDE),
    ("inbox-dark", "Responder", "/inbox/mine/", "#reply-body", "dark", WIDE),
    ("list-phone", "Triage owner", "/inbox/needs-decision/", "", "light", PHONE),
    ("conversation-phone", "Responder", "/inbox/mine/", "#reply-body", "dark", PHONE),
)
MOST_OPENED = 12


class Command(BaseCommand):
    """Start the product on data of its own, look at it as each person, and stop it."""

    help = "Take screenshots of every page, light, dark and phone, into a folder that git ignores, or the README's."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where to."""
        parser.add_argument("--into", type=Path, default=paths.PROJECT / "screenshots")
        parser.add_argument("--readme", action="store_true", help="renew the pictures of the README instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Photograph."""
        folder: Path = paths.PROJECT / "docs" / "images" if options["readme"] else options["into"]
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with product(paths.data_dir() / "screenshots") as running, browser() as opened:
                if options["readme"]:
                    self._readme(opened, running.address, folder)
                else:
                    for name, scheme, size in VIEWS:
                        self._view(opened, running.address, folder, name, scheme, size)
        except LocalProblem as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"The screenshots are in {folder}.")

    def _readme(self, opened: Browser, address: str, folder: Path) -> None:
        for title, role, path, sought, scheme, size in README:
            page = self._page(opened, scheme, size)
            self._sign_in(page, address, role)
            page.goto(f"{address}{path}", wait_until="load")
            # The first that shows what the picture is of.
            for n in range(min(MOST_OPENED, page.locator(".row-link").count()) if sought else 0):
                page.goto(f"{address}{path}", wait_until="load")
                page.locator(".row-link").nth(n).click()
                page.locator("article.conversation").wait_for()
                if page.locator(sought).count():
                    break
            page.mouse.move(0, 0)
            self._photograph(page, folder / f"{title}.png")
            page.context.close()

    def _page(self, opened: Browser, scheme: Scheme, size: dict[str, int]) -> Page:
        viewport: ViewportSize = {"width": size["width"], "height": size["height"]}
        return opened.new_context(viewport=viewport, color_scheme=scheme).new_page()

    def _sign_in(self, page: Page, address: str, role: str) -> None:
        page.goto(f"{address}/accounts/login/")
        page.locator(".menu-item", has_text=role).first.click()
        page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def _view(
        self, opened: Browser, address: str, folder: Path, name: str, scheme: Scheme, size: dict[str, int]
    ) -> None:
        page = self._page(opened, scheme, size)
        self._keep(page, f"{address}/accounts/login/", folder / f"sign-in-{name}.png")
        for role, places in ROUNDS:
            page.context.clear_cookies()
            self._sign_in(page, address, role)
            for title, path in places:
                self._keep(page, f"{address}{path}", folder / f"{title}-{name}.png")
        page.context.close()

    def _keep(self, page: Page, address: str, file: Path) -> None:
        place, _space, first = address.partition(" ")
        page.goto(place, wait_until="load")
        if first and page.locator(".row-link").count():
            page.locator(".row-link").first.click()
            page.locator("article.conversation").wait_for()
        self._photograph(page, file)

    def _photograph(self, page: Page, file: Path) -> None:
        # Icons and what is fetched after the page are there when nothing is asked for any more.
        page.wait_for_load_state("networkidle")
        page.screenshot(path=file)
        self.stdout.write(f"  {file.name}")
