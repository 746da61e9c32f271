"""The accounts that a name means."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from listening.models import Profile
from socialhub.lib.stemming import PLAIN, name_words, of_names


def profiles_named(name: str) -> QuerySet[Profile]:
    """Return the accounts that have these words in their name or handle, one after the other."""
    wanted = SearchQuery(name_words(name), config=PLAIN, search_type="phrase")
    return Profile.objects.alias(words=of_names("name", "handle")).filter(words=wanted)
