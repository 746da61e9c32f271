"""The way back that is offered after an act, as pages print it and as it outlives a redirect."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from triage.models import Conversation, Event, HandOver, Merge, Reply
from triage.showing.addresses import act_url

_MARK = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """Where an act is undone, and the fence under which it can be; None where it needs none."""

    url: str
    fence: int | None = None

    def written(self) -> str:
        """Return the offer as a message carries it beside its text."""
        return f"{_MARK} {'' if self.fence is None else self.fence} {self.url}"


def read_offer(written: str) -> Offer | None:
    """Return the offer that a message carries; None for other tags."""
    mark, _space, rest = written.partition(" ")
    fence, _space, url = rest.partition(" ")
    if mark != _MARK or not url:
        return None
    return Offer(url, int(fence) if fence else None)


def of_decision(conversation: Conversation, slug: str) -> Offer | None:
    """Return the way back from a decision; practice is not taken back, it is looked at."""
    return _act("undo", conversation, slug) if conversation.learner_id is None else None


def of_claim(conversation: Conversation, slug: str) -> Offer:
    """Return the way back from a claim: the pen goes back to the queue."""
    return _act("release", conversation, slug)


def of_release(conversation: Conversation, slug: str) -> Offer:
    """Return the way back from a release: the pen is taken once more, if nobody was faster."""
    return _act("claim", conversation, slug)


def of_closing(conversation: Conversation, slug: str) -> Offer:
    """Return the way back from a closing."""
    return _act("undo_closing", conversation, slug)


def of_snoozing(conversation: Conversation, slug: str) -> Offer:
    """Return the way back from putting aside: it is woken, which needs no fence."""
    return Offer(act_url("wake", conversation.pk, slug=slug))


def of_waking(conversation: Conversation, slug: str) -> Offer:
    """Return the way back from bringing back: it is put aside once more, as it was."""
    return _act("snooze_again", conversation, slug)


def of_waiting(conversation: Conversation, slug: str) -> Offer:
    """Return the way back from waiting for the customer: its clocks go on."""
    return _act("undo_waiting", conversation, slug)


def of_asking(asked: HandOver, slug: str) -> Offer:
    """Return the way back from asking somebody to take over, until they answer."""
    return Offer(act_url("withdraw_hand_over", asked.pk, slug=slug))


def of_tagging(event: Event | None, slug: str) -> Offer | None:
    """Return the way back from changing tags, where that changed something; it needs no fence."""
    if event is None:
        return None
    return Offer(act_url("undo_tags", event.conversation_id, event.pk, slug=slug))


def of_belonging(conversation: Conversation, incident_id: int, slug: str, *, belongs: bool) -> Offer:
    """Return the way back from saying whether a conversation belongs to an incident: the opposite."""
    name = "leave_incident" if belongs else "attach_incident"
    return Offer(act_url(name, conversation.pk, incident_id, slug=slug))


def of_merging(merges: Sequence[Merge]) -> Offer:
    """Return the way back from merging: all that was merged in one go stands by itself again."""
    address = reverse("triage:undo_merge", args=[merges[-1].pk])
    return Offer(f"{address}?together=yes" if len(merges) > 1 else address)


def of_splitting(opened_id: int) -> Offer:
    """Return the way back from taking messages out: they are merged back into where they were."""
    return Offer(reverse("triage:undo_split", args=[opened_id]))


def of_sending(reply: Reply, slug: str) -> Offer | None:
    """Return the way back of an answer, while it waits to leave."""
    if not settings.SEND_UNDO_SECONDS:
        return None
    return Offer(act_url("withdraw", reply.pk, slug=slug))


def _act(name: str, conversation: Conversation, slug: str) -> Offer:
    fence = Conversation.objects.values_list("fence", flat=True).get(pk=conversation.pk)
    return Offer(act_url(name, conversation.pk, slug=slug), fence)
