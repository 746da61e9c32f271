"""Handing over, notes, approvals, saved answers and stops."""

from hashlib import sha256

import factory
from factory.django import DjangoModelFactory

from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, last_heard
from triage.models import AnswerUse, Approval, ApprovalStep, HandOver, Note, NoteAsk, SavedAnswer, SendingStop, TakeOver


class HandOverFactory(DjangoModelFactory[HandOver]):
    """The holder asks a colleague."""

    class Meta:
        model = HandOver

    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    giver = factory.LazyAttribute(lambda asked: asked.conversation.holder)
    taker = factory.SubFactory(UserFactory)
    fence = factory.LazyAttribute(lambda asked: asked.conversation.fence)
    asked_at = NOON


class TakeOverFactory(DjangoModelFactory[TakeOver]):
    """Somebody took the conversation from its holder."""

    class Meta:
        model = TakeOver

    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    former = factory.LazyAttribute(lambda taken: taken.conversation.holder)
    actor = factory.SubFactory(UserFactory)
    reason = "They are ill."
    at = NOON


class NoteFactory(DjangoModelFactory[Note]):
    class Meta:
        model = Note

    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    author = factory.LazyAttribute(lambda note: note.conversation.holder)
    body = "Is this covered by the warranty?"
    written_at = NOON


class NoteAskFactory(DjangoModelFactory[NoteAsk]):
    class Meta:
        model = NoteAsk

    note = factory.SubFactory(NoteFactory)
    person = factory.SubFactory(UserFactory)


class ApprovalFactory(DjangoModelFactory[Approval]):
    """The holder asks for the word of somebody; add steps."""

    class Meta:
        model = Approval

    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    author = factory.LazyAttribute(lambda approval: approval.conversation.holder)
    body = "We are sorry."
    digest = factory.LazyAttribute(lambda approval: sha256(approval.body.encode()).hexdigest())
    fence = factory.LazyAttribute(lambda approval: approval.conversation.fence)
    answers = factory.LazyAttribute(lambda approval: last_heard(approval.conversation))
    policy_version = factory.SubFactory(PolicyVersionFactory)
    mode = Approval.Mode.ANY
    asked_at = NOON


class ApprovalStepFactory(DjangoModelFactory[ApprovalStep]):
    class Meta:
        model = ApprovalStep

    approval = factory.SubFactory(ApprovalFactory)
    author = factory.LazyAttribute(lambda step: step.approval.author)
    position = factory.Sequence(int)
    mode = factory.LazyAttribute(lambda step: step.approval.mode)
    person = factory.SubFactory(UserFactory)


class SavedAnswerFactory(DjangoModelFactory[SavedAnswer]):
    class Meta:
        model = SavedAnswer

    title = factory.Sequence(lambda n: f"Opening hours {n}")
    body = "We are open from nine to five."
    owner = factory.SubFactory(UserFactory)
    changed_at = NOON


class AnswerUseFactory(DjangoModelFactory[AnswerUse]):
    """A saved answer was put into the holder's draft."""

    class Meta:
        model = AnswerUse

    saved_answer = factory.SubFactory(SavedAnswerFactory)
    conversation = factory.SubFactory(ConversationFactory, claimed=True)
    author = factory.LazyAttribute(lambda use: use.conversation.holder)
    inserted_at = NOON


class SendingStopFactory(DjangoModelFactory[SendingStop]):
    """Nothing leaves at all."""

    class Meta:
        model = SendingStop

    reason = "Our account was taken over."
    stopped_by = factory.SubFactory(UserFactory)
    stopped_at = NOON
