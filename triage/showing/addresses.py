"""Where acts on a conversation go."""

from urllib.parse import urlencode

from django.urls import reverse


def act_url(name: str, *ids: int, slug: str) -> str:
    """Return the address of an act, which remembers the list ``slug`` to come back to."""
    return f"{reverse(f'triage:{name}', args=ids)}?{urlencode({'from': slug})}"
