"""Pictures as cameras and people make them."""

import io

from PIL import Image, PngImagePlugin

SECRET = b"Somewhere 12, Nordlys"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), colour: str = "teal", **how: object) -> bytes:
    """Return a picture of one colour."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, format=kind, **how)
    return target.getvalue()


def told_picture(kind: str = "JPEG", *, turned: bool = False) -> bytes:
    """Return a picture that tells where, when and by whom it was taken."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    if turned:
        exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 0.0), 3: "E", 4: (10.0, 45.0, 0.0)})
    how: dict[str, object] = {"exif": exif.tobytes()}
    if kind == "JPEG":
        how["comment"] = SECRET
    if kind in ("JPEG", "WEBP"):
        how["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    if kind == "PNG":
        note = PngImagePlugin.PngInfo()
        note.add_text("Author", SECRET.decode())
        note.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        how["pnginfo"] = note
    return picture(kind, **how)


def moving_picture(frames: int = 3) -> bytes:
    """Return a picture that moves, with a comment in it."""
    target = io.BytesIO()
    first, *others = (Image.new("RGB", (20, 10), (number * 40, 0, 0)) for number in range(frames))
    first.save(
        target, format="GIF", save_all=True, append_images=others, duration=[70] * frames, loop=0, comment=SECRET
    )
    return target.getvalue()
