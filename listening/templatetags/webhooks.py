"""What the page of a channel says about its webhook."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from listening.connectors.webhook import KIND, mapping_choices, never_run_live, scheme_choices
from listening.models import Channel, WebhookCall
from listening.services.webhooks import secrets_of
from listening.webhooks.mapping import NEVER_RUN_LIVE

register = template.Library()

MOST_CALLS = 10


@register.inclusion_tag("listening/_webhook.html", takes_context=True)
def webhook(context: dict[str, Any], channel: Channel, can_manage: bool) -> dict[str, Any]:
    """Show where a webhook is called, how it is signed, and what came last; nothing for other kinds."""
    if channel.kind != KIND:
        return {}
    options = channel.options
    mapping = options.get("mapping", "")
    secrets = secrets_of(channel)
    return {
        "channel": channel,
        "can_manage": can_manage,
        # Whoever may not change the channel has nothing to enter anywhere.
        "endpoint": settings.SITE_URL + reverse("webhooks:call", args=[options["endpoint"]])
        if can_manage and options.get("endpoint")
        else "",
        "scheme": dict(scheme_choices()).get(options.get("scheme", ""), _("unknown")),
        "mapping": dict(mapping_choices()).get(mapping, _("unknown")),
        "caution": never_run_live() if mapping in NEVER_RUN_LIVE else "",
        "has_secret": bool(secrets),
        "has_former_secret": len(secrets) > 1,
        "calls": WebhookCall.objects.filter(channel=channel).order_by("-pk").defer("body")[:MOST_CALLS],
        "csrf_token": context.get("csrf_token"),
    }
