"""Run one role in the foreground, for containers: `python manage.py serve web`."""

import contextlib
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from socialhub import processes
from socialhub.local.listener import open_listener
from socialhub.local.problems import LocalProblem


class Command(BaseCommand):
    """Become one process of the product; whoever runs the container keeps it alive."""

    help = "Run one role of Socialhub in the foreground: web, live, worker, listen or beat."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the role, and where or how wide it works."""
        roles = parser.add_subparsers(dest="role", required=True)
        for name in ("web", "live"):
            role = roles.add_parser(name)
            role.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104 - a container
            role.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        worker = roles.add_parser("worker")
        worker.add_argument("--processes", type=int, default=2, help="tasks at the same time (2)")
        roles.add_parser("listen")
        roles.add_parser("beat")

    def handle(self, *_arguments: object, role: str, **options: Any) -> None:
        """Run until a signal asks to stop."""
        processes.preload()
        if role == "worker":
            processes.work("-P", "prefork", "-c", str(options["processes"]))
        elif role == "listen":
            processes.listen()
        elif role == "beat":
            processes.ring()
        else:
            try:
                with contextlib.closing(open_listener(options["host"], options["port"])) as listener:
                    processes.serve_pages([listener])
            except LocalProblem as problem:
                raise SystemExit(str(problem)) from problem
