import pytest

from teams.shortcuts import BY_NAME, TABLE, AfterAct, after_act, keys_of
from tests.factories.teams import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

AS_THEY_COME = {each.name: each.key for each in TABLE}


@pytest.fixture
def person(client):
    OrganisationFactory()
    user = UserFactory()
    client.force_login(user)
    return user


def save(client, **changed):
    return client.post("/account/keyboard/", {**AS_THEY_COME, "after": "next", **changed})


def test_every_key_is_there_once():
    assert len({each.key for each in TABLE}) == len(TABLE) == len(BY_NAME)


def test_who_changed_nothing_has_the_keys_as_they_come(person):
    assert keys_of(person) == AS_THEY_COME
    assert after_act(person) is AfterAct.NEXT


def test_a_changed_key_is_kept_and_printed(client, person):
    answer = save(client, claim="q", after="stay")

    assert answer.status_code == 302
    person.refresh_from_db()
    assert keys_of(person) == AS_THEY_COME | {"claim": "q"}
    assert person.choices["keys"] == {"changed": {"claim": "q"}, "after": "stay"}
    assert after_act(person) is AfterAct.STAY
    page = client.get("/account/keyboard/").content.decode()
    assert 'data-key-of="claim">q</kbd>' in page
    assert 'data-key-of="reply">r</kbd>' in page
    assert "data-stays" in page


def test_two_keys_change_places(client, person):
    save(client, next="k", previous="j")

    person.refresh_from_db()
    assert keys_of(person) == AS_THEY_COME | {"next": "k", "previous": "j"}


@pytest.mark.parametrize(
    ("pressed", "said"), [("r", "“r” is taken: "), ("\u200b", "Choose a letter"), ("", "This field is required")]
)
def test_a_key_that_is_taken_or_none_is_refused(client, person, pressed, said):
    answer = save(client, saved_answer=pressed)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    person.refresh_from_db()
    assert person.choices == {}


def test_reset_brings_all_keys_back_and_nothing_else(client, person):
    save(client, claim="q", after="stay")

    client.post("/account/keyboard/", {"reset": "all"})

    person.refresh_from_db()
    assert person.choices["keys"] == {"changed": {}, "after": "stay"}


def test_a_key_given_to_another_act_is_on_its_old_place_no_more(person):
    person.choices = {"keys": {"changed": {"claim": "r", "gone": "q", "reply": 7}}}

    assert keys_of(person) == AS_THEY_COME | {"claim": "r", "reply": ""}


def test_what_was_kept_wrong_changes_nothing(person):
    person.choices = {"keys": ["claim"]}

    assert keys_of(person) == AS_THEY_COME


def test_keys_are_called_as_they_are_on_keyboards_of_the_language(client, person):
    person.language = "de"
    person.save()

    page = client.get("/account/keyboard/").content.decode()

    assert '<kbd class="key">Strg</kbd><kbd class="key">Eingabe</kbd>' in page
    assert 'title="Strg+K"' in page
