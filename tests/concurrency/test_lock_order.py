import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from listening.services import ingest
from teams.models import Notification
from teams.services import notifications
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.support.hearing import hear, said
from tests.support.race import SECONDS, race, until_somebody_waits
from triage.models import Conversation
from triage.services.arriving import intake

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(hours=1)


def test_what_was_told_is_read_in_one_order():
    reader = UserFactory(wants_email=False)
    told = {
        "user": reader,
        "kind": Notification.Kind.QUEUE,
        "medium": Notification.Medium.PAGE,
        "state": Notification.State.SENT,
        "path": "/inbox/",
        "created_at": NOON,
        "not_before_at": NOON,
    }
    of_events = {pk: Notification.objects.create(event_id=pk, **told).pk for pk in reversed(range(1, 11))}
    has_begun = threading.Event()

    def by_index() -> None:
        # As where there are many: in the order of the events, or as they lie.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")

    def hold() -> None:
        with transaction.atomic():
            Notification.objects.filter(pk=of_events[5]).update(error="")
            has_begun.set()
            until_somebody_waits(2)

    def read() -> int:
        assert has_begun.wait(SECONDS)
        with transaction.atomic():
            by_index()
            return notifications.mark_read(user=reader, at=LATER)

    def act() -> None:
        assert has_begun.wait(SECONDS)
        with transaction.atomic():
            by_index()
            notifications.mark_done(event_ids=list(of_events), at=LATER)

    outcomes = race(hold, read, act)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert set(Notification.objects.values_list("read_at", flat=True)) == {LATER}


def test_intake_joins_and_an_act_on_many_lock_in_one_order():
    PolicyVersionFactory.published()
    channel = ChannelFactory()
    first, second = hear(channel, said("1"), said("2", minute=1))
    # Heard in the other order than they were opened.
    ingest.store_items(channel=channel, items=[said("b", answers="2", minute=2)], at=LATER)
    ingest.store_items(channel=channel, items=[said("a", answers="1", minute=3)], at=LATER)

    has_begun = threading.Event()

    def act() -> None:
        with transaction.atomic():
            list(Conversation.objects.select_for_update(no_key=True).filter(pk=first.pk))
            has_begun.set()
            until_somebody_waits()
            list(Conversation.objects.select_for_update(no_key=True).filter(pk=second.pk))

    def take_in() -> int:
        assert has_begun.wait(SECONDS)
        return intake.take_in_mentions(at=LATER)

    assert race(act, take_in) == [None, 2]
