from datetime import timedelta

import pytest

from policies.models import PolicyVersion
from policies.services import attesting, binding, clauses, drafting, publishing
from teams.models import User
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def first() -> PolicyVersion:
    return PolicyVersionFactory.published(number=1)


@pytest.fixture
def reader(first) -> User:
    user = UserFactory()
    AttestationFactory(user=user, version=first)
    return user


def replace(*, at, substantial: bool, grace_days: int = 0) -> PolicyVersion:
    editor = UserFactory()
    draft = drafting.start_draft(editor=editor, at=at)
    PolicyVersion.objects.filter(pk=draft.pk).update(grace_days=grace_days)
    clause = draft.clauses.first()
    clauses.change_clause(
        clause_id=clause.pk,
        version_id=draft.pk,
        title=clause.title,
        body=f"{clause.body} Always.",
        seen=clauses.fingerprint_of_clause(clause),
        is_substantial=substantial,
    )
    return publishing.publish_version(version_id=draft.pk, publisher=editor, at=at, reason="It cannot wait.")


def may(user: User, version: PolicyVersion, at) -> bool:
    return binding.may_act_under(user, version_id=version.pk, at=at)


def test_who_has_attested_may_act(first, reader):
    assert may(reader, first, NOON)
    assert not may(UserFactory(), first, NOON)


def test_other_words_bind_nobody_anew(first, reader):
    second = replace(at=NOON + DAY, substantial=False)
    third = replace(at=NOON + 2 * DAY, substantial=False)

    assert may(reader, second, NOON + DAY)
    assert may(reader, third, NOON + 2 * DAY)
    assert third.binds_from == NOON
    assert not may(UserFactory(), third, NOON + 2 * DAY)


def test_what_changes_in_substance_is_attested_anew(first, reader):
    second = replace(at=NOON + DAY, substantial=True)
    assert not may(reader, second, NOON + DAY)

    third = replace(at=NOON + 2 * DAY, substantial=False)
    assert not may(reader, third, NOON + 2 * DAY)

    attesting.attest(user=reader, version_id=third.pk, at=NOON + 2 * DAY)
    assert may(reader, third, NOON + 2 * DAY)


def test_within_the_grace_people_go_on(first, reader):
    second = replace(at=NOON + DAY, substantial=True, grace_days=7)
    end = NOON + 8 * DAY

    assert second.grace_until == end
    assert may(reader, second, end - timedelta(microseconds=1))
    assert not may(reader, second, end)
    assert not may(UserFactory(), second, NOON + DAY)


def test_other_words_neither_lengthen_nor_end_a_grace(first, reader):
    replace(at=NOON + DAY, substantial=True, grace_days=7)

    third = replace(at=NOON + 2 * DAY, substantial=False, grace_days=0)

    assert may(reader, third, NOON + 8 * DAY - timedelta(seconds=1))
    assert not may(reader, third, NOON + 8 * DAY)


def test_who_is_within_one_grace_is_within_the_next(first, reader):
    replace(at=NOON + DAY, substantial=True, grace_days=7)

    third = replace(at=NOON + 2 * DAY, substantial=True, grace_days=3)

    assert may(reader, third, NOON + 5 * DAY - timedelta(seconds=1))
    assert not may(reader, third, NOON + 5 * DAY)


def test_a_grace_that_is_over_is_not_lengthened(first, reader):
    replace(at=NOON + DAY, substantial=True, grace_days=7)

    third = replace(at=NOON + 9 * DAY, substantial=True, grace_days=7)

    assert not may(reader, third, NOON + 9 * DAY)


def test_a_version_without_a_grace_binds_at_once(first, reader):
    replace(at=NOON + DAY, substantial=True, grace_days=7)

    third = replace(at=NOON + 2 * DAY, substantial=True, grace_days=0)

    assert not may(reader, third, NOON + 2 * DAY)


def test_nobody_acts_under_a_draft(first, reader):
    draft = drafting.start_draft(editor=reader, at=NOON + DAY)
    AttestationFactory(user=reader, version=draft)

    assert not may(reader, draft, NOON + DAY)
