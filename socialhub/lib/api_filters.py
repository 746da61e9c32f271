"""How the API narrows lists."""

import django_filters


class Filters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter comes without types
    """The filters of one list; a value that cannot be used is 400 and named."""
