"""Deadlines that somebody was told of."""

from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory
from triage.models import Escalation
from triage.states import DueFor


class EscalationFactory(DjangoModelFactory[Escalation]):
    """A rule was asked about the time to decide, and did not apply."""

    class Meta:
        model = Escalation

    conversation = factory.SubFactory(ConversationFactory)
    step = DueFor.DECIDE
    deadline_at = NOON
    rule_key = factory.LazyFunction(uuid4)
    at = NOON
