"""The way back from a page of the draft."""

from django.urls import reverse
from django.utils.translation import gettext as _

Crumb = dict[str, str]


def draft_trail(here: str, *under: Crumb) -> list[Crumb]:
    """Return the crumbs of a page of the draft that is called ``here``; ``under`` are the pages between."""
    return [
        {"label": _("Policy"), "url": reverse("policies:in_force")},
        {"label": _("Draft"), "url": reverse("policies:draft")},
        *under,
        {"label": here},
    ]
