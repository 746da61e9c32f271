"""Redis for what may be lost: who looks where, and that something changed."""

from functools import cache

from django.conf import settings
from redis import Redis


@cache
def redis_client() -> Redis:
    """Return the client of this process, which shares its connections out to threads and waits a second at most."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
