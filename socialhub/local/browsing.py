"""How Chromium is started, everywhere the same."""

import contextlib
import os
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from socialhub.local.chromium import find_chromium
from socialhub.local.problems import LocalProblem

# Nothing is looked up in the background: a machine may have no way out.
OPTIONS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Open a headless Chromium until the block ends.

    :raises LocalProblem: there is none on this machine.
    """
    program = find_chromium()
    if program is None:
        raise LocalProblem("There is no Chromium: install it or set CHROMIUM to its program.")
    # Chromium refuses its sandbox to root.
    options = [*OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else list(OPTIONS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, headless=True, args=options)
        try:
            yield opened
        finally:
            opened.close()
