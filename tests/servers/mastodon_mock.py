"""A stateful simulator of Mastodon, ``mastodon-mock`` out of PyPI, with its stream of events and its faults.

It is a simulator and never the only evidence. It gets a virtual environment of its own.
"""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.fediverse import Account

PACKAGE = "mastodon-mock==0.6.1"


@dataclass
class MastodonMock:
    """The simulator, and who is on it."""

    address: str
    accounts: dict[str, Account]

    def fail(self, method: str, path: str, effect: str, *, count: int = 1, **more: Any) -> None:
        """Let what is asked go wrong ``count`` times."""
        rule = {
            "match": {"methods": [method], "path": path},
            "effect": {"type": effect, **more},
            "count": count,
        }
        httpx.post(f"{self.address}/api/v1/_mock/faults", json=rule).raise_for_status()

    def heal(self) -> None:
        httpx.delete(f"{self.address}/api/v1/_mock/faults").raise_for_status()


@contextlib.contextmanager
def mastodon_mock(folder: Path, *names: str) -> Iterator[MastodonMock]:
    """Run the simulator with an account of each name until the block ends."""
    program = _program()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    seeds = "".join(f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "{name}-token"\n' for name in names)
    settings = folder / "mock.toml"
    settings.write_text(f'[server]\nhost = "127.0.0.1"\nport = {port}\n{seeds}')
    address = f"http://127.0.0.1:{port}"
    with (folder / "mock.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", "--config", str(settings), "--in-memory"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _await(address, process, folder / "mock.log")
        yield MastodonMock(address, {name: Account(address, name, f"@{name}", f"{name}-token") for name in names})
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/api/v1/instance", timeout=5).is_success:
                return
        time.sleep(0.1)
    pytest.fail(f"mastodon-mock did not start: {log.read_text()[-1000:]}")


def _program() -> str:
    """Return the simulator's command, installed once and kept in a folder for caches."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "socialhub-tests"
    home = caches / f"{PACKAGE}-python{sys.version_info.major}.{sys.version_info.minor}"
    program = home / "bin/mastodon_mock"
    caches.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(home)],
                [str(home / "bin/python"), "-m", "pip", "install", "--quiet", PACKAGE],
            ):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    pytest.fail(f"mastodon-mock cannot be installed: {done.stderr[-1000:]}")
    return str(program)
