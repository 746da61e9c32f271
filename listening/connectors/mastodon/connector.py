"""An account on a server that speaks the Mastodon API: Mastodon, GoToSocial, snac, Takahe and their like."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.translation import gettext

from listening.connectors.attachments import AttachmentLimits
from listening.connectors.base import (
    ConnectorFailed,
    Counted,
    FetchResult,
    OutgoingChange,
    OutgoingReply,
    PermanentFailure,
    SentReply,
    SettingField,
    TemporaryFailure,
)
from listening.connectors.mastodon import attaching, changing, sending, streaming
from listening.connectors.mastodon.calls import Server, server_of
from listening.connectors.mastodon.instance import DEFAULT_LIMIT, DEFAULT_URL_LENGTH, instance_of, our_account
from listening.connectors.mastodon.looking import Look, is_there
from listening.connectors.mastodon.reading import Status, address_of, mark_of, word
from listening.connectors.mastodon.walk import PAGE_SIZE, Walk
from socialhub.lib.moments import grouped
from socialhub.lib.told import told as _

NOTIFICATIONS = "/api/v1/notifications"
MENTIONS = {"types[]": "mention"}
# No server tells a mentioned account that a post was edited or taken back.
LOOK_BACK_AFTER = timedelta(minutes=5)
# Each costs a request.
MOST_DOUBTS = 10


class MastodonConnector:
    """Hears what mentions an account, what it says itself and what streams search for; answers as that account.

    ``settings`` holds ``server`` and ``token``.
    """

    kind = "mastodon"
    can_reply = True
    can_search = True
    text_limit: int | None = DEFAULT_LIMIT
    poll_seconds: int | None = 60

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Mastodon account")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext(
            "Hear who mentions your account on Mastodon, GoToSocial, snac or another server of the fediverse,"
            " and answer there."
        )

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (
            SettingField(
                "server",
                gettext("Address of the server"),
                gettext("Such as mastodon.social. The address of your account there will do."),
            ),
            SettingField(
                "token",
                gettext("Access token"),
                gettext(
                    "Made on the server: Preferences, Development, New application, with the rights “read”,"
                    " “write:statuses” and “write:media”."
                ),
                is_secret=True,
            ),
        )

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear one page of mentions; when there are none, what else is listened to.

        :raises ConnectorFailed: something cannot be had, so the same is asked again next time.
        """
        server = _server(settings)
        kept = _kept(server, cursor)
        look = Look(server, at, kept, our_id=word(kept, "me"))
        walk, found, again = look.step(Walk.of(kept.get("mentions")), NOTIFICATIONS, MENTIONS)
        kept["mentions"] = walk.to_keep()
        mentions = _mentions(found)
        look.hear(mentions)
        if found or again:
            kept["recent"] = [*_marked(reversed(mentions)), *kept.get("recent", [])][:PAGE_SIZE]
            # At once, so that nobody waits for the rest who was mentioned.
            return look.result(has_more=True)
        again = _hear_own(look)
        again = look.search((), settings) or again
        looked_back_at = _moment(kept.get("looked_back_at"))
        if looked_back_at is None or at - looked_back_at >= LOOK_BACK_AFTER:
            _look_back(look)
        return look.result(has_more=again)

    def count_text(self, settings: Mapping[str, object], cursor: Mapping[str, object], text: str) -> Counted:
        """Count as the server does: every address has one length, and of a handle the server is free."""
        limit, url_length = cursor.get("text_limit"), cursor.get("url_length")
        return Counted(
            sending.length_of(text, url_length=url_length if isinstance(url_length, int) else DEFAULT_URL_LENGTH),
            limit if isinstance(limit, int) else DEFAULT_LIMIT,
        )

    def attachment_limits(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> AttachmentLimits:
        """Return what the server said that it takes."""
        return attaching.kept(cursor.get("attachments"))

    def preface(self, in_reply_to_raw: Mapping[str, object]) -> str:
        """Return the warning and the name that count as part of an answer."""
        return sending.preface(in_reply_to_raw)

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Answer as the account, to no more people than what is answered.

        :raises ConnectorFailed: as the protocol says.
        """
        return sending.send(_server(settings), reply)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Refuse: servers forget keys, some at once. ``look_for`` is asked instead.

        :raises PermanentFailure: always.
        """
        raise PermanentFailure(_("The network does not remember which answer this was."))

    def look_for(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply | None:
        """Return our answer to the same post with the same words, if there is one.

        :raises ConnectorFailed: the server cannot be asked.
        """
        return sending.find_reply(_server(settings), reply)

    def edit(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Let an answer say something else.

        :raises ConnectorFailed: as the protocol says.
        """
        changing.edit(_server(settings), change)

    def is_edited(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the answer says it already.

        :raises ConnectorFailed: the server cannot be asked.
        """
        return changing.is_edited(_server(settings), change)

    def remove(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Delete an answer.

        :raises ConnectorFailed: as the protocol says.
        """
        changing.remove(_server(settings), change)

    def is_removed(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the answer is gone.

        :raises ConnectorFailed: the server cannot be asked.
        """
        return changing.is_removed(_server(settings), change)

    def why_no_edit(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Return nothing: servers that do not know how say so when they are asked."""
        return ""

    def why_no_removal(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Say so where the server is snac, which lets no application delete."""
        if cursor.get("forgets"):
            return gettext("This server is snac, which lets no application delete posts. Delete it on its own pages.")
        return ""

    def wait_for_news(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, seconds: float) -> bool:
        """Wait for a mention on the server's stream of events.

        :raises ConnectorFailed: the server has no such stream, or it broke.
        """
        return streaming.wait(_server(settings), cursor, seconds=seconds)

    def check(self, settings: Mapping[str, object]) -> str:
        """Say who we are there and how long an answer may be.

        :raises ConnectorFailed: the server or the token is not usable.
        """
        server = _server(settings)
        account = our_account(server)
        server.get(NOTIFICATIONS, {**MENTIONS, "limit": "1"})
        instance = instance_of(server)
        return gettext("Signed in to %(server)s as %(account)s; an answer may have %(limit)s characters.") % {
            "server": instance.title,
            "account": f"@{account.handle}",
            "limit": grouped(instance.text_limit),
        }


def _server(settings: Mapping[str, object]) -> Server:
    return server_of(settings.get("server"), settings.get("token"))


def _kept(server: Server, cursor: Mapping[str, object]) -> dict[str, Any]:
    """Return what was kept about this account; what was kept about another says nothing about it."""
    # Tells one token from another, and is far too short to tell which.
    mark = hashlib.sha256(server.token.encode()).hexdigest()[:8]
    kept: dict[str, Any] = dict(cursor) if cursor.get("server") == server.address else {}
    if kept.get("mark") == mark and kept.get("me"):
        return kept
    account = our_account(server)
    if kept.get("me") != account.id:
        kept = {}
    kept |= {"server": server.address, "mark": mark, "me": account.id, "streaming": ""}
    try:
        instance = instance_of(server)
    except TemporaryFailure:
        raise
    except ConnectorFailed:
        return kept
    return kept | {
        "streaming": instance.streaming,
        "text_limit": instance.text_limit,
        "url_length": instance.url_length,
        "attachments": attaching.to_keep(instance.attachments),
        # It keeps 64 notifications, so after a long silence nobody can say that nothing is missing.
        "forgets": instance.is_snac,
    }


def _mentions(notifications: list[Mapping[str, Any]]) -> list[Status]:
    """Return the posts that mention us; servers send other kinds too, and nothing for a post that was deleted."""
    return [
        status
        for notification in notifications
        if notification.get("type") == "mention" and isinstance(status := notification.get("status"), dict)
    ]


def _hear_own(look: Look) -> bool:
    """Hear what the account said itself, so that answers from the network's own application are known."""
    path = f"/api/v1/accounts/{quote(look.our_id, safe='')}/statuses"
    walk, found, again = look.step(Walk.of(look.kept.get("own")), path, {"exclude_reblogs": "true"})
    look.kept["own"] = walk.to_keep()
    look.hear(status for status in found if not isinstance(status.get("reblog"), dict))
    return again


def _look_back(look: Look) -> None:
    """Look at the newest mentions again: one that says something else was edited, one that is missing may be gone."""
    kept = look.kept
    known = _remembered(kept.get("recent"))
    page = look.get(NOTIFICATIONS, {**MENTIONS, "limit": str(PAGE_SIZE)}).entries
    statuses = _mentions(page)
    marks = {address: mark for _number, address, mark in known}
    look.hear(status for status in statuses if marks.get(address_of(status)) not in {None, mark_of(status)})
    there = {address_of(status) for status in statuses}
    # Those after the last one that is still there may only have been pushed off the page.
    last = max((place for place, (_number, address, _mark) in enumerate(known) if address in there), default=-1)
    stretch = known if len(page) < PAGE_SIZE else known[: last + 1]
    doubts = {address: number for number, address, _mark in stretch if address not in there}
    doubts = {**{address: number for number, address, _mark in _remembered(kept.get("doubts"))}, **doubts}
    asked = dict(list(doubts.items())[:MOST_DOUBTS])
    look.gone += [address for address, number in asked.items() if not is_there(look, number)]
    kept["doubts"] = [[number, address, 0] for address, number in doubts.items() if address not in asked]
    kept["recent"] = _marked(statuses)
    kept["looked_back_at"] = look.at.isoformat()


def _marked(statuses: Iterable[Status]) -> list[list[object]]:
    return [[word(status, "id"), address_of(status), mark_of(status)] for status in statuses]


def _remembered(value: object) -> list[tuple[str, str, int]]:
    return [(number, address, mark) for number, address, mark in value] if isinstance(value, list) else []


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
