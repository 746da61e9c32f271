from datetime import timedelta

import pytest
import time_machine

from teams.models import ApiKey, AuditEntry, Notification, User
from teams.services import api_keys
from tests.factories.teams import NOON, UserFactory

ACCOUNT = {"name": "Mia Krüger", "time_zone": "Europe/Copenhagen", "theme": "dark", "wants_email": ""}


@pytest.fixture
def mia(company) -> User:
    return UserFactory(name="Mia", email="mia@example.com")


def test_people_choose_their_name_zone_theme_and_mails(client, mia):
    client.force_login(mia)

    response = client.post("/account/", ACCOUNT)

    mia.refresh_from_db()
    assert response.headers["Location"] == "/account/"
    assert (mia.name, mia.time_zone, mia.theme, mia.wants_email) == ("Mia Krüger", "Europe/Copenhagen", "dark", False)
    assert 'data-theme="dark"' in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"time_zone": "Mars/Olympus"}, {"theme": "plaid"}, {"name": "M\x00ia"}]
)
def test_an_account_page_refuses_what_cannot_be_used(client, mia, change):
    client.force_login(mia)

    response = client.post("/account/", {**ACCOUNT, **change})

    mia.refresh_from_db()
    assert response.status_code == 422
    assert (mia.name, mia.time_zone, mia.theme, mia.wants_email) == ("Mia", "", "system", True)


def test_an_account_page_changes_nothing_else(client, mia):
    client.force_login(mia)

    client.post("/account/", {**ACCOUNT, "email": "x@example.com", "is_staff": "on", "is_superuser": "on"})

    mia.refresh_from_db()
    assert (mia.email, mia.is_staff, mia.is_superuser) == ("mia@example.com", False, False)


def test_a_stranger_signs_in_first(client, company):
    for address in ("/account/", "/account/keys/", "/notifications/"):
        assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


@time_machine.travel(NOON, tick=False)
def test_a_key_is_made_and_shown_once(client, mia):
    client.force_login(mia)

    page = client.post(
        "/account/keys/", {"name": "Nightly export", "scopes": ["read", "answer"], "expires": "30"}, follow=True
    )

    key = ApiKey.objects.get()
    assert (key.user, key.name, key.scopes, key.expires_at) == (
        mia,
        "Nightly export",
        ["read", "answer"],
        NOON + timedelta(days=30),
    )
    token = page.context["token"]
    assert api_keys.find_user_by_token(token, NOON) == key
    assert token in page.content.decode()
    assert token not in client.get("/account/keys/").content.decode()


@time_machine.travel(NOON, tick=False)
def test_a_key_may_last_for_ever(client, mia):
    client.force_login(mia)

    client.post("/account/keys/", {"name": "Export", "scopes": ["read"], "expires": "never"})

    assert ApiKey.objects.get().expires_at is None


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"expires": "7"}, {"name": "x" * 81}]
)
def test_a_key_page_refuses_what_cannot_be_used(client, mia, change):
    client.force_login(mia)

    response = client.post("/account/keys/", {"name": "Export", "scopes": ["read"], "expires": "30", **change})

    assert response.status_code == 422
    assert not ApiKey.objects.exists()
    assert not AuditEntry.objects.exists()


def make_key(user):
    return api_keys.create_api_key(user=user, name="Export", scopes=["read"], expires_at=None, at=NOON)[0]


def test_a_key_is_revoked_once(client, mia):
    key = make_key(mia)
    client.force_login(mia)

    assert client.post(f"/account/keys/{key.pk}/revoke/").status_code == 302
    assert client.post(f"/account/keys/{key.pk}/revoke/").status_code == 409
    assert ApiKey.objects.get().revoked_at is not None


def test_nobody_revokes_or_sees_the_key_of_another(client, mia):
    key = make_key(UserFactory())
    client.force_login(mia)

    assert client.post(f"/account/keys/{key.pk}/revoke/").status_code == 404
    assert key.prefix not in client.get("/account/keys/").content.decode()
    assert ApiKey.objects.get().revoked_at is None


def tell(user, number, **changes):
    given = {
        "kind": "given",
        "medium": "page",
        "state": "sent",
        "conversation_id": number,
        "subject": f"Subject {number}",
        "created_at": NOON,
        "not_before_at": NOON,
        **changes,
    }
    return Notification.objects.create(user=user, event_id=number, **given)


def test_notifications_page_lists_what_was_told_newest_first(client, mia):
    for number in range(1, 61):
        tell(mia, number)
    tell(mia, 61, medium="email")
    tell(UserFactory(), 62)
    client.force_login(mia)

    first = client.get("/notifications/")
    second = client.get("/notifications/" + first.context["next_url"])

    assert [told.event_id for told, _sentence in first.context["rows"]] == list(range(60, 10, -1))
    assert [told.event_id for told, _sentence in second.context["rows"]] == list(range(10, 0, -1))
    assert "Subject 62" not in first.content.decode()
    assert "It is your turn: a conversation is offered to you." in first.content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_notifications_page_costs_the_same_however_many(client, mia, count, django_assert_num_queries):
    for number in range(count):
        tell(mia, number + 1, actor=UserFactory())
    client.force_login(mia)

    with django_assert_num_queries(5):  # person, rows, whether unread, rights, unread count
        client.get("/notifications/")


def test_opening_a_notification_marks_its_conversation_read(client, mia):
    opened, same, other = tell(mia, 1), tell(mia, 2, conversation_id=1), tell(mia, 3)
    client.force_login(mia)

    response = client.get(f"/notifications/{opened.pk}/")

    assert response.headers["Location"] == "/conversations/1/"
    read = set(Notification.objects.filter(read_at__isnull=False).values_list("pk", flat=True))
    assert read == {opened.pk, same.pk}
    assert other.pk not in read


def test_opening_what_is_about_a_page_marks_all_that_is_about_it(client, mia):
    def about(path: str) -> Notification:
        return tell(mia, None, kind="channel_deaf", path=path)

    opened, same, other = about("/channels/3/"), about("/channels/3/"), about("/channels/4/")
    of_a_conversation = tell(mia, 1)
    client.force_login(mia)
    assert "A channel is not heard any more." in client.get("/notifications/").content.decode()

    response = client.get(f"/notifications/{opened.pk}/")

    assert response.headers["Location"] == "/channels/3/"
    read = set(Notification.objects.filter(read_at__isnull=False).values_list("pk", flat=True))
    assert read == {opened.pk, same.pk}
    assert {other.pk, of_a_conversation.pk}.isdisjoint(read)


def test_nobody_opens_what_another_was_told(client, mia):
    told = tell(UserFactory(), 1)
    client.force_login(mia)

    assert client.get(f"/notifications/{told.pk}/").status_code == 404
    assert Notification.objects.get().read_at is None


def test_all_is_marked_read_and_only_ones_own(client, mia):
    tell(mia, 1)
    theirs = tell(UserFactory(), 2)
    client.force_login(mia)

    assert client.post("/notifications/read/").headers["Location"] == "/notifications/"

    assert [told.pk for told in Notification.objects.filter(read_at__isnull=True)] == [theirs.pk]
    assert client.get("/notifications/read/").status_code == 405
