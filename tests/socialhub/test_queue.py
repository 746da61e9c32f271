from unittest import mock

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from socialhub.lib.queue import wake, wake_last

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("trouble", [OperationalError("no broker"), ValueError("a mistake of ours")])
def test_a_lost_wake_up_is_nobodys_error(trouble):
    with mock.patch("celery.Celery.send_task", side_effect=trouble) as send_task, transaction.atomic():
        wake("listening.fetch_channel", channel_id=7)
        send_task.assert_not_called()

    send_task.assert_called_once_with("listening.fetch_channel", kwargs={"channel_id": 7}, retry=False)


def test_nobody_is_woken_for_what_was_taken_back():
    with mock.patch("celery.Celery.send_task") as send_task, transaction.atomic():
        wake("listening.fetch_channel", channel_id=7)
        transaction.set_rollback(True)

    send_task.assert_not_called()


def test_what_can_wait_lets_everything_else_go_first_and_is_dropped_when_it_is_late():
    with mock.patch("celery.Celery.send_task") as send_task, transaction.atomic():
        wake_last("listening.fetch_channel", channel_id=7)
        send_task.assert_not_called()

    send_task.assert_called_once_with(
        "listening.fetch_channel", kwargs={"channel_id": 7}, retry=False, priority=9, expires=60
    )
