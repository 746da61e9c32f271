"""Hand mentions over to the running product as another program would."""

import hashlib
import hmac
import itertools
import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playwright.sync_api import Page, expect

from socialhub.local.running import Running

SECRET = "a-secret-of-thirty-two-characters"
# What every channel is called that is connected here.
TAKES_NO_ANSWERS = "Street lamps"
_numbers: Iterator[int] = itertools.count(1)


def hand_over(
    visit: Callable[..., Page], running: Running, *mentions: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], None]:
    """Connect a webhook as an administrator, call it with each mention, and return what calls it with a further one."""
    page = visit("Administrator")
    page.goto("/channels/add/webhook/")
    page.get_by_label("Name", exact=True).fill(f"{TAKES_NO_ANSWERS} {next(_numbers)}")
    page.get_by_label("How the sender signs").select_option("hub")
    page.get_by_label(re.compile("^Secret")).fill(SECRET)
    page.locator("form.form button[type=submit]").first.click()
    address = page.locator("dt", has_text="Address to call").locator("+ dd").inner_text()
    called = re.sub(r"^https?://[^/]+", running.address, address)

    def call(mention: Mapping[str, Any]) -> None:
        body = json.dumps(mention).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        urllib.request.urlopen(urllib.request.Request(called, body, headers), timeout=20).close()

    for mention in mentions:
        call(mention)
    return call


def await_rows(page: Page, path: str, count: int) -> None:
    """Go to a list, again and again, until it shows so many conversations."""
    rows = page.locator("#inbox-list .row[data-conversation]")
    for _again in range(100):
        page.goto(path)
        if rows.count() == count:
            return
        page.wait_for_timeout(200)
    expect(rows).to_have_count(count)
