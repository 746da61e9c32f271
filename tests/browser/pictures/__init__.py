"""Pictures of the style guide, and how two of them are compared.

What is kept is small: a quarter of the size, and its colours in steps. Two pictures are the same when no block
of them has another mean colour, which letters drawn by another Chromium do not change and a missing
chip does.
"""

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

KEPT = Path(__file__).parent
FONTS = KEPT / "fonts"
# The side of a block in the kept picture, and by how much of 255 its mean may differ.
BLOCK, TOLERANCE = 8, 9
SHRINK = 4
# Colours are rounded to this step of 255.
STEP = 8
# Rows of blocks by which a page may have become longer or shorter: rounding, never a line of text.
SLACK = 1
STYLE = """
@font-face { font-family: Pictured; src: url(/pictured/regular.woff2); font-weight: 400; }
@font-face { font-family: Pictured; src: url(/pictured/semibold.woff2); font-weight: 600; }
:root { --font-text: Pictured; --font-code: Pictured; }
* { caret-color: transparent !important; animation: none !important; transition: none !important; }
"""


def shrink(png: bytes) -> Image.Image:
    """Return a screenshot as it is kept and compared."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    size = (max(picture.width // SHRINK, 1), max(picture.height // SHRINK, 1))
    small = picture.resize(size, Image.Resampling.BOX)
    return small.point([min(255, (value + STEP // 2) // STEP * STEP) for value in range(256)] * 3)


def keep(picture: Image.Image, name: str) -> None:
    """Store a picture as what its page shall look like."""
    picture.save(_place(name), lossless=True, quality=100, method=6)


def kept(name: str) -> Image.Image:
    """Return what a page shall look like."""
    return Image.open(_place(name)).convert("RGB")


def differing_blocks(one: Image.Image, other: Image.Image) -> list[tuple[int, int, int]]:
    """Return the blocks of which the mean colour differs: left, top, by how much; by 255 where only one picture is."""
    width, height = min(one.width, other.width), min(one.height, other.height)
    if one.width != other.width or abs(one.height - other.height) > SLACK * BLOCK:
        return [(width, height, 255)]
    means = []
    for picture in (one, other):
        # Cut to whole blocks: a rest would weigh more than it shows.
        whole = picture.crop((0, 0, width - width % BLOCK, height - height % BLOCK))
        means.append(whole.resize((whole.width // BLOCK, whole.height // BLOCK), Image.Resampling.BOX))
    most = _most_of_channels(ImageChops.difference(*means))
    found = ((place, most.getpixel(place)) for place in _places(most))
    return [(x * BLOCK, y * BLOCK, by) for (x, y), by in found if isinstance(by, int) and by > TOLERANCE]


def side_by_side(shall: Image.Image, is_now: Image.Image) -> Image.Image:
    """Return both pictures and what differs, for whoever looks into it."""
    size = (max(shall.width, is_now.width), max(shall.height, is_now.height))
    both = [ImageOps.pad(one, size, color="magenta", centering=(0, 0)) for one in (shall, is_now)]
    sheet = Image.new("RGB", (size[0] * 3, size[1]))
    for place, one in enumerate([*both, ImageOps.invert(ImageChops.difference(*both))]):
        sheet.paste(one, (size[0] * place, 0))
    return sheet


def _place(name: str) -> Path:
    return KEPT / f"{name}.webp"


def _most_of_channels(difference: Image.Image) -> Image.Image:
    red, green, blue = difference.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _places(picture: Image.Image) -> list[tuple[int, int]]:
    return [(x, y) for y in range(picture.height) for x in range(picture.width)]
