import pytest

from policies.models import PolicyVersion
from policies.services import drafting
from tests.factories.teams import NOON

START = 'action="/policy/draft/start/"'


def page(client, user, address):
    client.force_login(user)
    return client.get(address)


@pytest.mark.parametrize("address", ["/policy/", "/policy/versions/", "/policy/draft/"])
def test_a_draft_is_begun_wherever_an_editor_looks_for_it(client, in_force, editor, address):
    shown = page(client, editor, address)

    assert shown.status_code == 200
    assert START in shown.content.decode()
    assert client.post("/policy/draft/start/").headers["Location"] == "/policy/draft/"
    assert PolicyVersion.objects.edited().count() == 1


@pytest.mark.parametrize("address", ["/policy/", "/policy/versions/"])
def test_whoever_finds_a_draft_is_led_to_it(client, in_force, editor, address):
    drafting.start_draft(editor=editor, at=NOON)

    shown = page(client, editor, address).content.decode()

    assert START not in shown
    assert 'href="/policy/draft/">Edit the draft</a>' in shown


def test_every_page_of_the_draft_leads_back_to_it(client, in_force, editor):
    version = drafting.start_draft(editor=editor, at=NOON)
    clause = version.clauses.first()
    pages = [
        "about",
        "targets",
        "lists",
        "quiz",
        "quiz/add",
        "quiz/terms",
        "guide",
        "guide/add",
        "folder",
        "clauses/add",
    ]

    for address in (*pages, f"clauses/{clause.pk}", f"clauses/{clause.pk}/rules/add"):
        assert (
            '<li><a href="/policy/draft/">Draft</a></li>'
            in page(client, editor, f"/policy/draft/{address}/").content.decode()
        )


def test_readers_are_not_offered_a_draft(client, in_force, reader):
    assert START not in page(client, reader, "/policy/").content.decode()
    assert page(client, reader, "/policy/draft/").status_code == 403


def test_the_first_draft_is_begun_where_no_policy_is(client, company, editor):
    assert START in page(client, editor, "/policy/").content.decode()
