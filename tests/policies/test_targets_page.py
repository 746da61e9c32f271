import pytest

from policies.models import PolicyVersion
from policies.services import drafting
from tests.factories.teams import NOON

TARGETS = {f"{step}_{priority}": 10 for step in ("decide", "claim", "answer", "rest") for priority in (1, 2, 3, 4)} | {
    f"hours_{priority}": "always" for priority in (1, 2, 3, 4)
}


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


def test_targets_are_set_on_their_page(client, draft, editor):
    client.force_login(editor)
    seen = client.get("/policy/draft/targets/").context["form"]["seen"].value()

    response = client.post("/policy/draft/targets/", {**TARGETS, "seen": seen})
    assert response.headers["Location"] == "/policy/draft/"
    assert set(draft.targets.values_list("decide_minutes", "claim_minutes", "answer_minutes")) == {(10, 10, 10)}

    stale = client.post("/policy/draft/targets/", {**TARGETS, "decide_1": 99, "seen": seen})
    assert stale.status_code == 409
    assert "claim within 10 min, answer within 10 min, a claim rests at most 10 min." in stale.content.decode()
    for wrong in ("0", "-1", "", "525601", "x"):
        assert client.post("/policy/draft/targets/", {**TARGETS, "decide_1": wrong, "seen": seen}).status_code == 422
    assert set(draft.targets.values_list("decide_minutes", flat=True)) == {10}


@pytest.mark.parametrize(
    ("field", "minutes", "sentence"),
    [
        ("decide_1", "0", "The time to decide at priority 1 must be at least one minute."),
        ("resolve_4", "525600000", "The time to resolve at priority 4 is longer than a year"),
        ("answer_2_public_response", "-5", "The time to answer at priority 2 must be at least one minute."),
    ],
)
def test_times_that_cannot_be_are_refused_where_they_stand(client, draft, editor, field, minutes, sentence):
    client.force_login(editor)
    seen = client.get("/policy/draft/targets/").context["form"]["seen"].value()

    response = client.post("/policy/draft/targets/", {**TARGETS, field: minutes, "seen": seen})

    assert response.status_code == 422
    assert response.context["form"].errors[field][0].startswith(sentence)
    assert client.get("/policy/draft/targets/").context["form"]["seen"].value() == seen


def test_a_disposition_gets_times_of_its_own(client, draft, editor):
    client.force_login(editor)
    seen = client.get("/policy/draft/targets/").context["form"]["seen"].value()
    own = {"answer_3_public_response": "30", "resolve_3": "600", "hours_3": "business", "passes_over_thanks": "on"}

    client.post("/policy/draft/targets/", {**TARGETS, **own, "seen": seen})

    found = draft.targets.filter(priority=3).order_by("disposition")
    assert list(found.values_list("disposition", "decide_minutes", "answer_minutes", "resolve_minutes", "hours")) == [
        ("", 10, 10, 600, "business"),
        ("public_response", 10, 30, 600, "business"),
    ]
    form = client.get("/policy/draft/targets/").context["form"]
    assert [form[f"{step}_3_public_response"].value() for step in ("claim", "answer", "resolve")] == [None, 30, None]


def test_a_time_of_an_hour_or_more_stands_below_its_minutes_as_people_say_it(client, draft, editor):
    client.force_login(editor)
    seen = client.get("/policy/draft/targets/").context["form"]["seen"].value()
    own = {"decide_1": "59", "claim_1": "60", "answer_1_public_response": "1530"}
    client.post("/policy/draft/targets/", {**TARGETS, "rest_1": "60", **own, "seen": seen})
    names = ("decide_1", "claim_1", "answer_1_public_response", "claim_1_public_response")

    def hints(page) -> list[str]:
        return [page.context["form"][name].help_text for name in names]

    assert hints(client.get("/policy/draft/targets/")) == ["", "1 h", "1 d 1 h 30 min", ""]
    refused = client.post("/policy/draft/targets/", {"decide_1": "240", "claim_1": "x", "seen": seen})
    assert (refused.status_code, hints(refused)) == (422, ["4 h", "", "", ""])
