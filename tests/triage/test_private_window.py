from datetime import timedelta

import pytest

from listening.models import Channel
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.sending import deliver, fresh, kinds
from tests.support.visiting import answer_form, browser, get
from triage.models import Conversation, Draft, Reply
from triage.services.sending import private_window, replies
from triage.states import Failure, ReplyState, Visibility

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

WEEK = timedelta(days=7)


@pytest.fixture
def timed(held) -> Conversation:
    """A held conversation on a channel that takes private answers for a week."""
    Channel.objects.filter(pk=held.channel_id).update(kind="practice", options={"private_days": 7})
    Conversation.objects.filter(pk=held.pk).update(visibility=Visibility.PRIVATE)
    return Conversation.objects.get(pk=held.pk)


def spoken(conversation, *, ago):
    mention = last_heard(conversation)
    mention.published_at = NOON - ago
    mention.save(update_fields=["published_at"])
    Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=NOON - ago)


def test_a_private_answer_in_time_goes_out(agent, timed, policy):
    spoken(timed, ago=WEEK)

    browser(agent).post(f"/conversations/{timed.pk}/send/", answer_form(timed, policy))

    assert Reply.objects.get().visibility == Visibility.PRIVATE


def test_a_private_answer_that_comes_too_late_is_refused_and_kept(agent, timed, policy):
    spoken(timed, ago=WEEK + timedelta(seconds=1))

    response = browser(agent).post(f"/conversations/{timed.pk}/send/", answer_form(timed, policy))

    assert response.status_code == 409
    moment = private_window.moment_text(NOON - timedelta(seconds=1))
    assert f"This channel took private answers to this message until {moment}." in response.content.decode()
    assert not Reply.objects.exists()
    assert Draft.objects.get().body == "On our way."


def test_a_public_answer_may_come_later(agent, timed, policy):
    spoken(timed, ago=2 * WEEK)
    Conversation.objects.filter(pk=timed.pk).update(visibility=Visibility.PUBLIC)

    browser(agent).post(f"/conversations/{timed.pk}/send/", answer_form(timed, policy))

    assert Reply.objects.get().visibility == Visibility.PUBLIC


@pytest.fixture
def waiting(timed, policy) -> Reply:
    """A private answer that was sent in time, and has not left yet."""
    spoken(timed, ago=timedelta(hours=1))
    return ReplyFactory(conversation=timed, policy_version=policy, visibility=Visibility.PRIVATE)


@pytest.mark.parametrize(("after", "leaves"), [(WEEK - timedelta(hours=1), True), (WEEK, False)])
def test_the_way_may_close_while_an_answer_waits(waiting, network, after, leaves):
    assert deliver(waiting, network, NOON + after) is leaves
    assert len(network.posts) == (1 if leaves else 0)


def test_an_answer_that_waited_too_long_is_a_draft_again_and_the_page_says_why(agent, waiting, network):
    deliver(waiting, network, NOON + WEEK)

    stopped = fresh(waiting)
    assert (stopped.state, stopped.failure) == (ReplyState.FAILED, Failure.CHANGED)
    assert Draft.objects.get().body == waiting.body
    assert kinds(stopped.conversation) == ["reply_failed"]
    moment = private_window.moment_text(NOON - timedelta(hours=1) + WEEK)
    page = get(agent, f"/inbox/mine/{stopped.conversation_id}/")
    assert f"This channel took private answers to this message until {moment}." in page


def test_what_comes_too_late_cannot_be_sent_anyway_or_once_more(agent, waiting, network, time_machine):
    deliver(waiting, network, NOON + WEEK)
    time_machine.move_to(NOON + WEEK, tick=False)

    page = get(agent, f"/inbox/mine/{waiting.conversation_id}/")
    with pytest.raises(replies.WorldChanged):
        replies.retry_reply(reply_id=waiting.pk, author=agent, at=NOON + WEEK)

    assert f"/replies/{waiting.pk}/anyway/" not in page
    assert fresh(waiting).state == ReplyState.FAILED


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), ("until", "neutral")),
        (WEEK - timedelta(hours=23), ("until", "warn")),
        (WEEK, ("until", "warn")),
        (WEEK + timedelta(seconds=1), ("ended on", "urgent")),
    ],
)
def test_the_page_says_until_when(agent, timed, ago, expected):
    spoken(timed, ago=ago)
    word, tone = expected
    moment = private_window.moment_text(NOON - ago + WEEK)

    page = get(agent, f"/inbox/mine/{timed.pk}/")

    assert f'<dt>In private</dt><dd><span class="chip tone-{tone}">{word} {moment}</span></dd>' in page


@pytest.mark.parametrize("options", [{}, {"private_days": 0}])
def test_where_there_is_no_end_nothing_is_said(options):
    conversation = ConversationFactory(profile__channel__kind="practice", profile__channel__options=options)

    assert private_window.chip(conversation, NOON) is None
