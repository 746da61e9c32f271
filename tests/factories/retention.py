"""Legal holds, runs of the eraser, and conversations that are full of words."""

from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from listening.models import Mention, MentionVersion
from policies.models import PolicyVersion
from tests.factories.attachments import AttachedFileFactory
from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, DecisionFactory, DraftFactory, ReplyFactory
from triage.models import Approval, ApprovalStep, Attachment, Conversation, LegalHold, Note, RetentionRun, ThreadEntry
from triage.states import ReplyState

SECRET = "Xanthippe"


class LegalHoldFactory(DjangoModelFactory[LegalHold]):
    """A hold on a conversation; with ``profile`` and no conversation on an author."""

    class Meta:
        model = LegalHold

    conversation = factory.SubFactory(ConversationFactory, closed=True)
    reason = "Case 4711"
    placed_by = factory.SubFactory(UserFactory)
    placed_at = NOON


class RetentionRunFactory(DjangoModelFactory[RetentionRun]):
    class Meta:
        model = RetentionRun

    version = factory.SubFactory(PolicyVersionFactory)
    started_at = NOON
    moved_at = NOON
    is_whole = True


def full_conversation(**columns) -> Conversation:
    """Return a closed conversation in every text of which ``SECRET`` is said, decided under the policy in force."""
    profile = columns.pop("profile", None) or ProfileFactory(
        name=SECRET, handle=f"@{SECRET}", url=f"https://x/{SECRET}"
    )
    suggestion = {
        "priority": 3,
        "score": 25,
        "disposition": "",
        "department": "",
        "person": "",
        "visibility": "",
        "tags": [],
        "decided_by": None,
        "because": [
            {
                "clause_id": 1,
                "clause_label": "1",
                "rule_id": 1,
                "rule": "r",
                "evidence": [["words", SECRET]],
                "gave": [],
                "points": 0,
            }
        ],
    }
    conversation = ConversationFactory(
        **{"closed": True, "profile": profile, "snippet": f"{SECRET} speaks", "suggestion": suggestion, **columns}
    )
    said = Mention.objects.get(entry__conversation=conversation)
    Mention.objects.filter(pk=said.pk).update(
        raw={"text": SECRET}, url=f"https://x/{SECRET}", copy_key=5, edited_at=NOON
    )
    Conversation.objects.filter(pk=conversation.pk).update(facts={"mention": said.pk, "author": [SECRET], "reach": 9})
    MentionVersion.objects.create(mention=said, text=f"{SECRET} before", raw={"text": SECRET}, replaced_at=NOON)
    writer, version = UserFactory(), PolicyVersion.objects.in_force().get()
    DecisionFactory(
        conversation=conversation,
        policy_version=version,
        note=SECRET,
        guide=[{"question": "a", "answer": "b", "by": "machine", "evidence": [["words", SECRET]]}],
    )
    Note.objects.create(conversation=conversation, author=writer, body=SECRET, written_at=NOON, key=uuid4())
    DraftFactory(conversation=conversation, author=writer, body=SECRET)
    ours = MentionFactory(profile=ProfileFactory(channel=conversation.channel, is_ours=True), is_ours=True, text=SECRET)
    ThreadEntry.objects.create(mention=ours, conversation=conversation)
    reply = ReplyFactory(
        conversation=conversation,
        policy_version=version,
        author=writer,
        body=SECRET,
        error="%(why)s",
        error_words={"why": SECRET},
        answers=said,
        mention=ours,
        state=ReplyState.SENT,
        sent_at=NOON,
    )
    approval = Approval.objects.create(
        conversation=conversation,
        author=writer,
        body=SECRET,
        parts=[SECRET],
        digest="0",
        fence=1,
        answers=said,
        policy_version=reply.policy_version,
        mode="any",
        state="used",
        asked_at=NOON,
    )
    ApprovalStep.objects.create(approval=approval, author=writer, position=1, mode="any", role="lead", note=SECRET)
    Attachment.objects.create(reply=reply, file=AttachedFileFactory(name=f"{SECRET}.png"), position=1, alt=SECRET)
    conversation.refresh_from_db()
    return conversation
