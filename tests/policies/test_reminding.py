from datetime import timedelta

import pytest

from policies.models import Reminder
from policies.services import reminding
from teams.models import Notification, User
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def newcomer(in_force) -> User:
    user = MembershipFactory(user__wants_email=False).user
    for person in User.objects.exclude(pk=user.pk):
        AttestationFactory(user=person, version=in_force)
    return user


def told() -> list[tuple[int, str, str]]:
    return list(Notification.objects.filter(medium="page").order_by("pk").values_list("user", "kind", "path"))


def test_who_has_not_attested_is_reminded_once_a_day(newcomer):
    for at, count in ((NOON, 1), (NOON + timedelta(hours=11), 0), (NOON + DAY, 1)):
        assert reminding.remind(at=at) == count

    assert told() == [(newcomer.pk, "policy_attest", "/policy/")] * 2
    assert Reminder.objects.count() == 2


def test_nobody_is_reminded_in_the_night(newcomer):
    assert reminding.remind(at=NOON.replace(hour=7, minute=59)) == 0
    assert reminding.remind(at=NOON.replace(hour=8)) == 1


def test_who_has_attested_is_not_reminded(in_force, newcomer):
    AttestationFactory(user=newcomer, version=in_force)

    assert reminding.remind(at=NOON) == 0
    assert told() == []


def test_who_has_no_role_or_has_left_is_not_reminded(in_force):
    UserFactory()
    AppointmentFactory(user__is_active=False)
    AttestationFactory(user=in_force.published_by, version=in_force)

    assert reminding.remind(at=NOON) == 0
    assert told() == []


def test_without_a_policy_nobody_is_reminded(company, reader):
    assert reminding.remind(at=NOON) == 0
