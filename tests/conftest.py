from collections.abc import Iterator

import pytest
from django.core.cache import cache

from policies.models import PolicyVersion
from teams.services import hours, organisation
from tests.factories.policies import PolicyVersionFactory
from triage import names
from triage.showing import stops


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    organisation.forget()
    hours.forget()
    names.forget()
    stops.forget()
    cache.clear()
    yield
    organisation.forget()
    hours.forget()
    names.forget()
    stops.forget()


@pytest.fixture
def policy(db: None) -> PolicyVersion:
    return PolicyVersionFactory.published()
