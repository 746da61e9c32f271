"""The files of a folder: read from a directory or a zip, and written to them, within limits."""

import io
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from policies.folder.problems import bad

MAIN = "policy.yaml"
MOST_FILES = 1000
MOST_BYTES = 4_000_000
MOST_BYTES_TOGETHER = 32_000_000
MOST_BYTES_PACKED = 16_000_000
_KINDS = (".yaml", ".md", ".csv")
# What belongs to a repository or a computer, not to the policy.
_PASSED_OVER = ("README.md", "LICENSE.md", "CHANGELOG.md")


def read_directory(directory: Path) -> dict[str, str]:
    """Return the texts of a folder on disk by their path; links are not followed.

    :raises BadFolder: it is no such folder, or too much.
    """
    if not (directory / MAIN).is_file():
        raise bad(str(directory), _("There is no %(file)s in this folder.") % {"file": MAIN})
    files: dict[str, str] = {}
    total = 0
    for place, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            relative = path.relative_to(directory).as_posix()
            if not _is_ours(relative) or path.is_symlink() or not path.is_file():
                continue
            with path.open("rb") as opened:
                files[relative] = _text(opened, relative)
            total += len(files[relative])
            _refuse_too_much(len(files), total)
    return files


def read_zip(packed: IO[bytes]) -> dict[str, str]:
    """Return the texts of a packed folder by their path; nothing is unpacked to disk.

    What it claims about sizes is not believed: no more than the limits is ever read.

    :raises BadFolder: it is no zip, leads outside of itself, or is too much.
    """
    if packed.seek(0, os.SEEK_END) > MOST_BYTES_PACKED:
        raise bad("", _("The file is larger than %(count)d MB.") % {"count": MOST_BYTES_PACKED // 1_000_000})
    packed.seek(0)
    try:
        with zipfile.ZipFile(packed) as archive:
            return _unpacked(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OSError):
        raise bad("", _("This is no zip file, or it is damaged or locked.")) from None


def write_directory(files: Mapping[str, str], directory: Path) -> None:
    """Write the files; clauses and lists that are in the folder and not among them are removed.

    :raises BadFolder: something else is in the way.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()) and not (directory / MAIN).is_file():
        raise bad(str(directory), _("This folder holds something else than a policy."))
    for folder, kind in (("clauses", "*.md"), ("lists", "*.csv")):
        for path in (directory / folder).glob(kind):
            if path.relative_to(directory).as_posix() not in files:
                path.unlink()
    for relative, text in files.items():
        path = directory / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def write_zip(files: Mapping[str, str], *, name: str) -> bytes:
    """Return the files packed in one folder; the same files are always the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for relative, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}/{relative}", (1980, 1, 1, 0, 0, 0)), text.encode())
    return packed.getvalue()


def _unpacked(archive: zipfile.ZipFile) -> dict[str, str]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    _refuse_too_much(len(entries), 0)
    for entry in entries:
        path = PurePosixPath(entry.filename)
        leads_away = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
        if leads_away or stat.S_ISLNK(entry.external_attr >> 16):
            raise bad(entry.filename[:200], _("This leads out of the folder."))
    # A folder that was packed as a whole has its own name in front of everything.
    mains = [entry.filename for entry in entries if PurePosixPath(entry.filename).name == MAIN]
    if len(mains) != 1:
        raise bad("", _("There is not exactly one %(file)s in this file.") % {"file": MAIN})
    above = mains[0][: -len(MAIN)]
    files: dict[str, str] = {}
    total = 0
    for entry in entries:
        relative = entry.filename.removeprefix(above)
        if not entry.filename.startswith(above) or not _is_ours(relative):
            continue
        if relative in files:
            raise bad(relative, _("This file is packed twice."))
        with archive.open(entry) as opened:
            files[relative] = _text(opened, relative)
        total += len(files[relative])
        _refuse_too_much(len(files), total)
    return files


def _is_ours(relative: str) -> bool:
    path = PurePosixPath(relative)
    is_hidden = any(part.startswith((".", "__")) for part in path.parts)
    return path.suffix in _KINDS and not is_hidden and relative not in _PASSED_OVER


def _text(opened: IO[bytes], relative: str) -> str:
    raw = opened.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise bad(relative, _("The file is larger than %(count)d MB.") % {"count": MOST_BYTES // 1_000_000})
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise bad(relative, _("This is no text in UTF-8."), line) from None
    if "\x00" in text:
        raise bad(relative, _("This is no text: it holds a zero byte."), text[: text.index("\x00")].count("\n") + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_too_much(count: int, total: int) -> None:
    if count > MOST_FILES:
        told = ngettext("There is more than %(count)d file.", "There are more than %(count)d files.", MOST_FILES)
        raise bad("", told % {"count": MOST_FILES})
    if total > MOST_BYTES_TOGETHER:
        raise bad(
            "", _("The files are larger than %(count)d MB together.") % {"count": MOST_BYTES_TOGETHER // 1_000_000}
        )
