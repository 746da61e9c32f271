"""A real `manage.py up`, looked at from outside."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
# How long we wait for what comes by itself: far longer than a machine takes that has other things to do.
SECONDS = 240
NAMES = ["beat", "listen", "postgres", "valkey", "web-1", "web-2", "worker"]


def until(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Return the first true answer of ``condition``."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return answer


class Up:
    """The command in a process of its own, on its own port and data."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.output = data / "output"
        self.process = start_command(["up", "--empty", "--port", str(self.port)], data, self.output)
        self.known: set[int] = set()

    def children(self) -> dict[str, int]:
        """Return the process number of every child, by the name of the log that it writes."""
        numbers = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = {}
        for number in numbers:
            with contextlib.suppress(OSError):
                log = Path(f"/proc/{number}/fd/1").readlink()
                if log.parent.name == "log":
                    found[log.stem] = int(number)
        self.known |= set(found.values())
        return found

    def answer(self, path: str) -> int | None:
        """Return the status of a page, or None when nobody answers."""
        inquiry = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            inquiry.request("GET", path)
            return inquiry.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            inquiry.close()

    def wait_until_open(self) -> None:
        """Return when the command has printed the address and everything runs."""

        def is_open() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            return "Ctrl-C stops everything" in self.output.read_text() and sorted(self.children()) == NAMES

        until(is_open)

    def nothing_left(self) -> bool:
        """Tell whether every child that was ever seen is gone, and the port is free."""
        if any(Path(f"/proc/{number}").exists() for number in self.known):
            return False
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", self.port)):
            return True
        return False


def start_command(arguments: list[str], data: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start ``manage.py`` as a person would, except that the environment is there already."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    settings = {"DJANGO_SETTINGS_MODULE": "socialhub.settings.development", "SOCIALHUB_NO_VENV": "1"}
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=kept | settings | {"SOCIALHUB_DATA": str(data)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """Make a folder that PostgreSQL's user may pass: each start of pytest shuts those that pytest makes for root."""
    data = Path(tempfile.mkdtemp(prefix="socialhub-"))
    data.chmod(0o711)
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def running() -> Iterator[Up]:
    """Run the command until it is open, and stop it in the end whatever happened."""
    with data_folder() as data:
        up = Up(data)
        try:
            up.wait_until_open()
            yield up
        finally:
            if up.process.poll() is None:
                up.process.send_signal(signal.SIGTERM)
            up.process.wait(SECONDS)
