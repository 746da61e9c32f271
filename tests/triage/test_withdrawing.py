from datetime import timedelta
from unittest import mock
from uuid import uuid4

import pytest

from teams.models import Notification
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import DraftFactory, ReplyFactory, last_heard
from tests.support.hearing import hear, said
from tests.support.sending import deliver, fresh, kinds
from tests.support.visiting import HTMX, answer_form, browser, get
from triage.models import Draft, DraftVersion, Reply
from triage.services.gate import NotAttested
from triage.services.pen import claims
from triage.services.pen.claims import NotTheHolder
from triage.services.seen import Seen
from triage.services.sending import replies, resending, withdrawing
from triage.services.sending.replies import ReplyInFlight, WorldChanged
from triage.services.sending.withdrawing import TooLate
from triage.states import Failure, ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

UNDO = timedelta(seconds=10)


@pytest.fixture
def _undo(settings):
    settings.SEND_UNDO_SECONDS = 10


@pytest.fixture
def reply(held, policy) -> Reply:
    return ReplyFactory(conversation=held, policy_version=policy, not_before_at=NOON + UNDO)


def withdraw(reply: Reply, actor) -> None:
    withdrawing.withdraw_reply(reply_id=reply.pk, actor=actor, at=NOON)


def seen_now(conversation, policy) -> Seen:
    return Seen(2, last_heard(conversation).pk, policy.pk)


def anyway(reply: Reply, author, seen: Seen) -> Reply:
    return resending.send_anyway(reply_id=reply.pk, author=author, seen=seen, at=NOON)


@pytest.mark.usefixtures("_undo")
def test_an_answer_leaves_when_the_undo_is_over(held, agent, policy, network, django_capture_on_commit_callbacks):
    with (
        mock.patch("celery.Celery.send_task") as later,
        django_capture_on_commit_callbacks(execute=True),
    ):
        reply = replies.queue_reply(
            conversation_id=held.pk,
            author=agent,
            body="On our way.",
            key=uuid4(),
            seen=seen_now(held, policy),
            closes=False,
            at=NOON,
        )

    assert later.call_args_list == [
        mock.call("triage.deliver_reply", kwargs={"reply_id": reply.pk}, retry=False, countdown=10)
    ]
    assert (reply.not_before_at, reply.fence) == (NOON + UNDO, 2)
    assert deliver(reply, network, NOON + UNDO - timedelta(milliseconds=1)) is False
    assert network.posts == []
    assert deliver(reply, network, NOON + UNDO) is True


def test_an_answer_taken_back_is_a_draft_again_and_never_leaves(reply, agent, network):
    withdraw(reply, agent)

    assert fresh(reply).state == ReplyState.WITHDRAWN
    assert Draft.objects.get(author=agent).body == "We are on our way."
    assert kinds(reply.conversation) == ["reply_withdrawn"]
    assert deliver(reply, network, NOON + UNDO) is False
    assert network.posts == []


def test_taking_back_twice_changes_nothing_more(reply, agent):
    withdraw(reply, agent)
    Draft.objects.update(body="Something better")

    withdraw(reply, agent)

    assert kinds(reply.conversation) == ["reply_withdrawn"]
    assert Draft.objects.get().body == "Something better"


def test_a_draft_begun_meanwhile_stays_and_the_text_is_kept_as_a_version(reply, agent):
    DraftFactory(conversation=reply.conversation, author=agent, body="By the way")

    withdraw(reply, agent)

    assert Draft.objects.get().body == "By the way"
    assert DraftVersion.objects.get().body == "We are on our way."


@pytest.mark.parametrize(
    ("state", "columns", "sentence"),
    [
        ("sending", {"claimed_at": NOON}, "It was too late: your answer is with the network."),
        ("sent", {"sent_at": NOON}, "It was too late: your answer is out."),
        (
            "uncertain",
            {},
            "It was too late: your answer has left, and nobody knows yet whether it arrived.",
        ),
    ],
)
def test_what_has_left_cannot_be_taken_back(reply, agent, state, columns, sentence):
    Reply.objects.update(state=state, **columns)

    with pytest.raises(TooLate, match=f"^{sentence}$"):
        withdraw(reply, agent)

    assert fresh(reply).state == state
    assert not Draft.objects.exists()
    assert kinds(reply.conversation) == []


def test_only_the_author_and_the_holder_take_an_answer_back(reply, care):
    other = MembershipFactory(department=care).user

    with pytest.raises(NotTheHolder):
        withdraw(reply, other)

    assert fresh(reply).state == ReplyState.QUEUED
    assert not Draft.objects.exists()


def test_a_failed_answer_can_be_left_unsent(held, agent, policy):
    failed = ReplyFactory(conversation=held, policy_version=policy, failed=True)

    withdraw(failed, agent)

    assert fresh(failed).state == ReplyState.WITHDRAWN
    assert Draft.objects.get().body == failed.body


def test_an_answer_is_not_sent_when_the_pen_was_lost(reply, agent, network):
    type(reply.conversation).objects.update(fence=3)

    assert deliver(reply, network, NOON + UNDO) is False

    stopped = fresh(reply)
    assert network.posts == []
    assert (stopped.state, stopped.failure, stopped.error) == (
        ReplyState.FAILED,
        Failure.CHANGED,
        "The conversation has changed hands.",
    )
    assert Draft.objects.get(author=agent).body == reply.body
    assert Notification.objects.get(kind="reply_failed").user == agent


def test_what_was_stopped_goes_out_as_a_new_answer_by_who_has_seen_what_changed(reply, held, agent, policy, network):
    hear(held.channel, said("more", answers=last_heard(held).external_id))
    deliver(reply, network, NOON + UNDO)
    seen = seen_now(held, policy)

    sent = anyway(reply, agent, seen)
    again = anyway(reply, agent, seen)

    assert again == sent != reply
    assert (fresh(reply).state, sent.state, sent.body, sent.answers_id) == (
        ReplyState.WITHDRAWN,
        ReplyState.QUEUED,
        reply.body,
        seen.mention_id,
    )
    assert held.events.get(kind="reply_queued").data == {"reply": sent.pk, "instead_of": [reply.pk]}
    assert Draft.objects.get(author=agent).body == ""
    assert deliver(sent, network, NOON + UNDO) is True


def test_sending_anyway_leaves_another_draft_alone(reply, held, agent, policy, network):
    hear(held.channel, said("more", answers=last_heard(held).external_id))
    deliver(reply, network, NOON + UNDO)
    Draft.objects.update(body="By the way")

    anyway(reply, agent, seen_now(held, policy))

    assert Draft.objects.get().body == "By the way"


def test_sending_anyway_is_refused_when_something_changed_once_more(reply, held, agent, policy, network):
    hear(held.channel, said("more", answers=last_heard(held).external_id))
    deliver(reply, network, NOON + UNDO)
    seen = seen_now(held, policy)
    hear(held.channel, said("and more", answers=last_heard(held).external_id))

    with pytest.raises(WorldChanged) as refused:
        anyway(reply, agent, seen)

    assert refused.value.changes == ["There is a new message in this conversation."]
    assert refused.value.now == seen_now(held, policy)
    assert fresh(reply).state == ReplyState.FAILED


def test_sending_anyway_needs_the_pen_and_the_policy_attested(reply, held, agent, care, policy, network):
    hear(held.channel, said("more", answers=last_heard(held).external_id))
    deliver(reply, network, NOON + UNDO)
    other = MembershipFactory(department=care).user
    seen = seen_now(held, policy)

    with pytest.raises(NotAttested):
        anyway(reply, other, seen)
    AttestationFactory(user=other, version=policy)
    with pytest.raises(NotTheHolder):
        anyway(reply, other, seen)

    assert Reply.objects.get().state == ReplyState.FAILED


def test_what_is_not_failed_is_not_sent_anyway(reply, held, agent, policy):
    with pytest.raises(ReplyInFlight):
        anyway(reply, agent, seen_now(held, policy))

    assert Reply.objects.get().state == ReplyState.QUEUED


def test_a_new_answer_stands_in_the_place_of_the_failed_one(held, agent, policy):
    failed = ReplyFactory(conversation=held, policy_version=policy, failed=True)

    browser(agent).post(f"/conversations/{held.pk}/send/", answer_form(held, policy))

    assert fresh(failed).state == ReplyState.WITHDRAWN
    assert "The network refused it." not in get(agent, f"/inbox/mine/{held.pk}/")


def test_a_retry_is_under_the_pen_of_who_tries(held, agent, policy, network):
    failed = ReplyFactory(conversation=held, policy_version=policy, failed=True)
    claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=NOON)
    claims.claim_conversation(conversation_id=held.pk, agent=agent, at=NOON)

    replies.retry_reply(reply_id=failed.pk, author=agent, at=NOON)

    assert fresh(failed).fence == 4
    assert deliver(failed, network) is True


# The pages.


def test_the_page_counts_down_and_takes_back(reply, agent):
    page = get(agent, f"/inbox/mine/{reply.conversation_id}/")

    assert 'data-countdown="10"' in page
    assert "On its way in 10 s" in page
    assert f'action="/replies/{reply.pk}/withdraw/?from=mine"' in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_taking_back_on_the_page_puts_the_text_in_the_composer(reply, agent, headers):
    response = browser(agent, **headers).post(f"/replies/{reply.pk}/withdraw/?from=mine", follow=True)

    page = response.content.decode()
    assert response.status_code == 200
    assert "We are on our way.</textarea>" in page
    assert "On its way in" not in page


def test_taking_back_too_late_answers_409_with_the_truth(reply, agent):
    Reply.objects.update(state="sending", claimed_at=NOON)

    response = browser(agent, **HTMX).post(f"/replies/{reply.pk}/withdraw/?from=mine")

    assert response.status_code == 409
    assert "It was too late: your answer is with the network." in response.content.decode()


def test_what_changed_is_shown_with_a_key_to_look_and_one_to_send_anyway(reply, held, agent, policy, network):
    hear(held.channel, said("more", answers=last_heard(held).external_id))
    deliver(reply, network, NOON + UNDO)

    page = get(agent, f"/inbox/mine/{held.pk}/")
    response = browser(agent).post(
        f"/replies/{reply.pk}/anyway/?from=mine",
        {"fence": 2, "seen_mention": last_heard(held).pk, "policy_version": policy.pk},
    )

    assert "There is a new message in this conversation." in page
    assert 'data-look data-shortcut="l"' in page
    assert 'data-shortcut="a"' in page
    assert (response.status_code, response["Location"]) == (302, f"/inbox/mine/{held.pk}/")
    assert Reply.objects.filter(state=ReplyState.QUEUED).count() == 1


def test_a_refused_answer_is_sent_anyway_with_what_the_refusal_told(held, agent, policy):
    form = answer_form(held, policy, body="All the same")
    hear(held.channel, said("more", answers=last_heard(held).external_id))
    newest = last_heard(held)
    told = f"{held.fence}-{newest.pk}-{policy.pk}"

    refused = browser(agent, **HTMX).post(f"/conversations/{held.pk}/send/", form)
    sent = browser(agent, **HTMX).post(f"/conversations/{held.pk}/send/", {**form, "anyway": told})

    assert refused.status_code == 409
    assert f'name="anyway" value="{told}"' in refused.content.decode()
    assert sent.status_code == 200
    assert (Reply.objects.get().body, Reply.objects.get().answers_id) == ("All the same", newest.pk)


@pytest.mark.parametrize("anyway", ["", "x", "1", "-", "1-1", "1-1-1-1", "9" * 40 + "-1-1"])
def test_a_refusal_that_nobody_made_sends_nothing(held, agent, policy, anyway):
    form = answer_form(held, policy)
    hear(held.channel, said("more", answers=last_heard(held).external_id))

    response = browser(agent, **HTMX).post(f"/conversations/{held.pk}/send/", {**form, "anyway": anyway})

    assert response.status_code == (409 if not anyway else 422)
    assert not Reply.objects.exists()


# The API.


def test_a_program_takes_back_and_sends_anyway(reply, held, agent, policy, network):
    client = browser(agent)
    taken = client.post(f"/api/replies/{reply.pk}/withdraw/", content_type="application/json")
    failed = ReplyFactory(conversation=held, policy_version=policy, failed=True)
    seen = {"fence": 2, "mention": last_heard(held).pk, "policy_version": policy.pk}
    sent = client.post(f"/api/replies/{failed.pk}/anyway/", seen, content_type="application/json")
    late = client.post(f"/api/replies/{failed.pk}/anyway/", {**seen, "fence": 1}, content_type="application/json")

    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn")
    assert (sent.status_code, sent.json()["state"], sent.json()["body"]) == (200, "queued", failed.body)
    assert (late.status_code, late.json()["code"]) == (409, "reply_in_flight")
