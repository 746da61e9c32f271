"""Pictures of others: looked into within limits, and written anew without what cameras add."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

# Larger than what any camera makes; unpacked it would fill some hundred megabytes.
MOST_PIXELS = 60_000_000
# Of a moving picture, all its frames together.
MOST_FRAMES = 300
MOST_MOVING_PIXELS = 150_000_000

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
# What says how the picture is to be shown; all else that a file tells of itself is left out.
_SHOWING = ("icc_profile", "transparency", "loop", "duration", "background", "disposal")


class BadPicture(Exception):
    """The picture cannot be used; ``str()`` is the rest of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it may leave: nothing in it but what is seen."""

    content: bytes
    width: int
    height: int


def clean_picture(content: bytes, media_type: str) -> Picture:
    """Return the picture written anew: turned as it is to be seen, without place, time, device and other notes.

    :raises BadPicture: it is damaged, or unpacks to more than is looked at.
    """
    wanted = _FORMATS[media_type]
    with _opened(content, [wanted]) as image:
        from PIL import ImageOps, JpegImagePlugin  # noqa: PLC0415 - see ``_opened``

        how: dict[str, Any] = {}
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            # Its own tables: written anew it loses next to nothing.
            how = {"qtables": image.quantization, "subsampling": JpegImagePlugin.get_sampling(image)}
        frames = [_bare(ImageOps.exif_transpose(frame)) for frame in _frames(image)]
        return _written(frames, wanted, how)


def small_copy(content: bytes, *, most: int = 1200) -> Picture:
    """Return a still WebP of a picture, no side longer than ``most`` pixels, with nothing in it but what is seen.

    :raises BadPicture: it is none that browsers show, damaged, or unpacks to more than is looked at.
    """
    with _opened(content, list(_FORMATS.values())) as image:
        from PIL import ImageOps  # noqa: PLC0415 - see ``_opened``

        # Of a photograph no more is unpacked than is kept.
        image.draft("RGB", (most, most))
        shown = ImageOps.exif_transpose(image)
        shown = shown.convert("RGBA" if shown.has_transparency_data else "RGB")
        shown.thumbnail((most, most))
        target = io.BytesIO()
        _bare(shown).save(target, format="WEBP", quality=80)
        return Picture(target.getvalue(), shown.width, shown.height)


@contextmanager
def _opened(content: bytes, formats: list[str]) -> Iterator[Any]:
    """Open a picture to work with it; whatever is wrong with it shows here or while it is worked with."""
    # Only few processes need it, and it costs memory in each.
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    broken = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError)
    try:
        with warnings.catch_warnings():
            # Ours is the limit that counts: it is compared before anything is unpacked.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=formats) as image:
                _check_size(image)
                yield image
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except broken as error:
        raise BadPicture(_("is damaged: it cannot be shown.")) from error


def _check_size(image: Any) -> None:
    pixels = image.width * image.height
    frames = getattr(image, "n_frames", 1)
    if pixels > MOST_PIXELS or frames > MOST_FRAMES or (frames > 1 and pixels * frames > MOST_MOVING_PIXELS):
        raise _too_large()


def _too_large() -> BadPicture:
    return BadPicture(
        _("unpacks to more than is looked at: a picture may have %(most)d million pixels.")
        % {"most": MOST_PIXELS // 1_000_000}
    )


def _frames(image: Any) -> list[Any]:
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append(image.copy())
    return found


def _bare(frame: Any) -> Any:
    frame.info = {name: frame.info[name] for name in _SHOWING if name in frame.info}
    # What was read of them stays with the picture otherwise, and is written again.
    frame.getexif().clear()
    return frame


def _written(frames: list[Any], wanted: str, how: dict[str, Any]) -> Picture:
    first, *others = frames
    if others:
        how = {"save_all": True, "append_images": others, **_timing(frames)}
    if wanted == "WEBP":
        how |= {"quality": 90}
    if first.info.get("icc_profile"):
        how["icc_profile"] = first.info["icc_profile"]
    target = io.BytesIO()
    first.save(target, format=wanted, **how)
    return Picture(target.getvalue(), first.width, first.height)


def _timing(frames: list[Any]) -> dict[str, Any]:
    durations = [int(frame.info.get("duration", 100)) for frame in frames]
    loop = frames[0].info.get("loop")
    return {"duration": durations} if loop is None else {"duration": durations, "loop": loop}
