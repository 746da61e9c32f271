import re
from datetime import timedelta

import pytest

from teams.models import User
from teams.roles import Role
from tests.factories.pen import HandOverFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ReplyFactory
from triage.models import Conversation, HandOver, TakeOver
from triage.services.pen import handing_over
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def ida(care, policy) -> User:
    user = MembershipFactory(department=care, user__name="Ida Iversen", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def lead(care) -> User:
    return MembershipFactory(department=care, role=Role.LEAD, user__name="Lea Lind").user


def page(client, user: User, conversation: Conversation, slug: str = "mine") -> str:
    client.force_login(user)
    return client.get(f"/inbox/{slug}/{conversation.pk}/").content.decode()


def banners_of(shown: str) -> str:
    return shown.split('id="conversation-banners"')[1].split("conversation-stream")[0]


def test_the_holder_asks_a_colleague_who_accepts(client, held, agent, ida):
    asking = page(client, agent, held)
    assert f'<option value="{ida.pk}">Ida Iversen</option>' in asking

    response = client.post(
        f"/conversations/{held.pk}/hand-over/?from=mine", {"fence": 2, "taker": ida.pk, "note": "You know them."}
    )
    assert response.headers["Location"] == f"/inbox/mine/{held.pk}/"
    asked = HandOver.objects.get()
    shown = page(client, agent, held)
    assert "You have asked Ida Iversen to take this over. Until they accept, it is yours." in shown
    assert f"/hand-overs/{asked.pk}/withdraw/?from=mine" in shown
    assert f"/conversations/{held.pk}/hand-over/" not in shown

    client.force_login(ida)
    mine = client.get("/inbox/mine/").content.decode()
    assert "You are asked to take over" in mine
    assert "You know them." in mine
    assert "Anna Alm asks you to take this over." in page(client, ida, held)
    accepted = client.post(f"/hand-overs/{asked.pk}/accept/?from=mine", headers={"HX-Request": "true"})
    assert accepted.status_code == 200
    assert "asks you to take this over" not in accepted.content.decode()
    assert "Ida Iversen took the conversation over from Anna Alm, as asked." in accepted.content.decode()
    held.refresh_from_db()
    assert (held.holder, held.fence) == (ida, 3)
    assert "You are asked to take over" not in client.get("/inbox/mine/").content.decode()


def test_what_is_asked_comes_to_whoever_has_the_conversation_open(client, held, agent, ida):
    before = page(client, ida, held, "department-care")
    refreshed = re.search(r'hx-select-oob="([^"]+)"', before)[1].split(",")
    assert "#conversation-banners" in refreshed

    handing_over.ask(conversation_id=held.pk, giver=agent, taker=ida, note="", fence=held.fence, at=NOON)

    after = page(client, ida, held, "department-care")
    assert "asks you to take this over." in banners_of(after)


def test_declining_and_withdrawing_leave_it_with_the_giver(client, held, agent, ida):
    declined = HandOverFactory(conversation=held, taker=ida)
    client.force_login(ida)
    assert client.post(f"/hand-overs/{declined.pk}/decline/").status_code == 302
    withdrawn = HandOverFactory(conversation=held, taker=ida)
    client.force_login(agent)
    assert client.post(f"/hand-overs/{withdrawn.pk}/withdraw/").status_code == 302

    held.refresh_from_db()
    assert (held.holder, held.fence) == (agent, 2)
    assert list(HandOver.objects.order_by("pk").values_list("answer", flat=True)) == ["declined", "withdrawn"]


@pytest.mark.parametrize(
    ("answer", "by", "told"),
    [
        ("accept", "taker", "Ida Iversen has accepted and holds the conversation now."),
        ("decline", "taker", "Ida Iversen has declined. The conversation stays with you."),
        ("withdraw", "giver", "Anna Alm no longer asks you to take this over, and keeps the conversation."),
    ],
)
def test_the_other_of_the_two_is_told_how_it_ended(client, held, agent, ida, time_machine, answer, by, told):
    asked = HandOverFactory(conversation=held, giver=agent, taker=ida)
    acting, other = (ida, agent) if by == "taker" else (agent, ida)
    time_machine.move_to(NOON, tick=False)
    client.force_login(acting)
    client.post(f"/hand-overs/{asked.pk}/{answer}/")

    assert told in banners_of(page(client, other, held, "department-care"))
    assert told not in page(client, acting, held, "department-care")
    time_machine.move_to(NOON + timedelta(minutes=16), tick=False)
    assert told not in page(client, other, held, "department-care")


def test_how_it_ended_is_not_told_once_the_pen_has_moved_on(client, held, agent, ida, time_machine):
    asked = HandOverFactory(conversation=held, giver=agent, taker=ida)
    time_machine.move_to(NOON, tick=False)
    client.force_login(ida)
    client.post(f"/hand-overs/{asked.pk}/accept/")
    client.post(f"/conversations/{held.pk}/release/", {"fence": 3})

    assert "has accepted" not in banners_of(page(client, agent, held, "department-care"))


def test_the_second_click_is_told_the_truth(client, held, ida):
    asked = HandOverFactory(conversation=held, taker=ida)
    client.force_login(ida)
    client.post(f"/hand-overs/{asked.pk}/accept/")

    again = client.post(f"/hand-overs/{asked.pk}/accept/", headers={"HX-Request": "true"})

    assert again.status_code == 409
    assert "You have accepted this already." in again.content.decode()
    held.refresh_from_db()
    assert (held.holder, held.fence) == (ida, 3)


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"taker": ""}, 422, "Choose whom you ask."),
        ({"taker": "0"}, 422, "This person does not answer for the department."),
        ({"taker": "\x00"}, 422, "Null characters are not allowed."),
        ({"note": "x" * 1001}, 422, "at most 1000 characters"),
        ({"fence": "x"}, 422, "Enter a whole number."),
        ({"fence": "1"}, 409, "You hold this conversation anew. Load the page again."),
    ],
)
def test_a_hand_over_that_does_not_fit_is_refused(client, held, agent, ida, change, status, sentence):
    client.force_login(agent)

    response = client.post(
        f"/conversations/{held.pk}/hand-over/",
        {"fence": 2, "taker": ida.pk, "note": "", **change},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == status
    assert sentence in response.content.decode()
    assert not HandOver.objects.exists()


def test_a_lead_takes_over_on_the_page(client, held, agent, lead):
    shown = page(client, lead, held, "department-care")
    assert f"/conversations/{held.pk}/take-over/?from=department-care" in shown
    assert '<option value="hold">You</option>' in shown

    response = client.post(
        f"/conversations/{held.pk}/take-over/", {"fence": 2, "then": "hold", "reason": "Anna is ill."}
    )

    assert response.status_code == 302
    held.refresh_from_db()
    assert (held.holder, held.fence) == (lead, 3)
    assert "Lea Lind took the conversation over from Anna Alm. Reason: Anna is ill." in page(client, lead, held)


def test_a_triage_owner_gives_it_on_and_is_not_offered_the_pen(client, held, owner, ida):
    shown = page(client, owner, held, "everything")
    assert '<option value="hold">' not in shown

    for then, person, status in (("hold", "", 422), ("give", "", 422), ("give", ida.pk, 302)):
        response = client.post(
            f"/conversations/{held.pk}/take-over/", {"fence": 2, "then": then, "person": person, "reason": "Late."}
        )
        assert response.status_code == status

    held.refresh_from_db()
    assert (held.stage, held.holder, held.offered_to) == (Stage.ASSIGNED, None, ida)
    assert TakeOver.objects.count() == 1


def test_nobody_else_is_shown_what_only_some_may_do(client, held, ida):
    shown = page(client, ida, held, "department-care")

    assert "take-over" not in shown
    assert "hand-over" not in shown


def test_what_the_pen_has_left_behind_is_not_shown(client, held, agent, ida):
    HandOverFactory(conversation=held, taker=ida)
    Conversation.objects.update(fence=9)

    assert "asks you to take this over" not in page(client, ida, held)
    assert "You are asked to take over" not in client.get("/inbox/mine/").content.decode()
    assert "You have asked" not in page(client, agent, held)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_what_is_asked_costs_the_same_however_long(client, care, ida, count, django_assert_max_num_queries):
    for _ in range(count):
        HandOverFactory(conversation__department=care, taker=ida)
    client.force_login(ida)
    client.get("/inbox/mine/")

    with django_assert_max_num_queries(12) as captured:
        client.get("/inbox/mine/")

    assert sum("triage_handover" in query["sql"] for query in captured.captured_queries) == 1


def test_programs_hand_over_and_take_over(client, held, agent, ida, lead):
    client.force_login(agent)
    made = client.post(
        f"/api/conversations/{held.pk}/hand-overs/",
        {"fence": 2, "taker": ida.pk, "note": "Yours?"},
        content_type="application/json",
    )
    assert (made.status_code, made.json()["taker"]["name"], made.json()["answer"]) == (201, "Ida Iversen", "")
    again = client.post(
        f"/api/conversations/{held.pk}/hand-overs/", {"fence": 2, "taker": ida.pk}, content_type="application/json"
    )
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    asked_id = made.json()["id"]
    assert client.post(f"/api/hand-overs/{asked_id}/accept/").status_code == 403

    client.force_login(ida)
    assert client.post(f"/api/hand-overs/{asked_id}/accept/").json()["answer"] == "accepted"
    late = client.post(f"/api/hand-overs/{asked_id}/decline/")
    assert (late.status_code, late.json()["code"]) == (409, "hand_over_not_open")
    assert late.json()["conversation"]["holder"]["name"] == "Ida Iversen"

    client.force_login(lead)
    stale = client.post(
        f"/api/conversations/{held.pk}/take-over/", {"fence": 2, "reason": "Ill."}, content_type="application/json"
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "nothing_to_take_over")
    taken = client.post(
        f"/api/conversations/{held.pk}/take-over/", {"fence": 3, "reason": "Ill."}, content_type="application/json"
    )
    assert (taken.status_code, taken.json()["holder"]["name"], taken.json()["fence"]) == (200, "Lea Lind", 4)


@pytest.mark.parametrize(
    ("fence", "status", "kept"), [("1", 409, "failed"), ("x", 422, "failed"), ("2", 302, "queued")]
)
def test_another_try_from_a_stale_page_is_refused(client, held, agent, policy, fence, status, kept):
    reply = ReplyFactory(conversation=held, policy_version=policy, failed=True, fence=2)
    client.force_login(agent)

    assert client.post(f"/replies/{reply.pk}/retry/", {"fence": fence}).status_code == status

    reply.refresh_from_db()
    assert reply.state == kept


def test_an_asking_can_wait_for_its_answer_as_long_as_the_claim(held, ida):
    asked = HandOverFactory(conversation=held, taker=ida)

    assert handing_over.accept(hand_over_id=asked.pk, taker=ida, at=NOON + timedelta(days=30)) == 3
