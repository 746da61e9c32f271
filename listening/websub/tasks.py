"""Background work of WebSub: keeping subscriptions, and asking hubs."""

from celery import shared_task
from django.utils import timezone

from listening.services import websub


@shared_task(name="listening.keep_web_subscriptions")
def keep_subscriptions() -> None:
    """Have hubs asked for what feeds offer, before a lease ends, and to stop. Harmless to run twice."""
    websub.keep_subscriptions(at=timezone.now())


@shared_task(name="listening.ask_hub")
def ask_hub(*, channel_id: int) -> None:
    """Ask the hub of one channel. Harmless to run twice."""
    websub.ask_hub(channel_id=channel_id, at=timezone.now())
