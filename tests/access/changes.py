"""Answers that are out, to be corrected and removed: one freely, and one with the word of a manager."""

from typing import Any

from listening.models import Channel, Profile
from policies.models import PolicyVersion
from teams.models import Department, User
from tests.access.approvals import needing
from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory, ReplyFactory
from triage.models import Conversation, Reply, ThreadEntry
from triage.states import ReplyState


def answers(channel: Channel, care: Department, holder: User, version: PolicyVersion) -> dict[str, Any]:
    """Make both."""
    profile = ProfileFactory(channel=channel)
    us = ProfileFactory(channel=channel, is_ours=True)
    free = _out(ConversationFactory(profile=profile, claimed=True, department=care, holder=holder), us, version)
    guarded = _out(needing(profile, care, holder, version), us, version)
    return {
        "sent": free.pk,
        "sent_mention": free.answers_id,
        "guarded": guarded.pk,
        "guarded_mention": guarded.answers_id,
    }


def _out(conversation: Conversation, us: Profile, version: PolicyVersion) -> Reply:
    ours = MentionFactory(profile=us, is_ours=True, text="We are on our way.")
    reply = ReplyFactory(
        conversation=conversation, policy_version=version, state=ReplyState.SENT, sent_at=NOON, mention=ours
    )
    ThreadEntry.objects.create(mention=ours, conversation=conversation)
    return reply
