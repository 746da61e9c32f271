"""Feeds that were built to hurt: what one costs, and whether other channels go on."""

import resource
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.figures import Figure
from listening.models import Channel, Mention
from listening.services import fetching

SUMMARY = "hostile feeds: CPU and memory of one, and other channels meanwhile"

DEPTH = 200_000
MEGABYTE = 1024 * 1024
BOMB = 2 * 1024 * MEGABYTE
GOOD_LOOKS = 10

_HEAD = b'<?xml version="1.0"?>%s<rss version="2.0"><channel><title>%s</title>'
_ITEM = b"<item><guid>%s</guid><title>Number %s</title><description>%s</description></item>"
_END = b"</channel></rss>"


def _feed(description: bytes, *, doctype: bytes = b"", name: bytes = b"1") -> bytes:
    return _HEAD % (doctype, b"Feed") + _ITEM % (name, name, description) + _END


def _laughs(*, depth: int, width: int) -> bytes:
    """Return entities of entities: ``width`` to the power of ``depth`` laughs."""
    told = [b'<!ENTITY l0 "lol">']
    told += [b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * width) for n in range(1, depth + 1)]
    return _feed(b"&l%d;" % depth, doctype=b"<!DOCTYPE rss [%s]>" % b"".join(told))


HOSTILE = {
    "nested tags": _feed(b"<div>" * DEPTH),
    "nested tags in text": _feed(b"<![CDATA[" + b"<div>" * DEPTH + b"]]>"),
    "nested items": _HEAD % (b"", b"Feed") + b"<item>" * DEPTH + _END,
    "entities of entities": _laughs(depth=12, width=10),
    "one long entity, often": _feed(b"&a;" * 100_000, doctype=b'<!DOCTYPE rss [<!ENTITY a "%s">]>' % (b"a" * 100_000)),
}


class _Handler(BaseHTTPRequestHandler):
    looks = 0

    def do_GET(self) -> None:
        name = self.path.strip("/").replace("%20", " ")
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        if name == "gzip bomb":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for part in self._parts(name):
            try:
                self.wfile.write(part)
            except OSError:
                return

    def _parts(self, name: str) -> Iterator[bytes]:
        if name == "good":
            _Handler.looks += 1
            number = b"%d" % _Handler.looks
            yield _feed(b"All is well.", name=number)
        elif name == "gzip bomb":
            yield from _bomb()
        elif name == "one byte a second":
            for byte in _feed(b"Slowly. " * 1_000):
                yield bytes([byte])
                time.sleep(1)
        else:
            yield HOSTILE[name]

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _bomb() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(_feed(b"")[:-30])
    zeros = bytes(MEGABYTE)
    for _ in range(BOMB // MEGABYTE):
        yield packer.compress(zeros)
    yield packer.flush()


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def measure() -> list[Figure]:
    """Fetch each alone for its price, then all at once beside a good feed."""
    settings.ALLOWED_INTERNAL_HOSTS = ["127.0.0.1"]
    names = [*HOSTILE, "gzip bomb", "one byte a second"]
    figures = []
    with _server() as address:
        now = timezone.now()
        channels = {
            name: Channel.objects.create(
                name=name, kind="feed", options={"url": f"{address}/{name}".replace(" ", "%20")}, created_at=now
            )
            for name in [*names, "good"]
        }
        own = _own_memory()
        for name in names:
            cpu, wall = _price(channels[name], now)
            figures.append(Figure(f"{name}: CPU of the child", cpu, "s", 10))
            figures.append(Figure(f"{name}: until given up or read", wall, "s", 25))
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        heard, slowest = _beside(channels, names, now + timedelta(days=1))
    return [
        *figures,
        Figure("memory of the largest child", child, "MB", 300),
        Figure("memory that the worker took besides", _own_memory() - own, "MB", 300),
        Figure("looks at the good feed meanwhile", heard, "", GOOD_LOOKS, "exactly"),
        Figure("slowest of them", slowest, "s"),
    ]


def _price(channel: Channel, at: datetime) -> tuple[float, float]:
    before, started = _children_cpu(), time.perf_counter()
    _look(channel, at)
    return _children_cpu() - before, time.perf_counter() - started


def _beside(channels: dict[str, Channel], names: list[str], at: datetime) -> tuple[int, float]:
    """Return how many looks at the good feed brought what is new, and how long the slowest took."""

    def hurt(channel: Channel) -> None:
        _look(channel, at)
        connection.close()

    threads = [threading.Thread(target=hurt, args=[channels[name]]) for name in names]
    for thread in threads:
        thread.start()
    slowest = 0.0
    for number in range(GOOD_LOOKS):
        started = time.perf_counter()
        _look(channels["good"], at + timedelta(minutes=number))
        slowest = max(slowest, time.perf_counter() - started)
    for thread in threads:
        thread.join()
    return Mention.objects.filter(channel=channels["good"]).count(), slowest


def _look(channel: Channel, at: datetime) -> None:
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=at)
    fetching.fetch_channel(channel_id=channel.pk, at=at)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _own_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
