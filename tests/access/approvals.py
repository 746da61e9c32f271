"""Approvals at every stage that an address can name: the manager is asked, the responder asks."""

from typing import Any

from listening.models import Profile
from policies.models import PolicyVersion
from teams.models import Department, User
from tests.factories.pen import ApprovalFactory, ApprovalStepFactory
from tests.factories.triage import ConversationFactory, DecisionFactory, last_heard
from triage.models import Conversation

MANAGER = {"mode": "any", "asked": [{"role": "manager"}]}


def approvals(profile: Profile, care: Department, holder: User, version: PolicyVersion) -> dict[str, Any]:
    """Make a conversation whose answer needs approval, one that waits for it and one with another text."""
    approvable, waiting, edited = (needing(profile, care, holder, version) for _ in range(3))
    needed = [MANAGER]
    asked = ApprovalFactory(conversation=waiting, policy_version=version, needed=needed)
    proposed = ApprovalFactory(
        conversation=edited, policy_version=version, needed=needed, state="edited", edited_body="We are very sorry."
    )
    for approval in (asked, proposed):
        ApprovalStepFactory(approval=approval, person=None, role="manager")
    return {
        "approvable": approvable.pk,
        "approvable_mention": last_heard(approvable).pk,
        "asked_approval": asked.pk,
        "edited_approval": proposed.pk,
    }


def needing(profile: Profile, care: Department, holder: User, version: PolicyVersion) -> Conversation:
    """Make a conversation of ``holder`` in which an answer takes the word of a manager."""
    conversation = ConversationFactory(profile=profile, claimed=True, department=care, holder=holder)
    DecisionFactory(conversation=conversation, department=care, policy_version=version, approval=MANAGER)
    return conversation
