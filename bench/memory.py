"""What the whole product takes while nobody uses it."""

import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from socialhub.local.running import product

SETTLED_AFTER = 20

SUMMARY = "memory of everything that `up` starts, idle, by proportional share"


def measure() -> list[Figure]:
    """Start the product with the demonstration company, let it come to rest, and add up its processes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with product(Path(folder)) as running:
            # The demonstration's first notifications, rollups and caches belong to the working set.
            time.sleep(SETTLED_AFTER)
            sizes = {pid: _proportional(pid) for pid in _family(running.process.pid)}
    return [
        Figure("processes", len(sizes)),
        Figure("largest process", max(sizes.values()) / 1024, "MB"),
        Figure("all of them", sum(sizes.values()) / 1024, "MB", 350),
    ]


def _family(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(process.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def _proportional(pid: int) -> int:
    """Return the proportional set size in kilobytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
