"""Conversations that somebody holds, with something said in each that waits for an answer."""

from datetime import datetime, timedelta
from uuid import uuid4

from listening.models import Channel, Mention, Profile
from teams.models import Department, User
from triage.models import Concern, Conversation, Reply, ThreadEntry
from triage.services.sending import replies
from triage.services.sending.replies import Seen


def make_held(
    count: int, *, channel: Channel, department: Department, people: list[User], at: datetime
) -> list[Conversation]:
    """Make ``count`` conversations that ``people`` hold by turns."""
    profile, _created = Profile.objects.get_or_create(channel=channel, external_id="customer", name="Cy Customer")
    mentions = Mention.objects.bulk_create(
        Mention(
            channel=channel,
            profile=profile,
            external_id=str(uuid4()),
            text=f"The power is out in street {n}.",
            published_at=at,
            heard_at=at,
        )
        for n in range(count)
    )
    held = Conversation.objects.bulk_create(
        Conversation(
            channel=channel,
            profile=profile,
            stage="claimed",
            disposition="customer_service",
            visibility="public",
            department=department,
            holder=people[n % len(people)],
            fence=1,
            author_name=profile.name,
            snippet=mention.text,
            mention_count=1,
            opened_at=at,
            last_inbound_at=at,
            decided_at=at,
            claimed_at=at,
            worked_at=at,
            due_at=at + timedelta(hours=4),
            due_for="answer",
        )
        for n, mention in enumerate(mentions)
    )
    ThreadEntry.objects.bulk_create(
        ThreadEntry(mention=mention, conversation=one) for mention, one in zip(mentions, held, strict=True)
    )
    Concern.objects.bulk_create(
        Concern(conversation=one, department=department, because=Concern.Because.DECIDED) for one in held
    )
    return held


def answer(conversation: Conversation, text: str, *, version_id: int, at: datetime) -> Reply:
    """Send an answer as the holder would."""
    mention = ThreadEntry.objects.values_list("mention_id", flat=True).get(conversation=conversation)
    assert conversation.holder is not None
    return replies.queue_reply(
        conversation_id=conversation.pk,
        author=conversation.holder,
        body=text,
        key=uuid4(),
        seen=Seen(conversation.fence, mention, version_id),
        closes=False,
        at=at,
    )
