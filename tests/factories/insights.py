"""What the dashboards read, and what departments wrote down."""

import factory
from factory.django import DjangoModelFactory

from insights.models import HourlyCount, Takeaway, Timing
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConversationFactory


class HourlyCountFactory(DjangoModelFactory[HourlyCount]):
    class Meta:
        model = HourlyCount

    hour = NOON
    measure = HourlyCount.Measure.HEARD
    channel_id = 1
    n = 1


class TimingFactory(DjangoModelFactory[Timing]):
    class Meta:
        model = Timing

    conversation_id = factory.Sequence(lambda n: n + 1)
    channel_id = 1
    opened_at = NOON
    stage = "new"


class TakeawayFactory(DjangoModelFactory[Takeaway]):
    class Meta:
        model = Takeaway

    conversation = factory.SubFactory(ConversationFactory)
    department = factory.SubFactory(DepartmentFactory)
    author = factory.SubFactory(UserFactory)
    kind = Takeaway.Kind.IDEA
    text = "Draw a map."
    at = NOON
