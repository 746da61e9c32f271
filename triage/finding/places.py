"""Places in what was found, as text for an address: where the next page goes on."""

import base64
import binascii
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid
from socialhub.lib.keyset import LONGEST_CURSOR, MAX_ID


@dataclass(frozen=True, slots=True)
class Newest:
    """After what stands at ``moment`` in a source, under ``pk``; of the same moment the sources come in their order."""

    moment: datetime
    source: int
    pk: int


@dataclass(frozen=True, slots=True)
class Best:
    """After the conversation of this score, as scores were at ``moment``."""

    moment: datetime
    score: float
    pk: int


Place = Newest | Best


def write_place(place: Place) -> str:
    """Return the place as text."""
    between = place.source if isinstance(place, Newest) else place.score
    said = ["n" if isinstance(place, Newest) else "b", place.moment.isoformat(), between, place.pk]
    return base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")


def read_place(text: str) -> Place:
    """Return the place that ``write_place`` wrote.

    :raises Invalid: nobody here wrote this.
    """
    problem = Invalid(_("This page does not exist. Go back to the beginning of the list."), field="cursor")
    if len(text) > LONGEST_CURSOR:
        raise problem
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        kind, moment, between, pk = json.loads(packed)
        at = datetime.fromisoformat(moment)
        if type(pk) is not int or not 0 < pk <= MAX_ID or at.tzinfo is None:
            raise problem
        if kind == "n" and type(between) is int and 0 <= between <= MAX_ID:
            return Newest(at.astimezone(UTC), between, pk)
        if kind == "b" and isinstance(between, float) and math.isfinite(between):
            return Best(at.astimezone(UTC), between, pk)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise problem from error
    raise problem
