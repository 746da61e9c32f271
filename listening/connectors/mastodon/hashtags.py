"""Public hashtag timelines of a server of the Mastodon family: no account is needed, and nobody can be answered."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from listening.connectors.base import (
    FetchResult,
    SettingField,
    TemporaryFailure,
)
from listening.connectors.mastodon.calls import Server, server_of
from listening.connectors.mastodon.instance import instance_of
from listening.connectors.mastodon.looking import Look, hashtag, queries_of, tag_path
from listening.connectors.mastodon.walk import PAGE_SIZE
from listening.connectors.one_way import HearsOnly
from socialhub.lib.told import told as _


class MastodonTagsConnector(HearsOnly):
    """Hears what is posted under hashtags, those of ``settings`` and those of the streams that name the channel.

    ``settings`` holds ``server`` and ``hashtags``.
    """

    kind = "mastodon_tags"
    no_way_out = _(
        "Hashtags are heard without an account, so nothing can be sent. Connect a Mastodon account to answer."
    )
    can_search = True
    poll_seconds: int | None = 60

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Hashtags on Mastodon")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext("Hear what is posted under hashtags on a Mastodon server; no account is needed.")

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (
            SettingField(
                "server",
                gettext("Address of the server"),
                gettext("Such as mastodon.social: a large one hears most of what the others say."),
            ),
            SettingField(
                "hashtags",
                gettext("Hashtags"),
                gettext("With spaces or commas between. The hashtags of streams are heard too."),
                is_required=False,
            ),
        )

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear one page of each hashtag whose turn it is.

        :raises ConnectorFailed: none of them can be had.
        """
        server = _server(settings)
        tags = _own_tags(settings)
        if not any(query.startswith("#") for query in queries_of((f"#{tag}" for tag in tags), settings)):
            raise TemporaryFailure(
                _("There is nothing to listen for: the channel has no hashtags, and no stream here has one now.")
            )
        kept: dict[str, Any] = dict(cursor) if cursor.get("server") == server.address else {"server": server.address}
        look = Look(server, at, kept)
        again = look.search(tags, settings)
        return look.result(has_more=again)

    def check(self, settings: Mapping[str, object]) -> str:
        """Look at the hashtags once and say what is there.

        :raises ConnectorFailed: the server does not show them to everybody.
        """
        server = _server(settings)
        tags = _own_tags(settings)
        title = instance_of(server).title
        if not tags:
            return gettext("%(server)s answers. Hashtags come from the streams that name this channel.") % {
                "server": title
            }
        count = len(server.get(tag_path(tags[0]), {"limit": str(PAGE_SIZE)}).entries)
        return ngettext(
            "%(server)s shows %(count)d recent post with #%(tag)s.",
            "%(server)s shows %(count)d recent posts with #%(tag)s.",
            count,
        ) % {"server": title, "count": count, "tag": tags[0]}


def _server(settings: Mapping[str, object]) -> Server:
    return server_of(settings.get("server"))


def _own_tags(settings: Mapping[str, object]) -> list[str]:
    told = settings.get("hashtags")
    words = re.split(r"[\s,;]+", told) if isinstance(told, str) else []
    return list(dict.fromkeys(tag for word in words if (tag := hashtag(word))))
