from typing import Any

import pytest
from django.test import Client

from teams.services import api_keys
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory
from triage.models import BulkRun, Conversation, Decision
from triage.services.bulk import preparing, starting
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

SPAM = {"act": "decide", "disposition": "no_response", "reason": "spam"}


@pytest.fixture
def api(client: Client, owner) -> Client:
    client.force_login(owner)
    return client


def ask(api: Client, path: str, **sent: Any) -> tuple[int, Any]:
    answer = api.post(f"/api/bulk-runs/{path}", sent, content_type="application/json")
    return answer.status_code, answer.json()


def test_programs_prepare_begin_read_and_take_back(api):
    ConversationFactory.create_batch(2)
    held = ConversationFactory(claimed=True, holder__name="Maja")

    status, prepared = ask(api, "", **SPAM, dry=True)
    assert (status, prepared["state"], prepared["matched_count"]) == (201, "prepared", 3)
    assert prepared["foreseen"] == {"ok": 2, "held": 1}
    assert not Decision.objects.exists()
    pk = prepared["id"]
    status, begun = ask(api, f"{pk}/start/")
    assert (status, begun["state"], begun["done_count"], begun["refused_count"]) == (200, "done", 2, 1)
    assert ask(api, f"{pk}/start/")[0] == 409
    refused = api.get(f"/api/bulk-runs/{pk}/refusals/").json()["results"]
    assert refused == [{"conversation": held.pk, "code": "not_the_holder", "sentence": "Maja holds this conversation."}]
    status, undone = ask(api, f"{pk}/undo/")
    assert (status, undone["act"], undone["undoes"], undone["done_count"]) == (201, "undo", pk, 2)
    assert Conversation.objects.filter(stage=Stage.NEW).count() == 2
    assert [run["id"] for run in api.get("/api/bulk-runs/").json()["results"]] == [undone["id"], pk]


def test_many_are_stopped(api, monkeypatch):
    monkeypatch.setattr(starting, "AT_ONCE", 1)
    chosen = ConversationFactory.create_batch(2)

    status, begun = ask(api, "", **SPAM, conversations=[one.pk for one in chosen])
    assert (status, begun["state"]) == (201, "queued")
    assert ask(api, "", **SPAM, conversations=[chosen[0].pk, chosen[1].pk])[0] == 409
    stopped = api.delete(f"/api/bulk-runs/{begun['id']}/")

    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    assert api.delete(f"/api/bulk-runs/{begun['id']}/").status_code == 409
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "decide"},
        {"act": "close"},
        {"act": "undo"},
        {"act": "tag", "add": ["x" * 99]},
        {"act": "decide", "disposition": "no_response", "conversations": []},
        {**SPAM, "q": "lang:en -lang:en"},
        {**SPAM, "conversations": ["one"]},
    ],
)
def test_what_cannot_be_used_is_refused(api, sent):
    ConversationFactory()

    status, _answer = ask(api, "", **sent)

    assert status == 400
    assert not BulkRun.objects.exclude(state="prepared").exists()
    assert not Decision.objects.exists()


def test_a_key_that_may_not_decide_tags_only(client, owner):
    ConversationFactory()
    _key, token = api_keys.create_api_key(user=owner, name="Tagger", scopes=["answer"], expires_at=None, at=NOON)
    head = {"authorization": f"Bearer {token}"}

    answer = client.post("/api/bulk-runs/", SPAM, content_type="application/json", headers=head)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    tagged = client.post(
        "/api/bulk-runs/", {"act": "tag", "add": ["leak"]}, content_type="application/json", headers=head
    )

    assert (tagged.status_code, tagged.json()["done_count"]) == (201, 1)
    assert not Decision.objects.exists()


def test_a_key_that_may_not_decide_begins_no_undoing_of_decisions(api, owner):
    ConversationFactory()
    _status, run = ask(api, "", **SPAM)
    undo = preparing.prepare_undo(run_id=run["id"], person=owner, at=NOON)
    _key, token = api_keys.create_api_key(user=owner, name="Tagger", scopes=["answer"], expires_at=None, at=NOON)

    begun = Client().post(f"/api/bulk-runs/{undo.pk}/start/", headers={"authorization": f"Bearer {token}"})

    assert (begun.status_code, begun.json()["code"]) == (403, "scope_missing")
    assert Decision.objects.count() == 1
