import re

import pytest
from django.test import Client

from teams.models import Appointment, User
from tests.factories.bulk import BulkRunFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory
from triage.forms.bulk import AssignManyForm
from triage.models import BulkRun, Conversation, Decision
from triage.services.bulk import starting
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

SPAM = {"disposition": "no_response", "reason": "spam"}


@pytest.fixture
def page(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def choose(page: Client, *conversations: Conversation, **sent: object) -> BulkRun:
    ids = [conversation.pk for conversation in conversations]
    answer = page.post("/bulk/", {"list": "needs-decision", "act": "decide", "id": ids, **sent})
    run = BulkRun.objects.get(state="prepared")
    assert (answer.status_code, answer["Location"]) == (302, f"/bulk/{run.pk}/")
    return run


def test_chosen_rows_are_previewed_then_decided_and_taken_back(page):
    chosen = ConversationFactory.create_batch(2)
    other = ConversationFactory()
    run = choose(page, *chosen)

    preview = page.get(f"/bulk/{run.pk}/").content.decode()
    assert "Decide on 2 conversations" in preview
    assert "This can be done with 2." in preview
    answer = page.post(f"/bulk/{run.pk}/", SPAM)
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/needs-decision/")
    shown = page.get("/inbox/needs-decision/").content.decode()
    assert "Decided on 2 conversations." in shown
    assert f'action="/bulk/{run.pk}/undo/"' in shown
    assert list(Conversation.objects.filter(stage=Stage.NEW)) == [other]

    answer = page.post(f"/bulk/{run.pk}/undo/", {"undo": "1"}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/inbox/needs-decision/")
    assert "Took it back on 2 conversations." in page.get("/inbox/needs-decision/").content.decode()
    assert Conversation.objects.filter(stage=Stage.NEW).count() == 3


def test_fields_of_the_preview_say_what_is_filled_in(page):
    run = choose(page, ConversationFactory())

    preview = page.get(f"/bulk/{run.pk}/").content.decode()

    assert re.findall(r'<label class="field-label"[^>]*>([^<]+?) ?<', preview)[:2] == ["Reason", "Department"]


def test_all_that_match_are_what_the_filter_finds(page):
    ConversationFactory.create_batch(2, language="de")
    ConversationFactory(language="en")

    run = choose(page, everything="1", q="lang:de")

    assert (run.matched_count, run.sought["q"], run.sought["all"]) == (2, "lang:de", True)
    page.post(f"/bulk/{run.pk}/", SPAM)
    assert Conversation.objects.get(stage=Stage.NEW).language == "en"


def test_what_was_refused_is_listed(page):
    held = ConversationFactory(claimed=True, holder__name="Maja")
    run = choose(page, ConversationFactory(), held, ConversationFactory(closed=True))
    preview = page.get(f"/bulk/{run.pk}/").content.decode()
    told = "This can be done with 1. 2 stay as they are: 1 closed already, 1 held by somebody else."
    assert told in preview

    answer = page.post(f"/bulk/{run.pk}/", SPAM)

    assert (answer.status_code, answer["Location"]) == (302, f"/bulk/{run.pk}/")
    shown = page.get(f"/bulk/{run.pk}/").content.decode()
    assert "2 were refused" in shown
    assert "Maja holds this conversation." in shown
    assert f'href="/conversations/{held.pk}/"' in shown
    assert "Take it back" in shown
    assert "Decide on 3 conversations" in page.get("/bulk/").content.decode()


def test_a_second_click_begins_nothing(page):
    run = choose(page, ConversationFactory())
    page.post(f"/bulk/{run.pk}/", SPAM)

    answer = page.post(f"/bulk/{run.pk}/", SPAM)

    assert (answer.status_code, answer["Location"]) == (302, f"/bulk/{run.pk}/")
    assert (BulkRun.objects.count(), Decision.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        (
            {"disposition": "public_response", "visibility": "public"},
            {"department": "Choose the department that answers."},
        ),
        ({"disposition": "no_response"}, {"reason": "Say why nobody answers."}),
    ],
)
def test_what_a_decision_needs_is_not_said_to_be_optional(page, sent, errors):
    run = choose(page, ConversationFactory())

    form = page.get(f"/bulk/{run.pk}/").context["form"]
    refused = page.post(f"/bulk/{run.pk}/", sent)

    assert {name for name, field in form.fields.items() if field.required} == {
        "disposition",
        "reason",
        "department",
        "visibility",
    }
    told = {name: found[0] for name, found in refused.context["form"].errors.items()}
    assert (refused.status_code, told) == (422, errors)
    assert [name for name, field in AssignManyForm().fields.items() if field.required] == ["department"]


def test_what_was_filled_in_waits_while_another_act_is_underway(page, owner):
    BulkRunFactory(person=owner, state="running", started_at=NOON)
    run = choose(page, ConversationFactory())

    answer = page.post(f"/bulk/{run.pk}/", SPAM)

    assert answer.status_code == 409
    assert "Another of your acts is underway." in answer.content.decode()
    assert answer.context["form"]["reason"].value() == "spam"


def test_many_are_watched_and_stopped(page, monkeypatch):
    monkeypatch.setattr(starting, "AT_ONCE", 1)
    run = choose(page, *ConversationFactory.create_batch(2))

    page.post(f"/bulk/{run.pk}/", SPAM)
    shown = page.get(f"/bulk/{run.pk}/progress/", headers={"HX-Request": "true"}).content.decode()
    assert "0 of 2 conversations" in shown
    answer = page.post(f"/bulk/{run.pk}/cancel/")

    assert answer.status_code == 302
    assert "2 were not touched." in page.get(f"/bulk/{run.pk}/").content.decode()
    assert page.post(f"/bulk/{run.pk}/cancel/").status_code == 409
    over = page.get(f"/bulk/{run.pk}/progress/", headers={"HX-Request": "true"})
    assert over["HX-Redirect"] == f"/bulk/{run.pk}/"
    assert not Decision.objects.exists()


def test_nothing_chosen_and_unfit_decisions_are_refused(page):
    assert page.post("/bulk/", {"list": "needs-decision", "act": "decide"}).status_code == 422
    assert page.post("/bulk/", {"list": "needs-decision", "act": "burn"}).status_code == 422
    assert page.post("/bulk/", {"list": "nowhere", "act": "decide", "everything": "1"}).status_code == 404
    run = choose(page, ConversationFactory())

    answer = page.post(f"/bulk/{run.pk}/", {"disposition": "no_response"})

    assert answer.status_code == 422
    assert "Say why nobody answers." in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_departure_is_asked_for_on_the_page(page):
    run = choose(page, ConversationFactory(suggestion={"disposition": "customer_service", "because": []}))

    answer = page.post(f"/bulk/{run.pk}/", SPAM)

    assert answer.status_code == 422
    assert "Some of it departs from what the policy suggests. Say why." in answer.content.decode()
    assert page.post(f"/bulk/{run.pk}/", {**SPAM, "departure": "other"}).status_code == 302
    assert Decision.objects.get().departure == "other"


def test_the_run_of_another_is_not_there(client, owner, page):
    run = BulkRunFactory(person=UserFactory(), prepared_at=NOON)

    assert [page.get(f"/bulk/{run.pk}/").status_code, page.post(f"/bulk/{run.pk}/", SPAM).status_code] == [404, 404]


def test_who_may_do_nothing_sees_no_bar(client, manager, owner):
    ConversationFactory()
    client.force_login(manager)
    assert "data-bulk" not in client.get("/inbox/needs-decision/").content.decode()
    client.force_login(owner)
    shown = client.get("/inbox/needs-decision/").content.decode()
    assert shown.count('name="act"') == 4
    assert client.get("/inbox/practice/").content.decode().count('name="act"') == 0


def test_who_lost_the_right_since_the_preview_is_refused(page, owner):
    conversation = ConversationFactory()
    run = choose(page, conversation)
    Appointment.objects.filter(user=owner).update(role="manager")

    page.post(f"/bulk/{run.pk}/", SPAM)

    assert not Decision.objects.exists()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "not_allowed")
