"""Ask for approval, give it and send, in a line each."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from policies.models import PolicyVersion
from teams.models import Notification, User
from tests.factories.policies import everybody_attests
from tests.factories.teams import NOON, DepartmentFactory
from tests.factories.triage import DecisionFactory, last_heard
from triage.models import Approval, Conversation, Event, Reply
from triage.services.approving import asks, verdicts
from triage.services.seen import Seen
from triage.services.sending import replies

TEXT = "We are sorry, and we are on our way."
LATER = NOON + timedelta(minutes=5)


def needs(held: Conversation, *asked: dict[str, Any], mode: str = "any", at: datetime = NOON) -> None:
    version = PolicyVersion.objects.get()
    approval = {"mode": mode, "asked": list(asked)}
    department = held.department or DepartmentFactory()
    DecisionFactory(conversation=held, department=department, policy_version=version, approval=approval, at=at)


def ask(held: Conversation, policy: PolicyVersion, body: str = TEXT, *, fence: int = 2) -> Approval:
    everybody_attests()
    seen = Seen(fence, last_heard(held).pk, policy.pk)
    return asks.ask_approval(conversation_id=held.pk, author=held.holder, body=body, seen=seen, at=NOON)


def send(held: Conversation, policy: PolicyVersion, body: str = TEXT, **more: Any) -> Reply:
    seen = Seen(more.pop("fence", 2), last_heard(held).pk, policy.pk)
    given = {"author": held.holder, "key": uuid.uuid4(), "closes": False, "at": LATER, **more}
    return replies.queue_reply(conversation_id=held.pk, body=body, seen=seen, **given)


def approve(approval: Approval, approver: User, at: datetime = LATER) -> None:
    verdicts.approve(approval_id=approval.pk, approver=approver, at=at)


def state_of(approval: Approval) -> str:
    approval.refresh_from_db()
    return approval.state


def kinds(held: Conversation) -> list[str]:
    return list(Event.objects.filter(conversation=held).order_by("pk").values_list("kind", flat=True))


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user, medium="page").order_by("pk").values_list("kind", flat=True))
