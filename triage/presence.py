"""Who looks at a conversation right now, and who writes: kept in Redis for a minute, and nowhere else."""

import time
from collections.abc import Iterable

import structlog
from redis.client import Pipeline
from redis.exceptions import RedisError

from socialhub.lib.redis_client import redis_client

log = structlog.get_logger(__name__)

# A page says every 25 seconds that it is looked at, and every 6 that somebody writes.
HERE_SECONDS, WRITING_SECONDS = 60, 12
# Tabs of one conversation; more of them would be a mistake, or mischief.
MOST_TABS = 500

# People by what they do: True writes.
People = dict[int, bool]


def be_here(*, conversation_id: int, user_id: int, tab: str, is_writing: bool = False) -> tuple[People, People]:
    """Note that a person looks at a conversation in a tab, and perhaps writes; return who was here, and who is now.

    Whoever says nothing more is forgotten. Without Redis nobody seems to be here.
    """
    return _change(conversation_id, {f"{user_id}:{tab}": HERE_SECONDS}, is_writing=is_writing)


def leave(*, conversation_id: int, user_id: int, tab: str) -> tuple[People, People]:
    """Note that a tab shows something else now; return who was here, and who is now."""
    return _change(conversation_id, {f"{user_id}:{tab}": 0}, is_writing=False)


def _change(conversation_id: int, tabs: dict[str, int], *, is_writing: bool) -> tuple[People, People]:
    here, writing = f"live:here:{conversation_id}", f"live:writing:{conversation_id}"
    now = time.time()
    try:
        with redis_client().pipeline() as pipeline:
            _look(pipeline, here, writing, now)
            for tab, seconds in tabs.items():
                if not seconds:
                    pipeline.zrem(here, tab)
                    pipeline.zrem(writing, tab)
                    continue
                pipeline.zadd(here, {tab: now + seconds})
                pipeline.expire(here, HERE_SECONDS)
                pipeline.zremrangebyrank(here, 0, -MOST_TABS - 1)
                if is_writing:
                    pipeline.zadd(writing, {tab: now + WRITING_SECONDS})
                    pipeline.expire(writing, WRITING_SECONDS)
            _look(pipeline, here, writing, now)
            answers = pipeline.execute()
    except RedisError as error:
        log.warning("presence not known", error=str(error))
        return {}, {}
    return _people(*answers[:2]), _people(*answers[-2:])


def _look(pipeline: Pipeline, here: str, writing: str, now: float) -> None:
    pipeline.zrangebyscore(here, now, "+inf")
    pipeline.zrangebyscore(writing, now, "+inf")


def _people(here: Iterable[bytes], writing: Iterable[bytes]) -> People:
    writers = {int(tab.partition(b":")[0]) for tab in writing}
    return {pk: pk in writers for pk in sorted({int(tab.partition(b":")[0]) for tab in here} | writers)}
