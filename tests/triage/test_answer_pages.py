from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest

from teams.models import Notification
from teams.roles import Role
from tests.factories.pen import SavedAnswerFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, DraftFactory
from tests.support.visiting import HTMX, browser, get
from triage.models import AnswerUse, Draft, SavedAnswer
from triage.services.writing import saved_answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

FORM = {"title": "Hours", "body": "From nine\r\nto five.", "language": "EN-gb", "expires_on": "2027-03-04"}


def test_an_answer_is_added_with_its_clause(agent, policy):
    clause = policy.clauses.get(number=2)

    response = browser(agent).post("/answers/add/", {**FORM, "owner": agent.pk, "clause_key": str(clause.key)})

    made = SavedAnswer.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/answers/{made.pk}/")
    assert (made.body, made.language, made.clause_key) == ("From nine\nto five.", "en", clause.key)
    assert f"{clause.label} {clause.title}" in unescape(get(agent, f"/answers/{made.pk}/"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "opening"}, "Another saved answer has this title."),
        ({"language": "Danish"}, "“Danish” is no code of a language; they are like en or de."),
        ({"body": "x" * 5001}, "Ensure this value has at most 5000 characters (it has 5001)."),
    ],
)
def test_what_cannot_be_kept_is_said_and_stays_in_the_form(agent, change, said):
    SavedAnswerFactory(title="Opening")

    response = browser(agent).post("/answers/add/", {**FORM, "owner": agent.pk, **change})

    assert response.status_code == 422
    assert said in unescape(response.content.decode())
    assert SavedAnswer.objects.count() == 1


def test_two_editors_do_not_overwrite_each_other_unseen(agent):
    answer = SavedAnswerFactory(title="Hours", body="Theirs.", changed_at=NOON)
    client = browser(agent)
    old = {**FORM, "owner": agent.pk, "seen": (NOON - timedelta(minutes=1)).isoformat()}

    response = client.post(f"/answers/{answer.pk}/change/", old)

    page = unescape(response.content.decode())
    assert response.status_code == 409
    assert "Somebody changed this answer meanwhile. Look at it, then save yours again." in page
    assert "Theirs." in page
    assert "From nine" in page
    answer.refresh_from_db()
    assert answer.body == "Theirs."
    assert f'name="seen" value="{NOON.isoformat()}"' in page
    again = client.post(f"/answers/{answer.pk}/change/", {**old, "seen": NOON.isoformat()})
    assert again.status_code == 302
    answer.refresh_from_db()
    assert answer.body == "From nine\nto five."


def test_the_list_shows_what_is_in_use_and_finds_words(agent):
    SavedAnswerFactory(title="Hours", body="Open from eleven.")
    SavedAnswerFactory(title="Parcel", expires_on=NOON.date())
    SavedAnswerFactory(title="Old", is_retired=True)
    SavedAnswerFactory(title="Own", owner=agent)

    def titles(query: str) -> list[str]:
        page = get(agent, f"/answers/{query}")
        return [title for title in ("Hours", "Parcel", "Old", "Own") if f">{title}</a></th>" in page]

    assert titles("") == ["Hours", "Parcel", "Own"]
    assert titles("?show=mine") == ["Own"]
    assert titles("?show=stale") == ["Parcel"]
    assert titles("?show=retired") == ["Old"]
    assert titles("?q=eleven") == ["Hours"]
    assert titles("?q=arc") == ["Parcel"]
    assert titles("?q=%00%27%22%28") == []


def test_what_rests_on_a_clause_that_is_gone_is_marked(agent, policy):
    gone = SavedAnswerFactory(title="Old rule", clause_key=uuid4())
    SavedAnswerFactory(title="Rule", clause_key=policy.clauses.get(number=1).key)

    assert get(agent, "/answers/").count("without its clause") == 1
    stale = get(agent, "/answers/?show=stale")
    assert "Old rule" in stale
    assert ">Rule</a>" not in stale
    assert "is not in force any more, so it is not suggested" in get(agent, f"/answers/{gone.pk}/")


def test_a_place_that_is_none_is_not_found(agent):
    assert browser(agent).get("/answers/?after=nowhere").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_many_answers(agent, count, django_assert_num_queries):
    SavedAnswerFactory.create_batch(count)
    client = browser(agent)
    client.get("/answers/")

    with django_assert_num_queries(3):  # session and person, rights, answers
        page = client.get("/answers/").content.decode()

    assert page.count('<th scope="row">') == count


def test_reading_the_answer_reads_the_notification(agent):
    answer = SavedAnswerFactory(expires_on=NOON.date(), owner=agent)
    saved_answers.flag_stale(at=NOON)

    page = get(agent, f"/answers/{answer.pk}/")

    assert "It is to be reviewed, and not suggested until then." in page
    assert Notification.objects.get().read_at == NOON


def test_an_answer_is_retired_and_brought_back(agent):
    answer = SavedAnswerFactory()
    client = browser(agent)

    for act, is_retired in (("retire", True), ("restore", False)):
        response = client.post(f"/answers/{answer.pk}/{act}/")
        answer.refresh_from_db()
        assert (response["Location"], answer.is_retired) == (f"/answers/{answer.pk}/", is_retired)


def test_only_who_may_see_the_answers_is_led_to_them():
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    manager = AppointmentFactory(role=Role.MANAGER).user

    assert ['href="/answers/"' in get(person, "/policy/versions/") for person in (editor, manager)] == [True, False]


# In the composer.


def test_suggestions_can_be_put_in_by_one_click(agent, held):
    answer = SavedAnswerFactory(title=held.snippet)

    part = get(agent, f"/conversations/{held.pk}/answers/?from=mine", **HTMX)

    assert f'formaction="/conversations/{held.pk}/answers/{answer.pk}/insert/?from=mine"' in part
    assert part.count("<button") == 1
    assert "<html" not in part


def test_the_page_of_suggestions_finds_others(agent, held):
    SavedAnswerFactory(title="Parcel", body="Dear {customer}.", expires_on=NOON.date())

    assert "No saved answer has these words." in get(agent, f"/conversations/{held.pk}/answers/?q=hours")
    page = get(agent, f"/conversations/{held.pk}/answers/?q=parcel")
    assert "Dear Cy Client." in page
    assert "to be reviewed" in page


def test_an_answer_is_put_behind_what_is_being_typed(agent, held):
    answer = SavedAnswerFactory(body="<Hours> & more.")
    address = f"/conversations/{held.pk}/answers/{answer.pk}/insert/"

    response = browser(agent).post(address, {"body": "Hello.\r\nYou"}, headers=HTMX)

    page = response.content.decode()
    assert response.status_code == 200
    assert "Hello.\nYou\n\n&lt;Hours&gt; &amp; more.</textarea>" in page
    assert 'hx-swap-oob="true"' in page
    assert Draft.objects.get().body == "Hello.\nYou\n\n<Hours> & more."
    assert AnswerUse.objects.count() == 1


def test_without_javascript_an_answer_goes_behind_the_draft(agent, held):
    answer = SavedAnswerFactory()
    DraftFactory(conversation=held, body="Hello.")

    response = browser(agent).post(f"/conversations/{held.pk}/answers/{answer.pk}/insert/?from=mine")

    assert (response.status_code, response["Location"]) == (302, f"/inbox/mine/{held.pk}/")
    assert Draft.objects.get().body == f"Hello.\n\n{answer.body}"


@pytest.mark.parametrize(("change", "body", "status"), [({"is_retired": True}, "", 409), ({}, "x" * 10_001, 422)])
def test_what_cannot_be_put_in_changes_nothing(agent, held, change, body, status):
    answer = SavedAnswerFactory(**change)
    address = f"/conversations/{held.pk}/answers/{answer.pk}/insert/"

    assert browser(agent).post(address, {"body": body}, headers=HTMX).status_code == status
    assert browser(agent).post(address, {"body": body}).status_code == 302

    assert not Draft.objects.exists()
    assert not AnswerUse.objects.exists()


@pytest.mark.parametrize("act", ["answers/1/insert/", "preview/"])
def test_only_the_holder_writes(agent, care, act):
    other = ConversationFactory(claimed=True, department=care, holder=MembershipFactory(department=care).user)

    assert browser(agent).post(f"/conversations/{other.pk}/{act}", {"body": "Hello."}).status_code == 403
    assert not Draft.objects.exists()


def test_a_text_is_shown_as_it_will_look(agent, held):
    body = "Hello @anna\r\nsee https://a.example <b> #repair"

    part = browser(agent).post(f"/conversations/{held.pk}/preview/", {"body": body}, headers=HTMX).content.decode()

    assert (
        'Hello <span class="post-mention">@anna</span>\nsee <span class="post-link">https://a.example</span>'
        ' &lt;b&gt; <span class="post-tag">#repair</span></div>'
    ) in part
    assert "<html" not in part
    assert not Draft.objects.exists()


def test_without_javascript_what_is_previewed_is_kept_as_the_draft(agent, held):
    page = browser(agent).post(f"/conversations/{held.pk}/preview/?from=mine", {"body": "Hello."}).content.decode()

    assert ">Hello.</div>" in page
    assert f'href="/inbox/mine/{held.pk}/"' in page
    assert Draft.objects.get().body == "Hello."


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("", 200, "Nothing is written yet."),
        ("x" * 101, 200, "The answer has 101 characters; this channel takes 100."),
        ("x" * 10_001, 422, "Ensure this value has at most 10000 characters (it has 10001)."),
    ],
)
def test_a_preview_says_what_would_be_refused(agent, held, body, status, said):
    response = browser(agent).post(f"/conversations/{held.pk}/preview/", {"body": body}, headers=HTMX)

    assert response.status_code == status
    assert said in response.content.decode()
