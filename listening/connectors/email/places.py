"""How far a folder was read, and what is new since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from imap_tools import BaseMailBox

from listening.connectors.email.account import Account

# A connection may break by chance; at the same mail again and again it is the mail.
MOST_BREAKS = 5
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class Place:
    """How far a folder was read: what a channel's cursor says.

    A new ``validity`` means that the server numbers its mails anew: then reading
    begins again, and what is heard a second time is known by its id. Of what lay
    there when it began, up to the number ``lay_there``, only what came from the day
    ``since`` on is read; what somebody puts there later is new, however old it is.
    """

    folder: str
    validity: int
    uid: int = 0
    since: str = ""
    lay_there: int = 0
    broke_at: int = 0
    breaks: int = 0

    def passed(self, uid: int) -> None:
        """Note that a mail is dealt with."""
        self.uid, self.broke_at, self.breaks = uid, 0, 0

    def broke(self, uid: int) -> bool:
        """Note that reading broke at a mail; return whether it did so too often."""
        self.breaks = self.breaks + 1 if self.broke_at == uid else 1
        self.broke_at = uid
        return self.breaks >= MOST_BREAKS


def find_place(mailbox: BaseMailBox, account: Account, cursor: Mapping[str, object], at: datetime) -> Place:
    """Open the folder and return how far it was read."""
    mailbox.folder.set(account.folder, readonly=True)
    validity = _told(mailbox, "UIDVALIDITY")
    is_same = cursor.get("folder") == account.folder
    if is_same and cursor.get("validity") == validity:
        numbers = (_number(cursor, name) for name in ("lay_there", "broke_at", "breaks"))
        return Place(account.folder, validity, _number(cursor, "uid"), str(cursor.get("since", "")), *numbers)
    lay_there = _told(mailbox, "UIDNEXT") - 1
    if lay_there < 0:
        lay_there = max(_find(mailbox, "ALL"), default=0)
    days = account.first_look_days
    since = "" if days is None else (at - timedelta(days=days)).date().isoformat()
    return Place(
        account.folder, validity, since=str(cursor.get("since", "")) if is_same else since, lay_there=lay_there
    )


def new_uids(mailbox: BaseMailBox, place: Place) -> list[int]:
    """Return the numbers of the mails that are still to be read, in order."""
    early: set[int] = set()
    last = place.uid
    if place.since and place.uid < place.lay_there:
        day = date.fromisoformat(place.since)
        since = f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        early = _find(mailbox, f"UID {place.uid + 1}:{place.lay_there} SINCE {since}")
        last = place.lay_there
    # Asked for what comes after the last mail, a server names the last one again.
    late = {uid for uid in _find(mailbox, f"UID {last + 1}:*") if uid > last}
    return sorted(early | late)


def _find(mailbox: BaseMailBox, criteria: str) -> set[int]:
    return {int(uid) for uid in mailbox.uids(criteria, charset=None)}


def _told(mailbox: BaseMailBox, name: str) -> int:
    """Return a number that the server told when it opened the folder; 0 if it did not."""
    _name, told = mailbox.client.response(name)
    return int(told[0]) if told and told[0] else 0


def _number(cursor: Mapping[str, object], name: str) -> int:
    value = cursor.get(name)
    return value if isinstance(value, int) else 0
