"""What a file is, told by its bytes: a name can say anything."""

import io
import zipfile

from django.core.files.base import File

# What browsers show and networks take as pictures.
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
# Pictures too, of which we cannot take off what a camera adds.
OTHER_PICTURES = ("image/heic", "image/avif", "image/tiff")
UNKNOWN = "application/octet-stream"

_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_OFFICE = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_HEAD = 512
# No more of a text is looked at to tell that it is one.
_SAMPLE = 65_536
_LONGEST_TYPE = 100


def media_type_of(file: File[bytes]) -> str:
    """Return the media type of what ``file`` holds; the file is read from its beginning and left there."""
    file.seek(0)
    sample = file.read(_SAMPLE)
    file.seek(0)
    head = sample[:_HEAD]
    found = next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), "")
    if found:
        return found
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"PK\x03\x04"):
        return _packed(file)
    return "text/plain" if _is_text(sample) else UNKNOWN


def _packed(file: File[bytes]) -> str:
    """Return what a ZIP file is: office documents are such files with names of their own inside."""
    content = file.read()
    file.seek(0)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if names[:1] == ["mimetype"] and archive.getinfo("mimetype").file_size <= _LONGEST_TYPE:
                told = archive.read("mimetype").decode("ascii")
                return told if told.startswith("application/vnd.oasis.opendocument.") else "application/zip"
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError, OSError):
        return "application/zip"
    return next((kind for folder, kind in _OFFICE if any(name.startswith(folder) for name in names)), "application/zip")


def _is_text(sample: bytes) -> bool:
    try:
        text = sample.decode("utf-8")
    except UnicodeDecodeError as error:
        # The sample may end in the middle of a character.
        if len(sample) < _SAMPLE or error.start < _SAMPLE - 3:
            return False
        text = sample[: error.start].decode("utf-8")
    return bool(text) and not any(character < " " and character not in "\t\n\r\f" for character in text)
