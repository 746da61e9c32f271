from typing import Any

import pytest

from listening.connectors.mastodon.reading import heard_status
from listening.heard import HeardItem, HeardPicture, clean_item
from tests.factories.teams import NOON

FILES = "https://far.example/files"


def heard(*attachments: Any, **more: Any) -> HeardItem:
    account = {"id": "7", "acct": "anna"}
    status = {"uri": "https://far.example/1", "content": "<p>See</p>", "account": account, **more}
    return clean_item(heard_status({**status, "media_attachments": list(attachments)}, at=NOON), at=NOON)


def test_pictures_stand_beside_a_post_and_only_what_else_is_attached_is_a_link():
    item = heard(
        {"type": "image", "url": f"{FILES}/1.png", "preview_url": f"{FILES}/1s.png", "description": "A map"},
        {"type": "video", "url": f"{FILES}/2.mp4", "preview_url": f"{FILES}/2s.png"},
        {"type": "gifv", "url": f"{FILES}/3.mp4", "preview_url": f"{FILES}/3s.png", "description": None},
        {"type": "image", "url": f"{FILES}/4.png", "preview_url": None},
        {"type": "gifv", "url": f"{FILES}/5.mp4"},
        {"type": "unknown", "url": f"{FILES}/6"},
    )

    assert item.pictures == (
        HeardPicture(f"{FILES}/1s.png", "A map"),
        HeardPicture(f"{FILES}/3s.png"),
        HeardPicture(f"{FILES}/4.png"),
    )
    assert item.raw["media"] == [f"{FILES}/2.mp4", f"{FILES}/5.mp4", f"{FILES}/6"]


def test_pictures_of_a_post_that_is_passed_on_stand_beside_it():
    passed_on = {
        "uri": "https://far.example/0",
        "content": "<p>Look</p>",
        "media_attachments": [{"type": "image", "url": f"{FILES}/1.png"}, {"type": "audio", "url": f"{FILES}/2.ogg"}],
    }

    item = heard(reblog=passed_on)

    assert (item.pictures, item.raw["media"]) == ((HeardPicture(f"{FILES}/1.png"),), [f"{FILES}/2.ogg"])


def test_the_eleventh_picture_is_a_link():
    item = heard(*({"type": "image", "url": f"{FILES}/{number}"} for number in range(11)))

    assert [picture.url for picture in item.pictures] == [f"{FILES}/{number}" for number in range(10)]
    assert item.raw["media"] == [f"{FILES}/10"]


@pytest.mark.parametrize(("description", "alt"), [(None, ""), (7, "7"), ([], ""), ({"a": 1}, ""), (" A ", "A")])
def test_description_of_any_type_is_taken(description, alt):
    item = heard({"type": "image", "url": f"{FILES}/1.png", "description": description}, content="")

    assert item.pictures == (HeardPicture(f"{FILES}/1.png", alt),)


@pytest.mark.parametrize("attachment", [None, 3, [], {}, {"type": ["image"]}, {"type": "image", "url": "javascript:x"}])
def test_what_has_no_address_is_no_picture(attachment):
    assert heard(attachment).pictures == ()
