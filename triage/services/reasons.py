"""The reason that somebody gives for what they do, as the record keeps it."""

from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid

MAX_REASON = 500


def needed(reason: str, *, otherwise: str, field: str = "reason") -> str:
    """Return a reason without what surrounds it; ``otherwise`` is said where there is none.

    :raises Invalid: there is none, or it is too long.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid(otherwise, field=field)
    check_length(reason, field=field)
    return reason


def check_length(reason: str, *, field: str = "reason") -> None:
    """Refuse a reason that is too long.

    :raises Invalid: it is.
    """
    if len(reason) > MAX_REASON:
        raise Invalid(_("The reason is longer than %(most)d characters.") % {"most": MAX_REASON}, field=field)
