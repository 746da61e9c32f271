"""Where this installation keeps its data and its sockets."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent


def data_dir() -> Path:
    """Return the folder of this installation's data."""
    return Path(os.environ.get("SOCIALHUB_DATA") or PROJECT / ".data").resolve()


def run_dir() -> Path:
    """Return the folder of the sockets."""
    return data_dir() / "run"


def database_url() -> str:
    """Return the address of the bundled PostgreSQL."""
    return f"postgresql://socialhub@/socialhub?host={run_dir()}"


def redis_url() -> str:
    """Return the address of the bundled Valkey."""
    return f"unix://{run_dir()}/valkey.sock?db=0"
