"""What concerns a department is dated by its conversation, however both come about at once."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from tests.factories.teams import NOON, DepartmentFactory
from tests.factories.triage import ConversationFactory
from tests.support.race import SECONDS, race, until_somebody_waits
from triage.models import Concern, Conversation

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=1)


def test_a_concern_written_while_a_message_comes_in_has_the_moment_of_that_message():
    conversation, department = ConversationFactory(last_inbound_at=NOON), DepartmentFactory()
    heard = threading.Event()

    def hear() -> None:
        with transaction.atomic():
            Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=LATER)
            heard.set()
            until_somebody_waits()

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
            until_somebody_waits()

    def hear() -> None:
        assert written.wait(SECONDS)
        Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=LATER)

    assert race(concern, hear) == [None, None]
    assert list(Concern.objects.values_list("last_inbound_at", flat=True)) == [LATER]
