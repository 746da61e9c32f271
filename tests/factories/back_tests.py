"""Versions tried on the past."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from triage.models import BackTest
from triage.services.back_tests.tally import new_tally


class BackTestFactory(DjangoModelFactory[BackTest]):
    """A trial that waits to begin; ``done`` is one that found nothing."""

    class Meta:
        model = BackTest

    class Params:
        done = factory.Trait(
            state=BackTest.State.DONE,
            started_at=NOON,
            finished_at=NOON,
            result=factory.LazyFunction(lambda: {**new_tally(), "rules": []}),
        )

    version = factory.SubFactory(PolicyVersionFactory)
    fingerprint = "0123456789abcdef"
    since = NOON - timedelta(days=90)
    until = NOON
    requested_by = factory.SubFactory(UserFactory)
    requested_at = NOON
