from unittest import mock

import pytest
from django.db import transaction

from listening.tasks import fetch_channel
from socialhub.lib.queue import wake, wake_last

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("trouble", [fetch_channel.OperationalError("no broker"), ValueError("a mistake of ours")])
def test_a_lost_wake_up_is_nobodys_error(trouble):
    with (
        mock.patch("listening.tasks.fetch_channel.apply_async", side_effect=trouble) as apply_async,
        transaction.atomic(),
    ):
        wake(fetch_channel, channel_id=7)
        apply_async.assert_not_called()

    apply_async.assert_called_once_with(kwargs={"channel_id": 7}, retry=False)


def test_nobody_is_woken_for_what_was_taken_back():
    with mock.patch("listening.tasks.fetch_channel.apply_async") as apply_async, transaction.atomic():
        wake(fetch_channel, channel_id=7)
        transaction.set_rollback(True)

    apply_async.assert_not_called()


def test_what_can_wait_lets_everything_else_go_first_and_is_dropped_when_it_is_late():
    with mock.patch("listening.tasks.fetch_channel.apply_async") as apply_async, transaction.atomic():
        wake_last(fetch_channel, channel_id=7)
        apply_async.assert_not_called()

    apply_async.assert_called_once_with(kwargs={"channel_id": 7}, retry=False, priority=9, expires=60)
