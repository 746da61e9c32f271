"""The browser of the browser tests: find one, or install one where that is possible."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from socialhub.local.problems import LocalProblem

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_PROGRAMS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_chromium() -> str | None:
    """Return the browser that ``CHROMIUM`` names, or else one of this machine, or None.

    :raises LocalProblem: ``CHROMIUM`` names something that cannot be run.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if shutil.which(chosen) is None:
            raise LocalProblem(f"CHROMIUM names {chosen}, which cannot be run: correct it, or unset it.")
        return chosen
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in MAC_PROGRAMS if os.access(path, os.X_OK)), None) or _of_playwright()


def install_chromium() -> str | None:
    """Install a browser and return it, or None when this machine does not allow it."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # The system's package brings its libraries along, which a bare machine lacks.
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        if not _run(["apt-get", "update", "-qq"], quiet):
            _run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"], quiet)
    else:
        _run([sys.executable, "-m", "playwright", "install", "chromium"], {})
    return find_chromium()


def _of_playwright() -> str | None:
    caches = (os.environ.get("PLAYWRIGHT_BROWSERS_PATH"), "~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
    programs = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
    for cache in caches:
        for program in programs if cache else ():
            for path in sorted(Path(str(cache)).expanduser().glob(f"chromium-*/{program}"), reverse=True):
                if os.access(path, os.X_OK):
                    return str(path)
    return None


def _run(command: list[str], variables: dict[str, str]) -> int:
    try:
        return subprocess.run(command, env=os.environ | variables, check=False).returncode  # noqa: S603 - fixed words
    except OSError:
        return 1
