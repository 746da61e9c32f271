"""A cache that may be away: pages are slower without it, and are there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def _not_reached(error: RedisError) -> None:
    log.warning("cache not reached", error=str(error))


def _or(without: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def forgiving(ask: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(ask)
        def asked(*arguments: Any, **named: Any) -> Any:
            try:
                return ask(*arguments, **named)
            except RedisError as error:
                _not_reached(error)
                return without

        return asked

    return forgiving


class ForgivingCache(RedisCache):
    """Redis as a cache: while it cannot be reached it keeps nothing, and whoever asks first for something has it.

    What is to be deleted is not forgiven: a session that has ended would live on in it.
    """

    add = _or(True)(RedisCache.add)
    set = _or(None)(RedisCache.set)
    touch = _or(False)(RedisCache.touch)
    has_key = _or(False)(RedisCache.has_key)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return what is kept, or the default."""
        try:
            return super().get(key, default, version)
        except RedisError as error:
            _not_reached(error)
            return default
