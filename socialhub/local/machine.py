"""PostgreSQL and Valkey of one data folder, started unless the environment names others."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from socialhub.local.postgres import Postgres
from socialhub.local.problems import LocalProblem
from socialhub.local.supervisor import Supervisor
from socialhub.local.valkey import Valkey


@contextlib.contextmanager
def only_one(data: Path, *, what: str) -> Iterator[int]:
    """Hold the data folder, so that no second supervisor runs servers on it; yields the lock's descriptor.

    :raises LocalProblem: another process holds it.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        holder = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LocalProblem(
            f"{data} cannot be used ({error.strerror}): set SOCIALHUB_DATA to another folder."
        ) from error
    try:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(holder, 20, 0).decode(errors="replace").strip() or "?"
            raise LocalProblem(
                f"{what} already runs on {data} as process {pid}: stop it, or set SOCIALHUB_DATA to another folder."
            ) from error
        os.ftruncate(holder, 0)
        os.pwrite(holder, f"{os.getpid()}\n".encode(), 0)
        yield holder
    finally:
        os.close(holder)


def start_postgres(supervisor: Supervisor, data: Path, *, throwaway: bool = False) -> Postgres:
    """Start PostgreSQL on ``data``; wait for it with ``await_postgres``."""
    server = Postgres(data, throwaway=throwaway)
    if server.folder != data:
        supervisor.say(f"PostgreSQL's files are in {server.folder}: its user may not enter the folders above {data}")
    server.prepare()
    supervisor.start(server.child())
    return server


def await_postgres(supervisor: Supervisor, server: Postgres) -> None:
    """Wait until PostgreSQL answers, also after a crash that it has to recover from."""
    log = supervisor.logs / "postgres.log"
    supervisor.wait_for(server.is_ready, seconds=120, problem=f"PostgreSQL does not answer: {log} says why.")


def start_valkey(supervisor: Supervisor, data: Path) -> Valkey:
    """Start Valkey; wait for it with ``await_valkey``."""
    server = Valkey(data)
    server.prepare()
    supervisor.start(server.child())
    return server


def await_valkey(supervisor: Supervisor, server: Valkey) -> None:
    """Wait until Valkey answers."""
    log = supervisor.logs / "valkey.log"
    supervisor.wait_for(server.is_ready, seconds=20, problem=f"Valkey does not answer: {log} says why.")
