"""Acts on many conversations."""

import factory
from factory.django import DjangoModelFactory

from tests.factories.teams import NOON, UserFactory
from triage.models import BulkRun


class BulkRunFactory(DjangoModelFactory[BulkRun]):
    """One that is prepared; ``done`` is over, ``queued`` waits to begin."""

    class Meta:
        model = BulkRun

    class Params:
        queued = factory.Trait(state=BulkRun.State.QUEUED, started_at=NOON, moved_at=NOON)
        done = factory.Trait(state=BulkRun.State.DONE, started_at=NOON, moved_at=NOON, finished_at=NOON)

    person = factory.SubFactory(UserFactory)
    act = BulkRun.Act.DECIDE
    prepared_at = NOON
