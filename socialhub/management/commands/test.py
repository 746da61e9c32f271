"""Run the suite on servers of its own: `python3 manage.py test [options of pytest]`."""

import os
import signal
import subprocess
import sys
from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socialhub.local import children, machine, paths
from socialhub.local.chromium import find_chromium, install_chromium
from socialhub.local.problems import LocalProblem
from socialhub.local.supervisor import StopRequested, Supervisor

NO_BROWSER = "There is no Chromium: install it or set CHROMIUM to its program"


class Command(BaseCommand):
    """Start PostgreSQL and Valkey, find a browser, run pytest, and answer as pytest does."""

    help = "Run the tests on servers of their own; the options are pytest's."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand every option to pytest, also those that Django would take."""
        try:
            sys.exit(self.test(argv[2:]))
        except (LocalProblem, CommandError) as problem:
            sys.exit(str(problem))

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what pytest takes."""
        parser.add_argument("options", nargs=REMAINDER)

    def handle(self, *_arguments: object, options: list[str], **_options: Any) -> None:
        """Run the suite when another command asks for it.

        :raises CommandError: a test failed.
        """
        if self.test(options):
            raise CommandError("The tests failed.")

    def test(self, options: list[str]) -> int:
        """Return the exit code of pytest."""
        variables = {"DJANGO_SETTINGS_MODULE": "socialhub.settings.test"}
        browser = find_chromium() or install_chromium()
        if browser:
            variables["CHROMIUM"] = browser
        elif os.environ.get("CI", "").lower() == "true":
            raise LocalProblem(f"{NO_BROWSER}; with CI=true no test is left out.")
        else:
            self.stderr.write(f"{NO_BROWSER}. The browser tests are left out.")
            options = without_browser(options)
        try:
            code = self.on_own_servers(options, variables)
        finally:
            if not browser:
                self.stderr.write("The browser tests were left out: there is no Chromium.")
        return code

    def on_own_servers(self, options: list[str], variables: dict[str, str]) -> int:
        """Start the servers that the environment does not name, run pytest, stop them."""
        data = paths.data_dir() / "test"
        with machine.only_one(data, what="A test run"), Supervisor(data / "log", self.say) as supervisor:
            try:
                if "DATABASE_URL" not in os.environ:
                    machine.await_postgres(supervisor, machine.start_postgres(supervisor, data, throwaway=True))
                    variables["DATABASE_URL"] = paths.database_url(data)
                if "REDIS_URL" not in os.environ:
                    machine.await_valkey(supervisor, machine.start_valkey(supervisor, data))
                    variables["REDIS_URL"] = paths.redis_url(data)
                return run_pytest(options, variables, supervisor)
            except StopRequested:
                return 130

    def say(self, text: str) -> None:
        """Print one line at once."""
        self.stderr.write(f"  {text}")


def without_browser(options: list[str]) -> list[str]:
    """Narrow the selection of tests, also one that the caller made, to those that need no browser."""
    chosen = [index + 1 for index, option in enumerate(options[:-1]) if option == "-m"]
    if not chosen:
        return [*options, "-m", "not browser"]
    narrowed = list(options)
    narrowed[chosen[-1]] = f"({options[chosen[-1]]}) and not browser"
    return narrowed


def run_pytest(options: list[str], variables: dict[str, str], supervisor: Supervisor) -> int:
    """Run pytest in the terminal's foreground; Ctrl-C is for it, and we wait for its answer.

    :raises StopRequested: somebody asked us, not the terminal, to stop.
    """
    parent = os.getpid()

    def settle() -> None:
        children.die_with(parent, signal.SIGTERM)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    command = [sys.executable, "-m", "pytest", *options]
    environment = os.environ | variables
    with subprocess.Popen(command, cwd=paths.PROJECT, env=environment, preexec_fn=settle) as pytest:  # noqa: S603
        try:
            supervisor.wait_for(lambda: pytest.poll() is not None, seconds=float("inf"), problem="")
        except BaseException:
            pytest.terminate()
            raise
    return pytest.returncode
