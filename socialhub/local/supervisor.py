"""Starts processes, brings back those that die, and stops all of them in order."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from socialhub.local.children import Child
from socialhub.local.problems import LocalProblem

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_DEATHS, WITHIN = 5, 60.0


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent a signal that asks to stop."""


class Supervisor:
    """Holds the processes of one machine. It has one thread and no connection, so that it may fork.

    Use it as a context: leaving it stops everything, the last started first.
    """

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self.children: list[Child] = []
        self.in_child: list[Callable[[], None]] = []
        self.stop_count = 0
        self._woken, self._wake = os.pipe()

    def __enter__(self) -> Self:
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only to wake up
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop_all()
        signal.set_wakeup_fd(-1)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._close_pipe()

    def start(self, child: Child) -> None:
        """Start a process and keep it running from now on."""
        log = self.log_of(child)
        if child not in self.children:
            self.children.append(child)
            self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
            if log.exists():
                log.replace(log.with_name(log.name + ".1"))
        child.start(log=log, close=self._leave)

    def run_once(self, child: Child) -> bool:
        """Run a process to its end, with our own output; return whether it went well."""
        child.start(log=None, close=self._leave)
        codes: list[int] = []
        try:
            while not codes:
                self._check_stop()
                self._tend(0.5)
                codes += [] if (status := _reap(child)) is None else [status]
        finally:
            if child.pid:
                _signal(child, signal.SIGKILL)
                os.waitpid(child.pid, 0)
        return codes == [0]

    def wait_for(self, condition: Callable[[], bool], *, seconds: float, problem: str) -> None:
        """Wait until ``condition`` holds, restarting meanwhile what dies.

        :raises LocalProblem: with ``problem``, when it takes too long.
        :raises StopRequested: somebody asked to stop.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            self._check_stop()
            if time.monotonic() > deadline:
                raise LocalProblem(problem)
            self._tend(0.03)

    def watch(self) -> None:
        """Keep everything running until somebody asks to stop.

        :raises LocalProblem: a process dies again and again.
        """
        with contextlib.suppress(StopRequested):
            while True:
                self._check_stop()
                self._tend(None)

    def log_of(self, child: Child) -> Path:
        """Name the file that a process writes to."""
        return self.logs / f"{child.name}.log"

    def stop_all(self) -> None:
        """Stop the processes in the reverse order of their start, those between two servers together."""
        running = [child for child in self.children if child.pid]
        own = [child for child in running if child.name not in {"postgres", "valkey"}]
        servers = [child for child in reversed(running) if child not in own]
        for stage in ([*own], *([server] for server in servers)):
            self._stop(stage)

    def _stop(self, stage: list[Child]) -> None:
        for child in stage:
            _signal(child, child.stop_signal)
        asked_before = self.stop_count
        deadline = time.monotonic() + max((child.grace for child in stage), default=0)
        # A second Ctrl-C means: now.
        while any(child.pid for child in stage) and time.monotonic() < deadline and self.stop_count == asked_before:
            self._sleep(0.05)
            for child in stage:
                _reap(child)
        for child in stage:
            if child.pid:
                _signal(child, child.kill_signal)
                os.waitpid(child.pid, 0)
                child.pid = None

    def _tend(self, seconds: float | None) -> None:
        now = time.monotonic()
        due = [child.due_at for child in self.children if child.due_at is not None]
        if due:
            seconds = min(seconds if seconds is not None else 60, max(0.0, min(due) - now))
        self._sleep(seconds)
        for child in self.children:
            status = _reap(child)
            if status is not None:
                self._note_death(child, status)
            if child.due_at is not None and child.due_at <= time.monotonic():
                self.start(child)

    def _note_death(self, child: Child, status: int) -> None:
        now = time.monotonic()
        child.deaths.append(now)
        recent = sum(1 for death in child.deaths if now - death < WITHIN)
        if recent >= MOST_DEATHS:
            raise LocalProblem(f"{child.name} died {recent} times within a minute: {self.log_of(child)} says why.")
        how = f"was killed by signal {-status}" if status < 0 else f"ended with code {status}"
        child.due_at = now + child.restart_after * 2 ** (recent - 1)
        self.say(f"{child.name} {how}; it is started again")

    def _sleep(self, seconds: float | None) -> None:
        # Returns early when a signal arrives, also one that arrived just before.
        if select.select([self._woken], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, 4096)

    def _check_stop(self) -> None:
        if self.stop_count:
            raise StopRequested

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_count += 1

    def _leave(self) -> None:
        self._close_pipe()
        for close in self.in_child:
            close()

    def _close_pipe(self) -> None:
        os.close(self._woken)
        os.close(self._wake)


def _signal(child: Child, number: signal.Signals) -> None:
    if child.pid is None:
        return
    if number == signal.SIGKILL:  # it leads its group: what it started goes with it
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, number)


def _reap(child: Child) -> int | None:
    """Return how a process ended, negative for a signal, or None while it runs."""
    if child.pid is None:
        return None
    pid, status = os.waitpid(child.pid, os.WNOHANG)
    if pid == 0:
        return None
    child.pid = None
    return os.waitstatus_to_exitcode(status)
