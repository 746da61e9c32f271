from typing import Any

import pytest

from listening.models import Channel
from policies.models import PolicyVersion
from teams.models import Department, Notification
from teams.sentences import sentence_of
from tests.factories.listening import ChannelFactory
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.support.hearing import hear, said
from triage.history.sentences import read_history
from triage.models import Decision
from triage.services import checking, telling_many
from triage.states import Reason, Stage

pytestmark = pytest.mark.django_db

ORDER = {
    "priority": 2,
    "disposition": "customer_service",
    "department": "care",
    "visibility": "private",
    "decides": True,
}


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care", name="Customer care")


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory()


def in_force(outcome: dict[str, Any]) -> None:
    """Put a version in force whose one rule says something of orders."""
    clause = ClauseFactory(version=PolicyVersionFactory(), may_decide=["customer_service", "no_response"])
    RuleFactory(clause=clause, condition={"words": ["order"]}, outcome=outcome)
    for priority in range(1, 5):
        TargetFactory(version=clause.version, priority=priority)
    PolicyVersion.objects.filter(pk=clause.version_id).update(state="in_force", in_force_from=NOON, binds_from=NOON)


def test_a_rule_gives_to_the_person_whom_it_names(channel, care):
    gina = MembershipFactory(department=care, user__email="gina@example.com", user__wants_email=False).user
    MembershipFactory(department=care, user__wants_email=False)

    in_force({**ORDER, "person": "Gina@example.com"})

    (conversation,) = hear(channel, said("1", "My order"))

    assert (conversation.stage, conversation.offered_to) == (Stage.ASSIGNED, gina)
    assert Decision.objects.get().offered_to == gina
    assert not list(checking.differences())
    row = Notification.objects.get()
    assert (row.user, row.kind, row.conversation_id) == (gina, "given", conversation.pk)
    assert read_history(conversation).lines[0].text.endswith(f"Given to {gina.name}.")


def test_a_person_who_does_not_answer_there_is_given_nothing(channel, care):
    MembershipFactory(user__email="gina@example.com")
    member = MembershipFactory(department=care, user__wants_email=False).user
    in_force({**ORDER, "person": "gina@example.com"})

    (conversation,) = hear(channel, said("1", "My order"))

    assert (conversation.department, conversation.offered_to) == (care, None)
    assert Notification.objects.get().user == member


def test_very_many_at_once_are_told_in_one_line(channel, care, monkeypatch):
    monkeypatch.setattr(telling_many, "MOST_ARRIVALS", 2)
    in_force(ORDER)
    people = [MembershipFactory(department=care).user for _ in range(2)]
    rows = Notification.objects.filter(medium="page").order_by("pk")

    hear(channel, *[said(str(n), "My order", author=f"a{n}") for n in range(5)])

    for person in people:
        assert list(rows.filter(user=person).values_list("path", flat=True)) == ["", "", "/inbox/department-care/"]
    assert Notification.objects.filter(medium="email").count() == 6
    assert sentence_of(rows.first()) == "A conversation came to your department."
    assert sentence_of(rows.last()) == "Many conversations came to your department: look into its queue."
    # What is unread says it already.
    hear(channel, *[said(str(n), "My order", author=f"a{n}") for n in range(5, 10)])
    assert rows.count() == 6


def test_who_has_read_of_very_many_is_told_again_an_hour_later(channel, care, monkeypatch):
    monkeypatch.setattr(telling_many, "MOST_ARRIVALS", 0)
    in_force(ORDER)
    MembershipFactory(department=care, user__wants_email=False)
    rows = Notification.objects.order_by("pk")
    hear(channel, said("1", "My order", author="ann"))
    Notification.objects.update(read_at=NOON)

    hear(channel, said("2", "My order", author="ben"))
    assert rows.count() == 1

    Notification.objects.update(created_at=NOON - telling_many.AGAIN_AFTER)
    hear(channel, said("3", "My order", author="cy"))
    assert rows.count() == 2


def test_without_a_reason_of_the_rule_it_is_another(channel):
    in_force({"disposition": "no_response", "tags": ["spam"], "decides": True})

    (conversation,) = hear(channel, said("1", "My order"))

    assert (conversation.stage, Decision.objects.get().reason) == (Stage.CLOSED, Reason.OTHER)
