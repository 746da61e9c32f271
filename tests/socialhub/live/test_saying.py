import pytest
from redis import Redis

from policies.services import drafting, publishing
from socialhub.lib import live as sender
from tests.factories.teams import NOON, UserFactory


@pytest.mark.django_db
def test_changes_are_told_only_after_the_commit(monkeypatch, django_capture_on_commit_callbacks):
    said: list[str] = []
    monkeypatch.setattr(sender, "_send", said.append)

    with django_capture_on_commit_callbacks(execute=True):
        sender.recorded()
        sender.rights_changed()
        sender.policy_changed()
        sender.conversation_changed(7, [6, 5, 6])
        sender.here_changed(7, [5], iter([2, 1, 2]))
        sender.inbox_changed()
        sender.people_told(iter([2, 1, 2]))
        sender.sending_changed(7)
        assert said == []

    assert said == [
        '{"recorded": true}',
        '{"rights": true}',
        '{"policy": true}',
        '{"conversation": 7, "departments": [5, 6]}',
        '{"here": 7, "departments": [5], "people": [1, 2]}',
        '{"inbox": true}',
        '{"people": [1, 2]}',
        '{"sending": true, "department": 7}',
    ]


@pytest.mark.django_db
def test_a_dead_redis_harms_nobody(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(sender, "redis_client", lambda: Redis.from_url("unix:///nowhere.sock"))

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        sender.inbox_changed()

    assert len(callbacks) == 1


def test_installations_that_share_a_redis_do_not_hear_each_other(monkeypatch):
    monkeypatch.setattr(sender, "redis_client", lambda: Redis.from_url("redis://localhost/3"))

    assert sender.topic() == "live:3"


@pytest.mark.django_db
def test_open_pages_hear_of_another_policy_in_force_and_of_changed_rights(
    policy, monkeypatch, django_capture_on_commit_callbacks
):
    said: list[str] = []
    monkeypatch.setattr(sender, "_send", said.append)
    publisher = UserFactory()
    draft = drafting.start_draft(editor=publisher, at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        publishing.publish_version(version_id=draft.pk, publisher=publisher, at=NOON, reason="Tried by hand.")

    assert {'{"policy": true}', '{"rights": true}'} <= set(said)
