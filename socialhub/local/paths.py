"""Where the data of this machine lies, and the addresses of the servers in it."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

from socialhub.local.problems import LocalProblem
from socialhub.local.unprivileged import everybody_may_enter

PROJECT = Path(__file__).resolve().parent.parent.parent
# A socket address holds 108 bytes on Linux and 104 on macOS; the longest name in it is ".s.PGSQL.5432".
LONGEST_RUN_DIR = 85


def data_dir() -> Path:
    """Return the folder of everything that is kept; ``SOCIALHUB_DATA`` moves it."""
    chosen = os.environ.get("SOCIALHUB_DATA")
    return Path(chosen).expanduser().absolute() if chosen else PROJECT / ".data"


def servers_dir(data: Path) -> Path:
    """Return the folder of PostgreSQL's files for ``data``.

    As root it can be another one: PostgreSQL does not run as root, and the
    ordinary user it runs as cannot pass a private folder above the data.
    """
    # The data folder itself is ours to open up; those above it are not.
    if os.geteuid() != 0 or (data / "postgres").exists() or everybody_may_enter(data.parent):
        return data
    return Path("/var/lib/socialhub") / _short_name(data)


def run_dir(data: Path | None = None) -> Path:
    """Return the folder of the sockets, which only its owner may enter."""
    data = data or data_dir()
    run = servers_dir(data) / "run"
    if len(os.fsencode(run)) <= LONGEST_RUN_DIR:
        return run
    return Path(tempfile.gettempdir()) / f"socialhub-{os.geteuid()}-{_short_name(data)}"


def make_run_dir(run: Path, *, owner: int) -> None:
    """Make the folder of the sockets and give it to ``owner``.

    :raises LocalProblem: somebody else owns a folder of that name.
    """
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = run.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise LocalProblem(f"{run} belongs to somebody else: remove it, or set SOCIALHUB_DATA to a shorter path.")
    run.chmod(0o700)
    if found.st_uid != owner:
        os.chown(run, owner, -1)


def database_url(data: Path | None = None) -> str:
    """Return the address of the PostgreSQL that belongs to ``data``."""
    return f"postgresql://socialhub@/socialhub?host={quote(str(run_dir(data)), safe='')}"


def redis_url(data: Path | None = None) -> str:
    """Return the address of the Valkey that belongs to ``data``."""
    return f"unix://{quote(str(run_dir(data) / 'valkey.sock'))}?db=0"


def _short_name(data: Path) -> str:
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
