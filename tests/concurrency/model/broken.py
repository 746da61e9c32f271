"""The product with one guard taken away, each of which the model must notice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import F

from triage.models import Conversation, Event
from triage.services import recording
from triage.services.approving import standing
from triage.services.pen import claims
from triage.services.sending import delivery, replies, world
from triage.services.threads import merging
from triage.services.writing import drafts

Break = Callable[[pytest.MonkeyPatch], None]


def _fence_of(conversation_id: int) -> int:
    fence: int = Conversation.objects.values_list("fence", flat=True).get(pk=conversation_id)
    return fence


def nobody_compares_the_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    release, queue = claims.release_conversation, replies.queue_reply

    def release_anyway(**given: Any) -> None:
        release(**given | {"fence": _fence_of(given["conversation_id"])})

    def queue_anyway(**given: Any) -> Any:
        return queue(**given | {"seen": replace(given["seen"], fence=_fence_of(given["conversation_id"]))})

    monkeypatch.setattr(claims, "release_conversation", release_anyway)
    monkeypatch.setattr(replies, "queue_reply", queue_anyway)


def whoever_claims_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def claim_anyway(*, conversation_id: int, agent: Any, at: Any) -> None:
        Conversation.objects.filter(pk=conversation_id, stage__in=["assigned", "claimed"]).update(
            stage="claimed", holder=agent, offered_to=None, fence=F("fence") + 1, claimed_at=at, due_for="answer"
        )
        recording.record(conversation_id=conversation_id, kind=Event.Kind.CLAIMED, actor=agent, at=at)

    monkeypatch.setattr(claims, "claim_conversation", claim_anyway)


def nobody_looks_at_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (world, replies, delivery):
        monkeypatch.setattr(module, "changes_since", lambda *_, **__: [])


def any_text_passes_for_the_approved_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "why_not_valid", lambda *_, **__: "")
    monkeypatch.setattr(standing, "not_approved", lambda *_: [])


def what_was_tried_is_sent_again_unlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_look", lambda *_: None)


def what_a_draft_said_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "_keep", lambda *_: None)


def what_is_merged_goes_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "outdate", lambda *_: {})


# What is taken away, and by what the model notices.
BREAKS: dict[Break, str] = {
    nobody_compares_the_fence: "it should have been refused",
    whoever_claims_gets_it: "it should have been refused|the record tells something else",
    nobody_looks_at_the_world: "it should have been refused|on another world|other events",
    any_text_passes_for_the_approved_one: "it should have been refused|another text was approved",
    what_was_tried_is_sent_again_unlooked: "taken twice|other events|on another world",
    what_a_draft_said_is_gone: "a draft is lost",
    what_is_merged_goes_unnoticed: "what they have not seen",
}
