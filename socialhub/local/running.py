"""Start the whole product beside us, for tests, benches and screenshots, and stop it again."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from socialhub.local import paths
from socialhub.local.problems import LocalProblem


@dataclass(frozen=True, slots=True)
class Running:
    """A product that answers."""

    address: str
    process: "subprocess.Popen[str]"


@contextlib.contextmanager
def product(data: Path, *options: str) -> Iterator[Running]:
    """Run ``manage.py up`` on its own data folder and a free port until the block ends.

    :raises LocalProblem: it did not start, or ended by itself; its output says why.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"SOCIALHUB_DATA": str(data), "DJANGO_SETTINGS_MODULE": "socialhub.settings.development"}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-u", "manage.py", "up", "--port", str(port), *options],
        cwd=paths.PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Running(_address(process), process)
        if process.poll() is not None:
            rest = process.stdout.read() if process.stdout else ""
            raise LocalProblem(f"The product ended by itself, with code {process.returncode}:\n{rest}")
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


def _address(process: "subprocess.Popen[str]") -> str:
    """Read what the product says until it names its address."""
    said = []
    assert process.stdout is not None  # noqa: S101 - asked for above
    for line in process.stdout:
        said.append(line)
        words = [word.rstrip(".,") for word in line.split() if word.startswith("http://")]
        if words:
            return words[0].rstrip("/")
    raise LocalProblem(f"The product did not start:\n{''.join(said)}")
