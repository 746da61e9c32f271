"""A process that the supervisor starts: how it is forked, and how it dies with its parent."""

import ctypes
import gc
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from socialhub.local.unprivileged import Runner

PR_SET_PDEATHSIG = 1
CHANGED_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE)


@dataclass
class Child:
    """One process and how to treat it; ``main`` runs in it, and its return ends it."""

    name: str
    main: Callable[[], None]
    stop_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL
    grace: float = 5
    restart_after: float = 1
    pid: int | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=5))
    due_at: float | None = None

    def start(self, *, log: Path | None, close: Callable[[], None]) -> None:
        """Fork; the child writes to ``log`` (or where its parent writes) and calls ``close`` first.

        The caller must have no other thread and no open connection: both would be
        shared, and neither survives that.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        supervisor = os.getpid()
        self.due_at = None
        self.pid = os.fork()
        if self.pid == 0:
            self._run(supervisor, log, close)

    def _run(self, supervisor: int, log: Path | None, close: Callable[[], None]) -> NoReturn:
        code = 1
        try:
            _settle(supervisor, log)
            close()
            self.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # noqa: BLE001 - the last frame of a process: whatever it was goes to the log
            traceback.print_exc()
        finally:
            # Not sys.exit: the handlers that the parent registered are the parent's.
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)


def _settle(supervisor: int, log: Path | None) -> None:
    die_with(supervisor, signal.SIGKILL)
    # Out of the terminal's reach: Ctrl-C is for the supervisor, which then stops the others in order.
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in CHANGED_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if log:
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(written, 1)
        os.dup2(written, 2)
        os.close(written)
    gc.enable()


def die_with(parent: int, death_signal: signal.Signals) -> None:
    """Let the kernel end this process when ``parent`` is gone, even by ``kill -9``.

    A change of user undoes this, so it is asked for again after one.
    """
    if sys.platform == "linux":
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal)):
            raise OSError(ctypes.get_errno(), "prctl")
    elif not any(thread.name == "parent" for thread in threading.enumerate()):
        threading.Thread(target=_end_without, args=(parent,), name="parent", daemon=True).start()
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(1)
    os._exit(1)


def exec_program(
    command: list[str],
    *,
    environment: Mapping[str, str],
    death_signal: signal.Signals,
    runner: Runner | None = None,
) -> NoReturn:
    """Become ``command``, as ``runner`` if there is one."""
    supervisor = os.getppid()
    os.chdir("/")
    if runner:
        runner.become()
    die_with(supervisor, death_signal)
    os.execve(command[0], command, dict(environment))  # noqa: S606 - no shell is wanted
