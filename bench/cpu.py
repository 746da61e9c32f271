"""What the application and the database server use of the processor; Linux tells."""

import time
from pathlib import Path

from django.db import connection

TICKS_A_SECOND = 100
# Of a process: its own time in user and kernel mode, and that of its children that have ended.
OWN, ENDED = slice(11, 13), slice(13, 15)


def application_seconds() -> float:
    """Return the seconds of CPU that this process has used until now."""
    return time.process_time()


def database_seconds() -> float:
    """Return the seconds of CPU that the database server has used until now, for all who use it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    parent = _stat(backend)[1]
    ticks = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            fields = _stat(process.name)
        except OSError:
            continue
        if process.name == parent:
            ticks += sum(map(int, fields[OWN] + fields[ENDED]))
        elif fields[1] == parent:
            ticks += sum(map(int, fields[OWN]))
    return ticks / TICKS_A_SECOND


def _stat(process: int | str) -> list[str]:
    """Return the fields of a process behind its name, which may itself hold spaces."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
