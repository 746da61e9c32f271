"""What people choose about pages: kept with them, read with them, so that it costs no question of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from teams.models import User

Change = Callable[[Mapping[str, Any]], dict[str, Any]]


def choose(*, user_id: int, page: str, change: Change) -> None:
    """Keep what somebody chose about a page: what ``change`` makes of what was kept. Of two at once none is lost."""
    with transaction.atomic():
        # Whoever opens their account at the same time writes other columns.
        user = User.objects.select_for_update(of=("self",)).only("pk", "choices").get(pk=user_id)
        kept = user.choices.get(page)
        user.choices = {**user.choices, page: change(kept if isinstance(kept, dict) else {})}
        user.save(update_fields=["choices"])
