"""Everything that must hold before a change goes in: ``manage.py check_all``."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from socialhub.local import paths

# Name, command, and what differs from the caller's environment.
CHECKS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("lint", ("-m", "ruff", "check", "."), {}),
    ("format", ("-m", "ruff", "format", "--check", "."), {}),
    ("types", ("-m", "mypy", "."), {}),
    ("imports", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"), {}),
    ("templates", ("bin/djade", "--check"), {}),
    ("system", ("manage.py", "check", "--fail-level", "WARNING"), {}),
    (
        "production",
        ("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        {
            "DJANGO_SETTINGS_MODULE": "socialhub.settings.production",
            "SECRET_KEY": "only-so-that-the-check-has-one-5Zr0qYt7WcXm2LbN8vKdPjHs",
            "SECRETS_KEY": "b25seS1mb3ItdGVzdHMtYW5kLW5vdGhpbmctZWxzZS0=",
            "ALLOWED_HOSTS": "hub.example.com",
            "SITE_URL": "https://hub.example.com",
            "DATABASE_URL": "postgresql://hub@db/hub",
            "REDIS_URL": "redis://redis/0",
        },
    ),
)


class Command(BaseCommand):
    """Run every check, tell how each went, and fail if one did."""

    help = "Run the lint, types, import contracts, templates, system checks and the tests."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what may be left out."""
        parser.add_argument("--without-tests", action="store_true", help="run the checks alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one after the other; later ones run although an earlier one failed."""
        failed = [name for name, command, variables in CHECKS if not self._run(name, command, variables)]
        if not options["without_tests"] and not self._run("tests", ("manage.py", "test"), {}):
            failed.append("tests")
        if failed:
            self.stderr.write(f"Failed: {', '.join(failed)}.")
            sys.exit(1)
        self.stdout.write("Everything holds.")

    def _program(self, command: tuple[str, ...]) -> list[str]:
        if command[0].startswith("bin/"):
            return [str(Path(sys.executable).parent / command[0].removeprefix("bin/")), *command[1:]]
        return [sys.executable, *command]

    def _run(self, name: str, command: tuple[str, ...], variables: dict[str, str]) -> bool:
        started = time.monotonic()
        if name == "templates":
            command = (*command, *(str(path) for path in sorted(paths.PROJECT.glob("templates/**/*.html"))))
        done = subprocess.run(  # noqa: S603 - the commands stand above
            self._program(command),
            cwd=paths.PROJECT,
            env={**os.environ, **variables},
            capture_output=name != "tests",
            text=True,
            check=False,
        )
        verdict = "holds" if done.returncode == 0 else "FAILS"
        self.stdout.write(f"  {name:<12} {verdict}  ({time.monotonic() - started:.1f} s)")
        if done.returncode and done.stdout is not None:
            self.stdout.write(f"{done.stdout}{done.stderr}")
        return done.returncode == 0
