"""Tests here talk to servers that others wrote; each module starts its own.

They take minutes and install packages, so they run only where ``SOCIALHUB_SERVERS=1`` asks for them.
"""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless it was asked for."""
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.servers)
        item.add_marker(pytest.mark.enable_socket)
    if os.environ.get("SOCIALHUB_SERVERS") != "1":
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]
