"""Start everything on this machine: `python3 manage.py up`."""

import contextlib
import gc
import http.client
import os
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from socialhub import processes
from socialhub.local import machine, paths
from socialhub.local.children import Child
from socialhub.local.listener import open_listener
from socialhub.local.problems import LocalProblem
from socialhub.local.supervisor import StopRequested, Supervisor
from teams.models import Organisation

WEB_PROCESSES = 2
OLDEST_POSTGRES = 15


class Command(BaseCommand):
    """Run the servers, migrate, make the demonstration company, run the product, keep all of it alive."""

    help = "Start Socialhub on this machine; Ctrl-C stops it."
    requires_system_checks = []  # `check_all` runs them, and a start should be fast

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address, and whether to begin without the demonstration company."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--empty", action="store_true", help="start without the demonstration company")

    def handle(self, *_arguments: object, host: str, port: int, empty: bool, **_options: Any) -> None:
        """Run until somebody asks to stop."""
        data = paths.data_dir()
        try:
            with (
                contextlib.closing(open_listener(host, port)) as listener,
                machine.only_one(data, what="Socialhub") as lock,
                Supervisor(data / "log", self.say) as supervisor,
            ):
                supervisor.in_child.append(lambda: os.close(lock))
                with contextlib.suppress(StopRequested):
                    self.run(supervisor, data, listener, empty=empty)
                    supervisor.watch()
                self.say("stopping")
        except LocalProblem as problem:
            raise SystemExit(str(problem)) from problem

    def run(self, supervisor: Supervisor, data: Path, listener: socket.socket, *, empty: bool) -> None:
        """Start one thing after the other."""
        started = time.monotonic()
        address = address_of(listener)
        if "SITE_URL" not in os.environ:
            settings.SITE_URL = address  # for links in mails; every process is forked after this
        self.start_servers(supervisor, data)

        if not supervisor.run_once(Child("prepare", partial(self.prepare, empty=empty))):
            raise LocalProblem("The database could not be prepared; the lines above say why.")

        with self.progress("web"):
            for number in range(1, WEB_PROCESSES + 1):
                supervisor.start(Child(f"web-{number}", partial(processes.serve_pages, [listener])))
            supervisor.wait_for(
                partial(answers, listener),
                seconds=60,
                problem=f"The page does not answer: {supervisor.logs / 'web-1.log'} says why.",
            )
        # These begin when the page is open: a person waits for the page.
        for name, task in (
            ("worker", partial(processes.work, "-P", "threads", "-c", "4")),
            ("listen", processes.listen),
            ("beat", processes.ring),
        ):
            supervisor.start(Child(name, partial(_run_without, listener, task)))
        self.say(f"open after {time.monotonic() - started:.1f} s; logs are in {supervisor.logs}")
        self.stdout.write(f"\nOpen {address}")
        self.stdout.flush()
        supervisor.run_once(Child("hint", self.say_how_to_sign_in))

    def start_servers(self, supervisor: Supervisor, data: Path) -> None:
        """Start the servers that the environment does not name, and load the product meanwhile."""
        own_database, own_redis = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
        with self.progress("PostgreSQL and Valkey"):
            postgres = machine.start_postgres(supervisor, data) if own_database else None
            valkey = machine.start_valkey(supervisor, data) if own_redis else None
            processes.preload()
            gc.collect()
            gc.freeze()  # shared by every process from now on; the collector would write to it
            if postgres:
                machine.await_postgres(supervisor, postgres)
            if valkey:
                machine.await_valkey(supervisor, valkey)

    def prepare(self, *, empty: bool) -> None:
        """Bring the database up to date; runs in a process of its own, which may hold a connection."""
        try:
            with self.progress("database up to date"):
                with connection.cursor() as cursor:
                    cursor.execute("SHOW server_version_num")
                    major = int(cursor.fetchone()[0]) // 10_000
                if major < OLDEST_POSTGRES:
                    raise LocalProblem(f"DATABASE_URL names a PostgreSQL {major}: Socialhub needs 15 or later.")
                call_command("migrate", interactive=False, verbosity=0)
            if not empty and not get_user_model().objects.exists():
                with self.progress("demonstration company"):
                    call_command("make_demo")
        except OperationalError as error:
            self.stderr.write(f"The database does not answer: {str(error).strip().splitlines()[0]}")
            raise SystemExit(1) from error
        except (LocalProblem, CommandError) as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from error

    def say_how_to_sign_in(self) -> None:
        """Say what the first page asks for; runs in a process of its own, which may hold a connection."""
        organisation = Organisation.objects.first()
        if organisation is None:
            hint = "The first visit sets up your organisation."
        elif organisation.is_demo:
            hint = "Pick a person on the sign-in page."
        else:
            hint = f"Sign in to {organisation.name} with your e-mail address and password."
        self.stdout.write(f"{hint} Ctrl-C stops everything.\n")
        self.stdout.flush()

    @contextlib.contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """Say what was done, and how long it took."""
        started = time.monotonic()
        yield
        self.say(f"{text:<24}{time.monotonic() - started:5.1f} s")

    def say(self, text: str) -> None:
        """Print one line at once, also into a pipe."""
        self.stdout.write(f"  {text}")
        self.stdout.flush()


def address_of(listener: socket.socket) -> str:
    """Return what to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::", "127.0.0.1", "::1"}:  # noqa: S104 - only compared
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(listener: socket.socket) -> bool:
    """Tell whether the health page answers."""
    host, port = listener.getsockname()[:2]
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    inquiry = http.client.HTTPConnection(local, port, timeout=5)
    try:
        inquiry.request("GET", "/healthz", headers={"Host": "localhost"})
        return inquiry.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        inquiry.close()


def _run_without(listener: socket.socket, task: Callable[[], None]) -> None:
    listener.close()
    task()
