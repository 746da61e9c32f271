"""Versions of the policy."""

import uuid
from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from policies.models import (
    Attestation,
    Clause,
    Comment,
    Incident,
    PolicyVersion,
    Question,
    Review,
    Rule,
    Target,
    Waiver,
    WordList,
)
from teams.models import User
from tests.factories.teams import NOON, UserFactory

# Minutes to decide, claim and answer at each priority.
TARGETS = {1: (15, 15, 60), 2: (60, 60, 240), 3: (240, 240, 1440), 4: (1440, 1440, 2880)}


class PolicyVersionFactory(DjangoModelFactory[PolicyVersion]):
    class Meta:
        model = PolicyVersion

    # Above every number that a test names.
    number = factory.Sequence(lambda n: n + 1001)
    title = "How we answer in public"
    created_at = NOON

    @classmethod
    def published(cls, **kwargs: Any) -> PolicyVersion:
        """Return a version in force, with two clauses, a rule and targets."""
        publisher = kwargs.pop("published_by", None) or UserFactory()
        in_force_from = kwargs.pop("in_force_from", NOON)
        version = cls(**kwargs)
        first = ClauseFactory(version=version, number=1, title="Answer outages first", body="People sit in the dark.")
        ClauseFactory(version=version, number=2, title="Be kind", body="Thank people.")
        RuleFactory(clause=first)
        for priority in TARGETS:
            TargetFactory(version=version, priority=priority)
        version.state = PolicyVersion.State.IN_FORCE
        version.in_force_from = version.binds_from = in_force_from
        version.published_by = publisher
        version.save(update_fields=["state", "in_force_from", "binds_from", "published_by"])
        return version


class ClauseFactory(DjangoModelFactory[Clause]):
    class Meta:
        model = Clause

    version = factory.SubFactory(PolicyVersionFactory)
    number = 1
    label = factory.LazyAttribute(lambda clause: str(clause.number))
    title = "Be kind"
    body = "Thank people."


class RuleFactory(DjangoModelFactory[Rule]):
    class Meta:
        model = Rule

    clause = factory.SubFactory(ClauseFactory)
    position = 1
    name = "Outage"
    condition = factory.LazyFunction(lambda: {"words": ["outage"]})
    outcome = factory.LazyFunction(lambda: {"priority": 1})


class TargetFactory(DjangoModelFactory[Target]):
    class Meta:
        model = Target

    version = factory.SubFactory(PolicyVersionFactory)
    priority = 3
    decide_minutes = factory.LazyAttribute(lambda target: TARGETS[target.priority][0])
    claim_minutes = factory.LazyAttribute(lambda target: TARGETS[target.priority][1])
    answer_minutes = factory.LazyAttribute(lambda target: TARGETS[target.priority][2])


class AttestationFactory(DjangoModelFactory[Attestation]):
    class Meta:
        model = Attestation

    user = factory.SubFactory(UserFactory)
    version = factory.SubFactory(PolicyVersionFactory)
    at = NOON


def everybody_attests() -> None:
    """Let all who are there have attested the version in force."""
    version = PolicyVersion.objects.in_force().get()
    for person in User.objects.exclude(attestations__version=version):
        AttestationFactory(user=person, version=version)


class ReviewFactory(DjangoModelFactory[Review]):
    class Meta:
        model = Review

    version = factory.SubFactory(PolicyVersionFactory)
    reviewer = factory.SubFactory(UserFactory)


class CommentFactory(DjangoModelFactory[Comment]):
    class Meta:
        model = Comment

    version = factory.SubFactory(PolicyVersionFactory)
    clause_key = factory.LazyFunction(uuid.uuid4)
    author = factory.SubFactory(UserFactory)
    body = "Why?"
    written_at = NOON


class IncidentFactory(DjangoModelFactory[Incident]):
    """An open incident; of one that is ``ended`` somebody said so."""

    class Meta:
        model = Incident

    class Params:
        ended = factory.Trait(ended_by=factory.SubFactory(UserFactory), ended_at=NOON)

    name = factory.Sequence(lambda n: f"Incident {n}")
    level = 1
    condition = factory.LazyFunction(lambda: {"words": ["outage"]})
    declared_by = factory.SubFactory(UserFactory)
    declared_at = NOON


class WordListFactory(DjangoModelFactory[WordList]):
    class Meta:
        model = WordList

    version = factory.SubFactory(PolicyVersionFactory)
    slug = factory.Sequence(lambda n: f"list-{n}")
    name = factory.LazyAttribute(lambda found: found.slug.capitalize())
    words = factory.LazyFunction(lambda: ["guarantee", "always free"])


class QuestionFactory(DjangoModelFactory[Question]):
    class Meta:
        model = Question

    clause = factory.SubFactory(ClauseFactory)
    position = 1
    text = "What comes first?"
    answers = factory.LazyFunction(lambda: ["Outages", "Praise"])
    right = 0


class WaiverFactory(DjangoModelFactory[Waiver]):
    class Meta:
        model = Waiver

    clause_key = factory.LazyFunction(uuid.uuid4)
    clause_name = "1 Be kind"
    person = factory.SubFactory(UserFactory)
    reason = "They are new."
    granted_by = factory.SubFactory(UserFactory)
    granted_at = NOON
    until = NOON + timedelta(days=7)
