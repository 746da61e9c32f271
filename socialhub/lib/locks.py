"""The register of advisory locks: one number per thing of which only one may run."""

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """Every advisory lock of the product, so that no two share a number."""

    INTAKE = 7001
    ROLL_UP = 7002
    COMPACT_QUEUE_COUNTS = 7003
    PUBLISH_POLICY = 7004
    REMIND_TO_ATTEST = 7007
    SET_UP = 7005
    STORE = 7006
    JOIN_PEOPLE = 7009
    CHANGE_TEAM = 7010
    WRITE_DOWN = 7020
    SENDING = 7030
    INCIDENTS = 7033
    COUNT_SAVED_VIEWS = 7031
    COMPACT_RULE_COUNTS = 7040
    COUNT_HEARD = 7050
    WATCH_FOR_SPIKES = 7051
    PRACTISE = 7060
    ERASE = 7070
    TELL = 7080


def take(lock: Lock, part: int = 0) -> None:
    """Wait for ``lock`` (of ``part``, for example one channel) and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, part])


def share(lock: Lock) -> None:
    """Wait until nobody has taken ``lock`` alone, and let nobody take it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [lock, 0])


def take_if_free(lock: Lock, part: int = 0) -> bool:
    """Hold ``lock`` until the transaction ends, or return False at once when another has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [lock, part])
        row = cursor.fetchone()
    return bool(row[0])
