"""Tell open pages that something changed; they fetch what they may see."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from redis.exceptions import RedisError

from socialhub.lib.redis_client import redis_client

log = structlog.get_logger(__name__)


def topic() -> str:
    """Return where is spoken. Redis tells subscribers of every database the same, so the database is in the name."""
    return f"live:{redis_client().get_connection_kwargs().get('db') or 0}"


def recorded() -> None:
    """Say, once the transaction has committed, that there is something new in the record.

    It only saves time: the live process looks into the record anyway.
    """
    _publish({"recorded": True})


def rights_changed() -> None:
    """Say, once the transaction has committed, that somebody may see more or less than before."""
    _publish({"rights": True})


def policy_changed() -> None:
    """Say, once the transaction has committed, that another version of the policy is in force."""
    _publish({"policy": True})


def here_changed(conversation_id: int, departments: Iterable[int], user_ids: Iterable[int]) -> None:
    """Say to those who look at a conversation that others came, went, or write."""
    _publish({"here": conversation_id, "departments": sorted(set(departments)), "people": sorted(set(user_ids))})


def conversation_changed(conversation_id: int, departments: Iterable[int]) -> None:
    """Say, once the transaction has committed, that a conversation changed in a way that is in no record.

    ``departments`` are those whom it concerns: the live process shows the message
    only to their members and to people who see everything.
    """
    _publish({"conversation": conversation_id, "departments": sorted(set(departments))})


def practice_changed(conversation_id: int, learner_id: int) -> None:
    """Say, once the transaction has committed, that what one person practises on changed."""
    _publish({"practice": conversation_id, "learner": learner_id})


def inbox_changed() -> None:
    """Say, once the transaction has committed, that many conversations changed."""
    _publish({"inbox": True})


def sending_changed(department_id: int | None) -> None:
    """Say, once the transaction has committed, that sending was stopped or resumed; None is not of one department."""
    _publish({"sending": True, "department": department_id})


def incidents_changed() -> None:
    """Say, once the transaction has committed, that an incident was declared, changed or ended."""
    _publish({"incidents": True})


def people_told(user_ids: Iterable[int]) -> None:
    """Say, once the transaction has committed, that these people have something new at their bell."""
    _publish({"people": sorted(set(user_ids))})


def _publish(message: dict[str, Any]) -> None:
    transaction.on_commit(partial(_send, json.dumps(message)), robust=True)


def _send(message: str) -> None:
    try:
        redis_client().publish(topic(), message)
    except RedisError as error:
        # A page that was not told is only late: it refetches when it reconnects.
        log.warning("live message lost", error=str(error))
