from collections.abc import Iterator

import pytest
from django.core.cache import cache

from teams.services import organisation


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    organisation.forget()
    cache.clear()
    yield
    organisation.forget()
