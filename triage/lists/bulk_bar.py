"""The bar of a list with which one acts on many, printed once for all who may do the same."""

from functools import lru_cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from teams.models import User
from triage.lists.queues import PRACTICE, Queue
from triage.services.bulk.preparing import RIGHTS


def print_bulk_bar(user: User, queue: Queue) -> str:
    """Return the bar; nothing for whom may act on nothing of the list."""
    if queue is PRACTICE:
        return ""
    acts = tuple(act for act, right in RIGHTS.items() if user.rights.may_somewhere(right))
    return _print(acts, get_language() or "") if acts else ""


@lru_cache(maxsize=64)
def _print(acts: tuple[str, ...], language: str) -> str:
    """Print it. ``language`` only tells entries of the cache apart: it is the one that is active."""
    shown = [(act.value, act.label) for act in RIGHTS if act in acts]
    return render_to_string("triage/_bulk_bar.html", {"acts": shown, "url": reverse("triage:bulk_runs")})
