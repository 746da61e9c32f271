import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from teams.models import ApiKey, Department, SentForm
from teams.services import sent_forms
from tests.factories.teams import NOON, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]

DIGEST = UUID(int=7)
ASKED = {"name": "Export", "scopes": ["read"], "expires": "90"}


def key_on(client, name):
    found = re.search(r'name="once" value="([^"]+)"', client.get(reverse(name)).content.decode())
    assert found
    return found[1]


def test_a_second_click_on_make_the_key_shows_the_token_of_the_first(client):
    client.force_login(UserFactory())
    once = key_on(client, "teams:keys")

    for _click in range(2):
        assert client.post(reverse("teams:keys"), {**ASKED, "once": once}).status_code == 302

    assert f"shub_{ApiKey.objects.get().prefix}_" in client.get(reverse("teams:keys")).content.decode()


def test_another_wish_from_the_same_page_is_another_thing(client):
    client.force_login(UserFactory())
    once = key_on(client, "teams:keys")

    client.post(reverse("teams:keys"), {**ASKED, "once": once})
    client.post(reverse("teams:keys"), {**ASKED, "once": once, "name": "Other"})

    assert list(ApiKey.objects.order_by("pk").values_list("name", flat=True)) == ["Export", "Other"]


def test_the_same_form_of_two_people_makes_two_things(client):
    for _person in range(2):
        client.force_login(UserFactory())
        client.post(reverse("teams:keys"), {**ASKED, "once": str(DIGEST)})

    assert ApiKey.objects.count() == 2


def test_a_second_click_on_a_name_that_is_taken_by_the_first_leads_to_it(client, administrator):
    client.force_login(administrator)
    sent = {"name": "Press", "kind": "other", "once": key_on(client, "teams:add_department")}

    answers = [client.post(reverse("teams:add_department"), sent) for _click in range(2)]

    made = Department.objects.get(name="Press")
    assert [answer["Location"] for answer in answers] == [reverse("teams:department", args=[made.slug])] * 2


def test_a_form_that_was_refused_can_be_sent_again():
    def refuse() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        sent_forms.make_once(digest=DIGEST, make=refuse, at=NOON)
    assert not SentForm.objects.exists()

    assert sent_forms.make_once(digest=DIGEST, make=lambda: 3, at=NOON) == "3"


def test_what_was_sent_is_forgotten_after_a_day():
    sent_forms.make_once(digest=DIGEST, make=lambda: 3, at=NOON)

    sent_forms.make_once(digest=UUID(int=8), make=lambda: 4, at=NOON + timedelta(days=1, seconds=1))

    assert [row.made for row in SentForm.objects.all()] == ["4"]
