"""What the page of a channel says about its webhook."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from listening.connectors.webhook import KIND, never_run_live
from listening.models import Channel, WebhookCall
from listening.services.webhooks import secrets_of
from listening.webhooks.mapping import NEVER_RUN_LIVE

register = template.Library()

MOST_CALLS = 10


@register.inclusion_tag("listening/_webhook.html", takes_context=True)
def webhook(context: dict[str, Any], channel: Channel, can_manage: bool) -> dict[str, Any]:
    """Show where a webhook is called, which secrets it takes, and what came last; nothing for other kinds."""
    if channel.kind != KIND:
        return {}
    options = channel.options
    secrets = secrets_of(channel)
    return {
        "channel": channel,
        "can_manage": can_manage,
        # Whoever may not change the channel has nothing to enter anywhere.
        "endpoint": settings.SITE_URL + reverse("webhooks:call", args=[options["endpoint"]])
        if can_manage and options.get("endpoint")
        else "",
        "caution": never_run_live() if options.get("mapping") in NEVER_RUN_LIVE else "",
        "has_secret": bool(secrets),
        "has_former_secret": len(secrets) > 1,
        "calls": list(WebhookCall.objects.filter(channel=channel).order_by("-pk").defer("body")[:MOST_CALLS]),
        "csrf_token": context.get("csrf_token"),
    }
