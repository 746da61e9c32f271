"""An answer that is out, a network that lets it be changed, and changing it in a line."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from listening.connectors.base import SentReply
from policies.models import PolicyVersion
from teams.models import User
from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.teams import NOON
from tests.factories.triage import ReplyFactory
from tests.support.network import Network
from triage.models import Conversation, Reply, ThreadEntry
from triage.services.seen import Seen
from triage.services.sending import correcting
from triage.services.sending.correcting import Change
from triage.services.sending.world import newest_said_id
from triage.states import ReplyKind, ReplyState

LATER = NOON + timedelta(minutes=5)
OLD, NEW = "We open at nine.", "We open at ten."


class ChangingNetwork(Network):
    """A network on which what is out can be changed. ``shown`` is what anybody reads there, by address."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, str] = {"ours-1": OLD}
        self.calls: list[tuple[str, str]] = []
        self.says_no_edit = ""
        self.receipt_raw: dict[str, object] = {}

    def _receipt(self, place: int) -> SentReply:
        return replace(super()._receipt(place), raw=self.receipt_raw)

    def edit(self, settings: Mapping[str, object], change: Any) -> None:
        self.before()
        self.calls.append(("edit", change.text))
        self.shown[change.external_id] = change.text
        self.after()

    def is_edited(self, settings: Mapping[str, object], change: Any) -> bool:
        if self.cannot_look is not None:
            raise self.cannot_look
        return self.shown.get(change.external_id) == change.text

    def remove(self, settings: Mapping[str, object], change: Any) -> None:
        self.before()
        self.calls.append(("remove", change.external_id))
        self.shown.pop(change.external_id, None)
        self.after()

    def is_removed(self, settings: Mapping[str, object], change: Any) -> bool:
        if self.cannot_look is not None:
            raise self.cannot_look
        return change.external_id not in self.shown

    def why_no_edit(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        return self.says_no_edit

    def why_no_removal(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        return ""


def out(conversation: Conversation, policy: PolicyVersion, **more: Any) -> Reply:
    """Return an answer of the holder that is out."""
    channel = conversation.channel
    ours = MentionFactory(
        profile=ProfileFactory(channel=channel, name="us", is_ours=True), text=OLD, external_id="ours-1", is_ours=True
    )
    ThreadEntry.objects.create(mention=ours, conversation=conversation)
    given = {"state": ReplyState.SENT, "sent_at": NOON, "mention": ours, "body": OLD, "policy_version": policy, **more}
    return ReplyFactory(conversation=conversation, **given)


def change_of(reply: Reply, words: str = NEW, *, kind: str = "correction", **more: Any) -> Change:
    """Return what a page of now would send."""
    conversation = Conversation.objects.get(pk=reply.conversation_id)
    version = PolicyVersion.objects.in_force().get()
    newest = newest_said_id(conversation.pk) or reply.answers_id
    seen = Seen(more.get("fence", conversation.fence), more.get("mention", newest), more.get("version", version.pk))
    after = more.get("after", correcting.latest_change_id(reply))
    return Change(reply.pk, ReplyKind(kind), words, seen, after)


def correct(reply: Reply, actor: User, words: str = NEW, *, at: datetime = LATER, **more: Any) -> Reply:
    key, emergency = more.pop("key", None) or uuid4(), more.pop("emergency", "")
    change = change_of(reply, words, kind="correction", **more)
    return correcting.queue_change(change=change, actor=actor, key=key, emergency=emergency, at=at)


def remove(reply: Reply, actor: User, reason: str = "It was wrong.", *, at: datetime = LATER, **more: Any) -> Reply:
    key, emergency = more.pop("key", None) or uuid4(), more.pop("emergency", "")
    change = change_of(reply, reason, kind="removal", **more)
    return correcting.queue_change(change=change, actor=actor, key=key, emergency=emergency, at=at)
