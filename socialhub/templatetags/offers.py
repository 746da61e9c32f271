"""What messages carry beside their text."""

from django.contrib.messages.storage.base import Message
from django.template import Library

from triage.showing.undo_offers import Offer, read_offer

register = Library()


@register.filter
def offer(message: Message) -> Offer | None:
    """Return the way back from what a message tells; None where there is none."""
    return read_offer(message.extra_tags or "")
