import pytest

from tests.browser.conftest import PHONE
from tests.browser.hearing import await_rows, hand_over

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

NARROW = {"width": 320, "height": 700}
MARKS = "".join(chr(mark) for mark in range(0x300, 0x330))
AUTHORS = {
    "long": {"name": "x" * 200, "handle": "h" * 200},
    "marks": {"name": f"Z{MARKS}algo{MARKS}", "handle": "zalgo"},
    "rtl": {"name": "محمد عبد الله", "handle": "@mohammad"},
    "nobody": {"id": "u-1"},
}


def test_no_name_fills_the_page(visit, running):
    said = [
        {"external_id": f"odd-{kind}", "text": f"The bell is odd, says {kind}.", "author": {"id": kind, **author}}
        for kind, author in AUTHORS.items()
    ]
    hand_over(visit, running, *said)
    page = visit("Triage owner", size=PHONE)
    await_rows(page, '/inbox/everything/?q="bell is odd"', len(AUTHORS))
    addresses = [row.get_attribute("href") for row in page.locator(".row-link").all()]

    for size in (PHONE, NARROW):
        page.set_viewport_size(size)
        for address in addresses:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") == size["width"], address
            assert page.locator("#conversation-header").bounding_box()["height"] <= 160, address
            # Its ground reaches as far as what stands on it.
            side = page.locator("#conversation-side")
            assert side.evaluate("(side) => side.scrollHeight - side.clientHeight") == 0, address
