import io
import zipfile
import zlib

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from socialhub.lib import pictures
from socialhub.lib.media_types import UNKNOWN, media_type_of
from socialhub.lib.pictures import BadPicture, clean_picture, small_copy
from tests.support.pictures import SECRET, moving_picture, picture, told_picture

OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def zipped(**files: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_a_picture_tells_of_its_taking_is_left_out(kind):
    told = told_picture(kind)
    assert SECRET in told
    assert dict(opened(told).getexif().get_ifd(0x8825)) != {}

    cleaned = clean_picture(told, TYPES[kind])

    assert SECRET not in cleaned.content
    shown = opened(cleaned.content)
    assert (dict(shown.getexif()), dict(shown.getexif().get_ifd(0x8825))) == ({}, {})
    assert {"exif", "xmp", "comment", "Author", "XML:com.adobe.xmp"} & set(shown.info) == set()
    assert (shown.format, shown.size, (cleaned.width, cleaned.height)) == (kind, (40, 30), (40, 30))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_turned_picture_is_written_as_it_is_seen(kind):
    cleaned = clean_picture(told_picture(kind, turned=True), TYPES[kind])

    assert (cleaned.width, cleaned.height) == opened(cleaned.content).size == (30, 40)
    assert SECRET not in cleaned.content


def test_what_hangs_behind_a_picture_is_left_out():
    cleaned = clean_picture(picture() + b"\x00moov" + SECRET, "image/jpeg")

    assert SECRET not in cleaned.content


def test_a_moving_picture_goes_on_moving_without_its_comment():
    told = moving_picture()
    assert SECRET in told

    cleaned = clean_picture(told, "image/gif")

    shown = opened(cleaned.content)
    assert (shown.n_frames, shown.info["duration"], shown.info["loop"]) == (3, 70, 0)
    assert SECRET not in cleaned.content


def test_a_colour_profile_stays():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    cleaned = clean_picture(picture(icc_profile=profile), "image/jpeg")

    assert opened(cleaned.content).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", TYPES)
def test_a_damaged_picture_is_refused(kind):
    whole = moving_picture() if kind == "GIF" else picture(kind, (200, 200))

    with pytest.raises(BadPicture, match=r"is damaged: it cannot be shown\."):
        clean_picture(whole[: len(whole) // 4], TYPES[kind])


def test_a_picture_is_not_unpacked_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1_000_000)
    bomb = picture("PNG", (1001, 1000))

    with pytest.raises(BadPicture, match="unpacks to more than is looked at: a picture may have 1 million pixels"):
        clean_picture(bomb, "image/png")


def test_what_says_to_be_endless_is_not_unpacked():
    whole = bytearray(picture("PNG", (10, 10)))
    whole[16:24] = (60_000).to_bytes(4) * 2
    whole[29:33] = zlib.crc32(whole[12:29]).to_bytes(4)

    for taken in (lambda: clean_picture(bytes(whole), "image/png"), lambda: small_copy(bytes(whole))):
        with pytest.raises(BadPicture, match="unpacks to more than is looked at"):
            taken()


@pytest.mark.parametrize(("name", "most"), [("MOST_FRAMES", 2), ("MOST_MOVING_PIXELS", 599)])
def test_a_moving_picture_is_not_unpacked_beyond_the_limit(monkeypatch, name, most):
    monkeypatch.setattr(pictures, name, most)

    with pytest.raises(BadPicture):
        clean_picture(moving_picture(3), "image/gif")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (moving_picture(), "image/gif"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00", "image/avif"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", UNKNOWN),
        (b"%PDF-1.7\n", "application/pdf"),
        (
            zipped(**{"word__document.xml": ""}),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
        (zipped(mimetype="text/html"), "application/zip"),
        (zipped(notes="Hello"), "application/zip"),
        (b"PK\x03\x04 and no more", "application/zip"),
        ("Grüße".encode(), "text/plain"),
        (("ü" * 40_000).encode(), "text/plain"),
        (b"a" + ("ü" * 40_000).encode(), "text/plain"),
        (b"<html><script>", "text/plain"),
        (b"\x00\x01\x02", UNKNOWN),
        (b"\xff\xfe\xfd", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_a_file_is_what_its_bytes_say(content, found):
    file = ContentFile(content)

    assert media_type_of(file) == found
    assert file.read() == content
