"""What each process of the product runs: pages, live updates, background work, listening for news, the clock."""

import logging
import signal
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn
from celery.bin import beat, celery, worker  # noqa: F401 - found here by forked processes, not loaded by each
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

from listening import news
from socialhub.asgi import application
from socialhub.celery import app

WORKER = ["worker", "--without-mingle", "--without-gossip", "--loglevel", "warning"]
# In memory: every entry is a sweep, so nothing is lost when the clock forgets when it last rang.
BEAT = ["beat", "--scheduler", "celery.beat.Scheduler", "--loglevel", "warning"]


def preload() -> None:
    """Import every page and task, and read the inbox's templates, so that processes forked from here share them."""
    get_resolver().url_patterns  # noqa: B018 - the first look imports the views
    app.loader.import_default_modules()
    # Otherwise the first who opens a conversation in each process would wait for a hundred of them.
    for path in sorted((settings.BASE_DIR / "templates" / "triage").glob("*.html")):
        get_template(f"triage/{path.name}")


def serve_pages(sockets: Sequence[socket.socket]) -> None:
    """Answer pages, API and live updates on listening sockets until told to stop."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        # A browser that listens for live updates never hangs up by itself.
        timeout_graceful_shutdown=2,
        proxy_headers=False,  # Django and allauth read them themselves, as far as the settings trust them
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    uvicorn.Server(config).run(sockets=list(sockets))


def work(*options: str) -> None:
    """Do background work until told to stop."""
    app.start([*WORKER, *options])


def ring() -> None:
    """Wake what the schedule names until told to stop."""
    app.start(BEAT)


def listen() -> None:
    """Wait for networks that tell at once when there is news, until told to stop."""
    # Threads that wait on networks end with the process: they hold nothing.
    signal.signal(signal.SIGTERM, _leave)
    news.listen()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
