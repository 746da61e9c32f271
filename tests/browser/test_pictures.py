import io
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.hearing import await_rows, hand_over
from tests.listening.web_server import Answer

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

LAMP = "A street lamp that is dark."


def drawn() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (900, 600), "navy").save(target, "PNG")
    return target.getvalue()


def test_pictures_come_by_themselves_stay_in_their_place_and_open_whole(visit, running, far_side):
    may_go = threading.Event()
    far_side.answers["/lamp.png"] = Answer(body=drawn(), may_go=may_go)
    far_side.answers["/page.png"] = Answer(body=b"<html>")
    pictures = [
        {"url": far_side.url("/lamp.png"), "alt": LAMP},
        {"url": far_side.url("/page.png"), "alt": "The switch."},
    ]
    words = "The lamp in our street has been dark since Monday."
    call = hand_over(visit, running, {"external_id": "lamp-1", "text": words, "author": "Ida Lund"})
    page = visit("Triage owner")
    await_rows(page, f'/inbox/everything/?q="{words}"', 1)
    page.goto(page.locator(".row-link").get_attribute("href"))
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")

    # Whoever fetches them does not wait long: the page is there before them.
    shows = {"external_id": "lamp-2", "in_reply_to": "lamp-1", "text": "Look.", "author": "Ida Lund"}
    call(shows | {"pictures": pictures})
    tiles = page.locator("#thread .pictures")
    lamp, switch = tiles.locator("li").nth(0), tiles.locator("li").nth(1)
    expect(lamp).to_contain_text("It is being fetched.")
    lamp.get_by_role("link", name="Picture 1").focus()
    before = lamp.bounding_box()
    may_go.set()

    shown = lamp.get_by_role("button", name=LAMP)
    expect(shown).to_be_focused()
    assert shown.locator("img").evaluate("async (picture) => (await picture.decode(), picture.naturalWidth)") == 900
    assert lamp.bounding_box() == before
    expect(switch).to_contain_text("It is not a picture that can be shown.")
    expect(switch.get_by_role("link", name="Picture 2")).to_have_attribute("href", pictures[1]["url"])

    page.keyboard.press("Enter")
    whole = page.get_by_role("dialog", name="Picture 1")
    expect(whole).to_contain_text(LAMP)
    # As when something happens to the conversation meanwhile.
    page.evaluate("document.getElementById('thread').dataset.isOld = ''")
    page.evaluate("htmx.trigger('#thread', 'refresh')")
    expect(page.locator("#thread:not([data-is-old])")).to_be_attached()
    expect(whole).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    expect(whole).to_be_hidden()
    expect(shown).to_be_focused()

    page.set_viewport_size(PHONE)
    assert Axe().run(page).response["violations"] == []
