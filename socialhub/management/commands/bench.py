"""Run a bench on servers of its own: ``manage.py bench NAME``; without a name, list them."""

import importlib
import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bench.__main__ import NAMES
from socialhub.local import machine, paths
from socialhub.local.problems import LocalProblem
from socialhub.local.supervisor import Supervisor


class Command(BaseCommand):
    """Start PostgreSQL and Valkey, run the bench, and exit with 1 when a figure falls short."""

    help = "Run a bench; without a name, list them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name."""
        parser.add_argument("name", nargs="?", choices=NAMES)
        parser.add_argument("--size", type=int, help="of how many, where the bench lets itself be made smaller")

    def handle(self, *args: Any, **options: Any) -> None:
        """List or run."""
        if options["name"] is None:
            for name in NAMES:
                self.stdout.write(f"{name:10} {importlib.import_module(f'bench.{name}').SUMMARY}")
            return
        if options["size"]:
            os.environ["BENCH_SIZE"] = str(options["size"])
        try:
            code = self.on_own_servers(options["name"])
        except LocalProblem as problem:
            raise CommandError(str(problem)) from problem
        sys.exit(code)

    def on_own_servers(self, name: str) -> int:
        """Start the servers that the environment does not name, run the bench, stop them."""
        data = paths.data_dir() / "bench"
        variables = dict(os.environ)
        with machine.only_one(data, what="A bench"), Supervisor(data / "log", self.stderr.write) as supervisor:
            if "DATABASE_URL" not in os.environ:
                machine.await_postgres(supervisor, machine.start_postgres(supervisor, data))
                variables["DATABASE_URL"] = paths.database_url(data)
            if "REDIS_URL" not in os.environ:
                machine.await_valkey(supervisor, machine.start_valkey(supervisor, data))
                variables["REDIS_URL"] = paths.redis_url(data)
            command = [sys.executable, "-m", "bench", name]
            return subprocess.run(command, cwd=paths.PROJECT, env=variables, check=False).returncode  # noqa: S603 - ours
