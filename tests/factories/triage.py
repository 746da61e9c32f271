"""Conversations at every stage, and what is decided, answered and done."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from listening.models import Mention
from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from triage.models import Concern, Conversation, Decision, Draft, Event, Reply, ThreadEntry
from triage.states import Disposition, DueFor, Outcome, Reason, ReplyState, Stage, Visibility


class ConversationFactory(DjangoModelFactory[Conversation]):
    """A new conversation of one mention; ``assigned``, ``claimed``, ``waiting`` and ``closed`` are later stages.

    It concerns the department that it lies with, as it would after a decision.
    """

    class Meta:
        model = Conversation

    class Params:
        assigned = factory.Trait(
            stage=Stage.ASSIGNED,
            department=factory.SubFactory(DepartmentFactory),
            disposition=Disposition.CUSTOMER_SERVICE,
            visibility=Visibility.PUBLIC,
            decided_at=NOON,
            due_for=DueFor.CLAIM,
            fence=1,
        )
        claimed = factory.Trait(
            assigned=True,
            stage=Stage.CLAIMED,
            holder=factory.SubFactory(UserFactory),
            claimed_at=NOON,
            due_for=DueFor.ANSWER,
            fence=2,
        )
        waiting = factory.Trait(claimed=True, stage=Stage.WAITING, due_at=None, due_for="")
        closed = factory.Trait(
            assigned=True,
            stage=Stage.CLOSED,
            outcome=Outcome.RESOLVED,
            closed_at=NOON,
            due_at=None,
            due_for="",
            fence=3,
        )

    profile = factory.SubFactory(ProfileFactory)
    channel = factory.LazyAttribute(lambda conversation: conversation.profile.channel)
    author_name = factory.LazyAttribute(lambda conversation: conversation.profile.name)
    snippet = factory.Sequence(lambda n: f"The power is out in street {n}.")
    language = "en"
    mention_count = 1
    opened_at = NOON
    last_inbound_at = NOON
    due_at = NOON + timedelta(hours=4)
    due_for = DueFor.DECIDE

    @classmethod
    def _create(cls, model_class: type[Conversation], *args: Any, **kwargs: Any) -> Conversation:
        conversation = super()._create(model_class, *args, **kwargs)
        mention = MentionFactory(profile=conversation.profile, text=conversation.snippet)
        ThreadEntry.objects.create(mention=mention, conversation=conversation)
        if conversation.department is not None:
            ConcernFactory(conversation=conversation, department=conversation.department)
        return conversation


class ConcernFactory(DjangoModelFactory[Concern]):
    class Meta:
        model = Concern

    conversation = factory.SubFactory(ConversationFactory)
    department = factory.SubFactory(DepartmentFactory)
    because = Concern.Because.DECIDED


class DecisionFactory(DjangoModelFactory[Decision]):
    """A decision to answer; ``no_response`` is one not to."""

    class Meta:
        model = Decision

    class Params:
        no_response = factory.Trait(
            disposition=Disposition.NO_RESPONSE, reason=Reason.OFF_TOPIC, department=None, visibility=""
        )

    conversation = factory.SubFactory(ConversationFactory)
    disposition = Disposition.CUSTOMER_SERVICE
    priority = 3
    department = factory.SubFactory(DepartmentFactory)
    visibility = Visibility.PUBLIC
    policy_version = factory.SubFactory(PolicyVersionFactory)
    decided_by = factory.SubFactory(UserFactory)
    at = NOON


class ReplyFactory(DjangoModelFactory[Reply]):
    """A queued answer of the holder to the last thing that was said."""

    class Meta:
        model = Reply

    class Params:
        failed = factory.Trait(state=ReplyState.FAILED, attempt_count=1, error="The network refused it.")
        uncertain = factory.Trait(state=ReplyState.UNCERTAIN, attempt_count=1, error="The connection broke.")

    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    author = factory.LazyAttribute(lambda reply: reply.conversation.holder)
    body = "We are on our way."
    visibility = Visibility.PUBLIC
    answers = factory.LazyAttribute(lambda reply: last_heard(reply.conversation))
    policy_version = factory.SubFactory(PolicyVersionFactory)
    fence = factory.LazyAttribute(lambda reply: reply.conversation.fence)
    key = factory.LazyFunction(uuid4)
    queued_at = NOON
    not_before_at = NOON


class DraftFactory(DjangoModelFactory[Draft]):
    class Meta:
        model = Draft

    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    author = factory.LazyAttribute(lambda draft: draft.conversation.holder)
    body = "We are"
    saved_at = NOON


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    conversation = factory.SubFactory(ConversationFactory)
    kind = Event.Kind.OPENED
    at = NOON


def last_heard(conversation: Conversation) -> Mention:
    """Return the newest mention that is not ours: what an answer has to have seen."""
    return Mention.objects.filter(entry__conversation=conversation, is_ours=False).latest("pk")
