"""The keys of the pages: one table, and what each person made of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.models import User

PAGE = "keys"


class Group(models.TextChoices):
    """Where keys belong in their list."""

    MOVING = "moving", _("Move")
    DECIDING = "deciding", _("Decide")
    ANSWERING = "answering", pgettext_lazy("verb", "Answer")
    EVERYWHERE = "everywhere", _("Everywhere")


class Shortcut(NamedTuple):
    """A key that can be changed, and what it does."""

    name: str
    key: str
    group: Group
    title: Any


class Fixed(NamedTuple):
    """Keys that stay as they are: browsers, forms and lists know them so."""

    keys: tuple[Any, ...]
    group: Group
    title: Any


TABLE = (
    Shortcut("next", "j", Group.MOVING, _("Next conversation")),
    Shortcut("previous", "k", Group.MOVING, _("Previous conversation")),
    Shortcut("choose", "x", Group.MOVING, _("Choose it for an act on many")),
    Shortcut("choose_next", "J", Group.MOVING, _("Choose it and the next")),
    Shortcut("choose_previous", "K", Group.MOVING, _("Choose it and the previous")),
    Shortcut("decision", "d", Group.DECIDING, _("Go to the decision")),
    Shortcut("no_response", "1", Group.DECIDING, _("Do not respond; then a digit says why")),
    Shortcut("customer_service", "2", Group.DECIDING, _("Respond as customer service")),
    Shortcut("public_response", "3", Group.DECIDING, _("Respond publicly")),
    Shortcut("agree", "y", Group.DECIDING, _("Decide as suggested, or confirm what a rule decided")),
    Shortcut("department", "t", Group.DECIDING, _("Choose the department, or the reason")),
    Shortcut("guide", "g", Group.DECIDING, _("Go to the guide; there each answer has its key, and ⌫ takes one back")),
    Shortcut("claim", "c", Group.ANSWERING, _("Claim")),
    Shortcut("reply", "r", Group.ANSWERING, _("Go to the reply")),
    Shortcut("saved_answer", "s", Group.ANSWERING, _("Put the best saved answer into the reply")),
    Shortcut("withdraw", "u", Group.ANSWERING, _("Take the answer back before it leaves")),
    Shortcut("look", "l", Group.ANSWERING, _("Look at what changed")),
    Shortcut("anyway", "a", Group.ANSWERING, _("Send anyway")),
    Shortcut("undo", "z", Group.EVERYWHERE, _("Undo what you did last")),
    Shortcut("search", "/", Group.EVERYWHERE, _("Search")),
    Shortcut("filter", "f", Group.EVERYWHERE, _("Filter the list")),
    Shortcut("keys", "?", Group.EVERYWHERE, _("This list")),
)
_CTRL, _ENTER = pgettext_lazy("key", "Ctrl"), pgettext_lazy("key", "Enter")
FIXED = (
    Fixed((_ENTER,), Group.MOVING, _("Open the conversation")),
    Fixed(("↑", "↓"), Group.MOVING, _("Move in the list")),
    Fixed(("1", "…", "4"), Group.DECIDING, _("Say why, when a decision departs from the suggestion")),
    Fixed((_CTRL, _ENTER), Group.ANSWERING, _("Send the reply or record the decision")),
    Fixed((_CTRL, "K"), Group.EVERYWHERE, _("Go to anything, do anything")),
    Fixed((pgettext_lazy("key", "Esc"),), Group.EVERYWHERE, _("Close, or leave the field")),
)
BY_NAME: Mapping[str, Shortcut] = {shortcut.name: shortcut for shortcut in TABLE}


class AfterAct(models.TextChoices):
    """What is shown after something was decided, closed or handed on."""

    NEXT = "next", _("The next conversation of the list opens")
    STAY = "stay", _("The conversation stays open")


def is_key(text: str) -> bool:
    """Return whether a text can be a key: one sign that is seen."""
    return len(text) == 1 and text.isprintable() and not text.isspace()


def changed_keys(user: object) -> dict[str, str]:
    """Return the keys that a person changed, by name; none of what nobody knows any more."""
    kept = _of(user).get("changed")
    if not isinstance(kept, dict):
        return {}
    return {name: key for name, key in kept.items() if name in BY_NAME and isinstance(key, str) and is_key(key)}


def keys_of(user: object) -> dict[str, str]:
    """Return each key by name. A key that a person gave away is on its old place no more."""
    changed = changed_keys(user)
    taken = set(changed.values())
    own = {shortcut.name: "" if shortcut.key in taken else shortcut.key for shortcut in TABLE}
    return own | changed


def after_act(user: object) -> AfterAct:
    """Return what the person wants to see after an act."""
    return AfterAct.STAY if _of(user).get("after") == AfterAct.STAY else AfterAct.NEXT


def with_keys(kept: Mapping[str, Any], keys: Mapping[str, str], after: AfterAct) -> dict[str, Any]:
    """Return the choices with these keys; what is as it came is not kept."""
    changed = {name: key for name, key in keys.items() if key != BY_NAME[name].key}
    return {**kept, "changed": changed, "after": after.value}


def _of(user: object) -> Mapping[str, Any]:
    kept = user.choices.get(PAGE) if isinstance(user, User) and isinstance(user.choices, dict) else None
    return kept if isinstance(kept, dict) else {}
