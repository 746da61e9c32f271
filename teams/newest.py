"""Pages of rows whose ids rise with time, newest first."""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from socialhub.lib.keyset import MAX_ID

Row = TypeVar("Row", bound=Model)


def read_newest(rows: QuerySet[Row], *, size: int, after: str) -> tuple[Sequence[Row], str]:
    """Return up to ``size`` rows with ids below ``after``, and where the next page begins, if there is one.

    :raises Http404: ``after`` is no id.
    """
    if after:
        if not after.isascii() or not after.isdigit() or len(after) > len(str(MAX_ID)) or int(after) > MAX_ID:
            raise Http404
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: size + 1])
    if len(found) <= size:
        return found, ""
    return found[:size], f"?after={found[size - 1].pk}"
