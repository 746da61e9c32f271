"""The lines of a file that somebody brought: recognised by content, read one at a time, bounded in memory."""

import io
import re
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from listening.importing.gunzip import Damaged, GunzipReader
from socialhub.lib.errors import Refusal

MAX_ROW_BYTES = 1_000_000

_HEAD_BYTES = 65_536
_BUFFER_BYTES = 262_144
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
# How other files begin, and what people call them.
_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "an RTF document"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)", re.IGNORECASE)
_XML = re.compile(rb"\s*<[?!a-z]", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# More than one control character in a hundred bytes is no text; fewer are
# damaged rows, and those are rejected one by one.
_MAX_CONTROL_SHARE = 0.01


class NotReadable(Refusal):
    """The file as a whole cannot be read; ``str()`` says what it is instead."""

    code = "not_readable"


class Line(NamedTuple):
    """One physical line; of a too long one only the beginning is in ``raw``, and ``quotes`` counts all of it."""

    number: int
    offset: int
    raw: bytes
    is_too_long: bool
    quotes: int


class LineSource:
    """The lines of a plain or gzipped text file, in constant memory.

    :raises NotReadable: the file is not there, is empty, or is no text.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file: BinaryIO = path.open("rb")
            self.total_bytes = path.stat().st_size
        except FileNotFoundError:
            raise NotReadable(f"There is no file {path.name}.") from None
        except OSError as error:
            raise NotReadable(f"The file {path.name} cannot be opened: {error.strerror}.") from error
        try:
            self._is_packed = self._file.read(len(_GZIP)) == _GZIP
            self.rewind()
            self.head = self._recognise()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def bytes_read(self) -> int:
        """Return how far the file on disk has been read, for a progress bar with ``total_bytes``."""
        return self._file.tell()

    @property
    def line(self) -> int:
        """Return the number of the line that was read last."""
        return self._line

    def rewind(self, line: int = 0, offset: int = 0) -> None:
        """Go back to just after line ``line``, which ended at ``offset``."""
        self._line = line
        self._offset = offset
        self._file.seek(0)
        if not self._is_packed:
            self._stream: io.BufferedReader = self._file  # type: ignore[assignment]
            self._file.seek(offset)
            return
        self._stream = io.BufferedReader(GunzipReader(self._file), _BUFFER_BYTES)
        while offset > 0:
            offset -= len(self._stream.read(min(offset, _BUFFER_BYTES)))

    def next_line(self) -> Line | None:
        """Return the next line, or nothing at the end.

        :raises Damaged: the file is packed and broken from here on.
        """
        raw = self._stream.readline(MAX_ROW_BYTES)
        if not raw:
            return None
        start = self._offset
        self._line += 1
        self._offset += len(raw)
        if len(raw) < MAX_ROW_BYTES or raw.endswith(b"\n"):
            if start == 0 and raw.startswith(_BOM):
                raw = raw[len(_BOM) :]
            return Line(self._line, start, raw, False, 0)
        quotes = raw.count(b'"')
        part = raw
        while part and not part.endswith(b"\n"):
            part = self._stream.readline(MAX_ROW_BYTES)
            quotes += part.count(b'"')
            self._offset += len(part)
        return Line(self._line, start, raw[:1000], True, quotes)

    def _recognise(self) -> bytes:
        """Return the beginning of the text, and leave the source at line 1."""
        try:
            head = self._stream.read(_HEAD_BYTES)
        except Damaged as error:
            self.rewind()
            head = self._before_damage()
            if not head:
                raise NotReadable(f"The file is gzip, but damaged from its beginning: {error}.") from error
        self.rewind()
        for start, what in _OTHERS:
            if head.startswith(start):
                raise NotReadable(f"The file is {what}. Save it as CSV in UTF-8, or as one JSON object per line.")
        head = head.removeprefix(_BOM)
        if not head.strip():
            raise NotReadable("The file is empty.")
        if _MARKUP.match(head):
            raise NotReadable("The file is a web page (HTML), perhaps an error message instead of the download.")
        if _XML.match(head):
            raise NotReadable("The file is XML. Save it as CSV in UTF-8, or as one JSON object per line.")
        if len(_CONTROL.findall(head)) > len(head) * _MAX_CONTROL_SHARE + 1:
            raise NotReadable("The file is not text, so it has no rows to read.")
        if b"\n" not in head and b"\r" in head:
            raise NotReadable("The file ends its lines as Mac OS 9 did. Save it again as CSV in UTF-8.")
        return head

    def _before_damage(self) -> bytes:
        lines = bytearray()
        try:
            while len(lines) < _HEAD_BYTES:
                line = self._stream.readline(MAX_ROW_BYTES)
                lines += line
        except Damaged:
            pass
        return bytes(lines)
