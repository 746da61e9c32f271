"""Background work of this app: looking at channels."""

from celery import shared_task
from django.utils import timezone

from listening.services import coverage, fetching, heard_hours, pictures, spikes
from socialhub.lib.queue import wake


@shared_task(name="listening.fetch_due_channels")
def fetch_due_channels() -> None:
    """Start a look at every channel that is due."""
    for channel_id in fetching.due_channel_ids(at=timezone.now()):
        wake("listening.fetch_channel", channel_id=channel_id)


@shared_task(name="listening.fetch_channel")
def fetch_channel(*, channel_id: int) -> None:
    """Look at one channel. Harmless to run twice."""
    fetching.fetch_channel(channel_id=channel_id, at=timezone.now())


@shared_task(name="listening.keep_picture")
def keep_picture(*, picture_id: int) -> None:
    """Keep a copy of one picture. Harmless to run twice."""
    pictures.keep(picture_id=picture_id, at=timezone.now())


@shared_task(name="listening.sweep_pictures")
def sweep_pictures() -> None:
    """Find pictures that wait to be fetched."""
    pictures.sweep(at=timezone.now())


@shared_task(name="listening.tell_of_deaf_channels")
def tell_of_deaf_channels() -> None:
    """Tell who looks after a channel that it is not heard. Harmless to run twice."""
    coverage.tell_of_deaf_channels(at=timezone.now())


@shared_task(name="listening.watch_for_spikes")
def watch_for_spikes() -> None:
    """Count what was heard, and note where it is much more than usual. Harmless to run twice."""
    at = timezone.now()
    heard_hours.count_heard(at=at)
    spikes.watch_for_spikes(at=at)
