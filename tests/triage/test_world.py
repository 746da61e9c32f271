from dataclasses import replace
from uuid import uuid4

import pytest

from teams.models import User
from tests.factories.listening import ProfileFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.hearing import hear, said
from triage.models import Conversation, Reply
from triage.services.sending import replies
from triage.services.sending.replies import Seen, WorldChanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return UserFactory(wants_email=False)


@pytest.fixture
def conversation(policy, author, network) -> Conversation:
    AttestationFactory(user=author, version=policy)
    return ConversationFactory(claimed=True, holder=author, profile=ProfileFactory(channel__kind="scripted"))


@pytest.fixture
def seen(conversation, policy) -> Seen:
    return Seen(fence=2, mention_id=last_heard(conversation).pk, policy_version_id=policy.pk)


@pytest.fixture
def queue(conversation, author, seen):
    def act(**change: object) -> Reply:
        arguments = {
            "conversation_id": conversation.pk,
            "author": author,
            "body": "On our way.",
            "key": uuid4(),
            "seen": seen,
            "closes": False,
            "at": NOON,
        }
        return replies.queue_reply(**{**arguments, **change})

    return act


def test_what_its_author_deleted_takes_no_answer(queue, conversation, seen):
    first = last_heard(conversation)
    hear(conversation.channel, said("2", answers=first.external_id, minute=1))
    second = last_heard(conversation)
    type(second).objects.filter(pk=second.pk).update(deleted_at=NOON)

    with pytest.raises(WorldChanged) as refused:
        queue(seen=replace(seen, mention_id=second.pk))
    assert refused.value.changes == ["What you answer was deleted by its author."]
    assert not Reply.objects.exists()

    assert queue().answers == first


def test_where_all_was_deleted_nothing_can_be_answered(queue, conversation, seen):
    first = last_heard(conversation)
    type(first).objects.filter(pk=first.pk).update(deleted_at=NOON)

    with pytest.raises(WorldChanged) as refused:
        queue(seen=replace(seen, mention_id=0))

    assert refused.value.changes == ["Nothing is left here that can be answered."]
    assert not Reply.objects.exists()
