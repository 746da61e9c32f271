from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from teams.models import User
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory
from triage.access import get_conversation_for, make_sure_of_conversation_for
from triage.models import Concern

pytestmark = pytest.mark.django_db

ACTIONS = ("conversation.claim", "conversation.decide", "conversation.close")


def answer_of(door: Callable[..., object], user: User, conversation_id: int, action: str) -> int:
    try:
        door(user, conversation_id, action=action)
    except Http404:
        return 404
    except PermissionDenied:
        return 403
    return 200


def test_the_door_that_reads_nothing_answers_as_the_other() -> None:
    here, beside, elsewhere = DepartmentFactory.create_batch(3)
    learner = UserFactory.create()
    readers: list[User] = [
        MembershipFactory.create(department=here, role=Role.RESPONDER).user,
        MembershipFactory.create(department=here, role=Role.LISTENER).user,
        MembershipFactory.create(department=beside, role=Role.RESPONDER).user,
        MembershipFactory.create(department=elsewhere, role=Role.RESPONDER).user,
        AppointmentFactory.create(role=Role.TRIAGE_OWNER).user,
        learner,
    ]
    work = ConversationFactory.create(assigned=True, department=here)
    Concern.objects.create(conversation=work, department=beside, because=Concern.Because.DECIDED)
    new = ConversationFactory.create()
    practice = ConversationFactory.create(assigned=True, department=here, learner=learner)
    asked = [
        (user, conversation_id, action)
        for user in readers
        for conversation_id in (work.pk, new.pk, practice.pk, practice.pk + 1)
        for action in ACTIONS
    ]

    found = [answer_of(make_sure_of_conversation_for, *each) for each in asked]

    assert found == [answer_of(get_conversation_for, *each) for each in asked]
    assert set(found) == {200, 403, 404}
    claims = [answer_of(make_sure_of_conversation_for, user, work.pk, "conversation.claim") for user in readers]
    assert claims == [200, 403, 403, 404, 403, 404]
