"""A wire between us and a server that can be cut at a chosen word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Wire:
    """Carries everything both ways; cuts when ``word`` was said to the server for the ``times``-th time.

    ``delivers`` tells whether the server still hears the word.
    """

    target: int
    word: bytes = b""
    times: int = 1
    delivers: bool = True
    cuts: int = 0
    _server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def serve(self) -> None:
        while True:
            try:
                near, _address = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._back, args=(far, near), daemon=True).start()
            threading.Thread(target=self._forth, args=(near, far), daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        heard = b""
        while block := _read(near):
            heard += block
            is_cut = bool(self.word) and heard.count(self.word) >= self.times
            if is_cut:
                # First, so that no answer gets through.
                _cut(near)
                self.cuts += 1
            if not is_cut or self.delivers:
                with suppress(OSError):
                    far.sendall(block)
            if is_cut:
                # The server finishes what it has heard.
                far.settimeout(5)
                _read(far)
                break
        _cut(far)
        _cut(near)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        while block := _read(far):
            with suppress(OSError):
                near.sendall(block)
        _cut(near)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Listen on a port of its own for what is meant for ``port``."""
    wire = Wire(port)
    thread = threading.Thread(target=wire.serve, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.close()
        thread.join(timeout=5)


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
