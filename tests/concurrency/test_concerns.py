"""What concerns a department is dated by its conversation, however both come about at once."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.factories.teams import NOON, DepartmentFactory
from tests.factories.triage import ConversationFactory
from tests.support.race import SECONDS, race
from triage.models import Concern, Conversation

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=1)


def await_a_waiter() -> None:
    """Go on when somebody in this database waits for a lock."""
    end = time.monotonic() + SECONDS / 2
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database())"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def test_a_concern_written_while_a_message_comes_in_has_the_moment_of_that_message():
    conversation, department = ConversationFactory(last_inbound_at=NOON), DepartmentFactory()
    heard = threading.Event()

    def hear() -> None:
        with transaction.atomic():
            Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=LATER)
            heard.set()
            await_a_waiter()

    def concern() -> None:
        assert heard.wait(SECONDS)
        Concern.objects.create(conversation=conversation, department=department, because=Concern.Because.ASKED)

    assert race(hear, concern) == [None, None]
    assert list(Concern.objects.values_list("last_inbound_at", flat=True)) == [LATER]


def test_a_message_that_comes_in_while_a_concern_is_written_dates_it():
    conversation, department = ConversationFactory(last_inbound_at=NOON), DepartmentFactory()
    written = threading.Event()

    def concern() -> None:
        with transaction.atomic():
            Concern.objects.create(conversation=conversation, department=department, because=Concern.Because.ASKED)
            written.set()
            await_a_waiter()

    def hear() -> None:
        assert written.wait(SECONDS)
        Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=LATER)

    assert race(concern, hear) == [None, None]
    assert list(Concern.objects.values_list("last_inbound_at", flat=True)) == [LATER]
