"""The connector of channels that other programs call: each has an address of its own, and what it accepts is signed."""

import secrets
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext

from listening.connectors.base import PermanentFailure, SettingField
from listening.connectors.one_way import HearsOnly, IsHandedOver
from listening.webhooks.mapping import NEVER_RUN_LIVE
from listening.webhooks.signatures import STANDARD_PREFIX, standard_key
from socialhub.lib.told import told as _

KIND: Final = "webhook"
# Fewer could be guessed by trying.
SHORTEST_SECRET: Final = 16


class WebhookConnector(HearsOnly, IsHandedOver):
    """Listens to whoever knows the address and one of the secrets; nothing is looked for and nobody answered there."""

    kind = KIND
    no_way_out = _("This channel is called by another program, so nothing can be sent through it.")

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Webhook")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext(
            "Other programs hand over what they hear: Zapier, n8n, Make, Devvit, monitoring tools, your own. "
            "The mappings for Meta, X and YouTube were never run against the live services."
        )

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (
            SettingField(
                "mapping",
                gettext("What it is sent"),
                gettext("The documentation of webhooks describes Socialhub’s own shape, for everything else."),
                choices=mapping_choices(),
            ),
            SettingField(
                "scheme",
                gettext("How the sender signs"),
                gettext("A call without a right signature is refused."),
                choices=scheme_choices(),
            ),
            SettingField(
                "secret",
                gettext("Secret"),
                gettext(
                    "The one that the sender gives you: for Meta the app’s secret, for X the consumer secret, for "
                    "Slack the signing secret. Leave it empty to have one made afterwards, on the page of the channel."
                ),
                is_secret=True,
                is_required=False,
            ),
            SettingField(
                "verify_token",
                gettext("Verify token"),
                gettext("Only for Meta: a word of your choice that you enter there, too."),
                is_secret=True,
                is_required=False,
            ),
        )

    def new_options(self) -> Mapping[str, object]:
        """Return the address of a new channel, which nobody can guess."""
        return {"endpoint": secrets.token_urlsafe(24)}

    def check(self, settings: Mapping[str, object]) -> str:
        """Say what the channel waits for.

        :raises PermanentFailure: its secret cannot be used.
        """
        secret = str(settings.get("secret") or "")
        told = gettext("The page of the channel has its address. Nothing is accepted before there is a secret.")
        if secret:
            require_usable(secret, scheme=str(settings.get("scheme", "")))
            told = gettext("The page of the channel has its address. What is signed with the secret is accepted.")
        if settings.get("mapping") in NEVER_RUN_LIVE:
            told += " " + never_run_live()
        return told


def require_usable(secret: str, *, scheme: str) -> None:
    """Accept a secret that can be used with a scheme.

    :raises PermanentFailure: it is too short, or not written as the scheme has it.
    """
    if len(secret) < SHORTEST_SECRET or not secret.isprintable():
        raise PermanentFailure(
            _("A secret has at least %(count)d characters and no line breaks.") % {"count": SHORTEST_SECRET}
        )
    if scheme != "standard":
        return
    try:
        is_long_enough = len(standard_key(secret)) >= SHORTEST_SECRET
    except ValueError:
        is_long_enough = False
    if not is_long_enough:
        raise PermanentFailure(
            _("A secret of Standard Webhooks is “%(prefix)s” and at least %(count)d bytes in base64.")
            % {"prefix": STANDARD_PREFIX, "count": SHORTEST_SECRET}
        )


def mapping_choices() -> tuple[tuple[str, str], ...]:
    """Return what a channel can be sent, in words."""
    return (
        ("socialhub", gettext("Socialhub’s own JSON shape")),
        ("meta", gettext("Meta: comments and mentions on Facebook and Instagram (never run live)")),
        ("x", gettext("X Activity: posts and deletions (never run live)")),
        ("youtube", gettext("YouTube: comments that another program passes on (never run live)")),
    )


def scheme_choices() -> tuple[tuple[str, str], ...]:
    """Return the ways in which senders sign, in words."""
    return (
        ("standard", gettext("Standard Webhooks (also Svix)")),
        ("hub", gettext("GitHub and Meta: X-Hub-Signature-256")),
        ("slack", gettext("Slack")),
        ("x", gettext("X")),
    )


def never_run_live() -> str:
    """Say how little is known of the mappings that were built from recordings."""
    return gettext(
        "This mapping was built from documentation and recorded answers. It was never run against the live service."
    )
