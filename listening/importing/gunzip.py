"""Unpack gzip so that a damaged file yields everything before the damage."""

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK_BYTES = 65_536
# A chunk unpacks to a thousand times its size at most; this keeps each step small.
_STEP_BYTES = 1_048_576
_MAGIC = b"\x1f\x8b"


class Damaged(Exception):
    """The packed data cannot be unpacked further; ``str()`` says what is wrong with it."""


class GunzipReader(io.RawIOBase):
    """A readable stream of what a gzip file, of one or more parts, holds.

    Python's own reader loses up to a whole buffer of good data before the
    damaged byte; this one gives all of it and raises ``Damaged`` after.
    """

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__()
        self._packed = packed
        self._unpacker = _new_unpacker()
        self._waiting = b""
        self._ready = b""
        self._damage = ""
        self._is_ended = False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Unpack into ``buffer``.

        :raises Damaged: everything before the damage has been given.
        """
        while not self._ready and not self._is_ended:
            if self._damage:
                self._is_ended = True
                raise Damaged(self._damage)
            self._unpack_more()
        view = memoryview(buffer).cast("B")
        given = self._ready[: len(view)]
        view[: len(given)] = given
        self._ready = self._ready[len(given) :]
        return len(given)

    def _unpack_more(self) -> None:
        chunk = self._waiting or self._packed.read(_CHUNK_BYTES)
        if not chunk:
            self._damage = "it ends too early"
            return
        before = self._unpacker.copy()
        try:
            self._ready = self._unpacker.decompress(chunk, _STEP_BYTES)
        except zlib.error:
            self._ready = _all_but_the_damage(before, chunk)
            self._damage = "its contents do not match its checksum or are not packed data"
            return
        self._waiting = self._unpacker.unconsumed_tail
        if self._unpacker.eof:
            self._begin_next_part(self._unpacker.unused_data)

    def _begin_next_part(self, rest: bytes) -> None:
        while len(rest) < len(_MAGIC):
            more = self._packed.read(_CHUNK_BYTES)
            if not more:
                break
            rest += more
        if rest.startswith(_MAGIC):
            self._waiting = rest
            self._unpacker = _new_unpacker()
        else:
            # Padding, or something appended: gzip itself ignores it too.
            self._is_ended = True


def _new_unpacker() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _all_but_the_damage(unpacker: "zlib._Decompress", chunk: bytes) -> bytes:
    """Unpack byte by byte, which loses nothing before the byte at which it fails."""
    unpacked = bytearray()
    try:
        for position in range(len(chunk)):
            unpacked += unpacker.decompress(chunk[position : position + 1])
    except zlib.error:
        pass
    return bytes(unpacked)
