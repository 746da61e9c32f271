"""What is wrong with what somebody wrote, and where."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from socialhub.lib.errors import Invalid
from socialhub.lib.moments import grouped
from triage.finding.vocabulary import CALLED_ELSEWHERE, VOCABULARY, Field


class NotUnderstood(Invalid):
    """A part of what is sought cannot be used: that from ``start`` to before ``end``; ``nearest`` may be meant."""

    code = "not_understood"

    def __init__(self, message: str, *, start: int, end: int, nearest: str = "") -> None:
        super().__init__(message, field="q")
        self.start = start
        self.end = end
        self.nearest = nearest


def too_long(most: int, length: int) -> NotUnderstood:
    """Return that the text is too long."""
    return NotUnderstood(
        _("A search has at most %(most)s characters; this one has %(count)s.")
        % {"most": grouped(most), "count": grouped(length)},
        start=most,
        end=length,
    )


def too_many(most: int, start: int, end: int) -> NotUnderstood:
    """Return that more is asked than anybody wants to know."""
    return NotUnderstood(
        ngettext("A search has at most %(most)d word.", "A search has at most %(most)d words.", most) % {"most": most},
        start=start,
        end=end,
    )


def unknown_field(name: str, start: int, end: int) -> NotUnderstood:
    """Return that there is no such field, with the nearest that there is."""
    nearest = CALLED_ELSEWHERE.get(name.lower()) or _nearest(name.lower(), VOCABULARY)
    if nearest:
        message = _("There is no field “%(name)s”. Did you mean “%(nearest)s”?")
    else:
        message = _("There is no field “%(name)s”. To look for it as a text, put it in quotes.")
    return NotUnderstood(message % {"name": name[:40], "nearest": nearest}, start=start, end=end, nearest=nearest)


def without_value(field: Field, start: int, end: int) -> NotUnderstood:
    """Return that nothing stands behind the colon."""
    return NotUnderstood(
        _("Say what “%(name)s:” is to be, for example %(example)s.") % {"name": field.name, "example": field.example},
        start=start,
        end=end,
    )


def unknown_choice(field: Field, given: str, start: int, end: int) -> NotUnderstood:
    """Return that the field has no such value, with the nearest that it has."""
    known = [*field.options, *field.named]
    nearest = _nearest(given.lower(), known)
    if nearest:
        message = _("“%(name)s:” cannot be “%(given)s”. Did you mean “%(nearest)s”?")
    else:
        message = _("“%(name)s:” cannot be “%(given)s”. It can be %(known)s.")
    said = {"name": field.name, "given": given[:40], "nearest": nearest, "known": ", ".join(known)}
    return NotUnderstood(message % said, start=start, end=end, nearest=nearest)


def no_number(field: Field, given: str, start: int, end: int) -> NotUnderstood:
    """Return that the field wants a number."""
    return NotUnderstood(
        _("“%(given)s” is no number from %(low)s to %(high)s. Write for example %(example)s.")
        % {"given": given[:40], "low": f"{field.lowest:g}", "high": f"{field.highest:,.0f}", "example": field.example},
        start=start,
        end=end,
    )


def no_day(given: str, start: int, end: int) -> NotUnderstood:
    """Return that the field wants a day."""
    return NotUnderstood(
        _("“%(given)s” is no day. Write 2026-01-31, today, yesterday, or a time like 7d or 12h.")
        % {"given": given[:40]},
        start=start,
        end=end,
    )


def no_language(given: str, start: int, end: int) -> NotUnderstood:
    """Return that the field wants the code of a language."""
    return NotUnderstood(
        _("“%(given)s” is no code of a language. Write for example de, en or none.") % {"given": given[:40]},
        start=start,
        end=end,
    )


def _nearest(given: str, known: Iterable[str]) -> str:
    found = get_close_matches(given[:40], list(known), n=1)
    return found[0] if found else ""
