from datetime import timedelta
from uuid import uuid4, uuid5

import pytest

from listening.connectors import registry
from listening.connectors.base import OutcomeUnknown, PermanentFailure, TemporaryFailure
from listening.models import Mention, WaitingMention
from socialhub.lib.errors import Invalid
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import DraftFactory, last_heard
from tests.support.hearing import hear, said
from tests.support.network import Network, WideNetwork, raising
from tests.support.sending import deliver, fresh, kinds
from triage.models import Draft, Reply
from triage.services.seen import Seen
from triage.services.sending import delivery, replies, resending, withdrawing
from triage.services.sending.withdrawing import TooLate
from triage.services.writing import drafts
from triage.services.writing.composing import How
from triage.states import ReplyState, Split, Stage

pytestmark = pytest.mark.django_db

FIRST = "The power is out in your street since nine, and a crew is on its way to you."
SECOND = "It is back at eleven, we think. You find the map at https://nordlys.example/map."
TEXT = f"{FIRST} {SECOND}"
LATER = NOON + timedelta(minutes=1)
LATEST = NOON + timedelta(minutes=5)


@pytest.fixture
def network(monkeypatch) -> Network:
    made = WideNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


def queue(held, agent, policy, body=TEXT, split=Split.PLAIN, **more) -> Reply:
    return replies.queue_reply(
        conversation_id=held.pk,
        author=agent,
        body=body,
        key=uuid4(),
        seen=Seen(held.fence, last_heard(held).pk, policy.pk),
        closes=more.pop("closes", False),
        at=NOON,
        how=How(split=split),
        **more,
    )


def texts(network) -> list[str]:
    return [post.text for post in network.posts]


def out(reply) -> list[tuple[int, str]]:
    return list(reply.parts.exclude(sent_at=None).order_by("position").values_list("position", "external_id"))


@pytest.fixture
def reply(portal, network, held, agent, policy) -> Reply:
    return queue(held, agent, policy)


def test_a_long_answer_is_kept_as_the_posts_that_it_will_be(reply):
    assert (reply.split, reply.body) == (Split.PLAIN, TEXT)
    assert list(reply.parts.order_by("position").values_list("text", flat=True)) == [FIRST, SECOND]
    assert Draft.objects.get().split == ""


def test_posts_are_numbered_when_the_writer_wishes(portal, network, held, agent, policy):
    reply = queue(held, agent, policy, split=Split.NUMBERED)

    assert list(reply.parts.order_by("position").values_list("text", flat=True)) == [f"{FIRST} 1/2", f"{SECOND} 2/2"]


def test_what_fits_is_one_post(portal, network, held, agent, policy):
    reply = queue(held, agent, policy, body="On our way.")

    assert (reply.split, reply.body, reply.parts.count()) == ("", "On our way.", 0)


def test_a_channel_without_threads_takes_none(portal, monkeypatch, held, agent, policy):
    monkeypatch.setitem(registry.CONNECTORS, "scripted", Network())

    with pytest.raises(Invalid, match="This channel sends no threads"):
        queue(held, agent, policy)

    assert not Reply.objects.exists()
    assert Draft.objects.get().body == TEXT


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("word " * 700, r"This would be a thread of 35 posts; at most 25 are sent\."),
        ("a" * 101, "“a{40}…” is too long for one post, and neither words nor links are cut"),
        ("---\n---", r"Write an answer first\."),
    ],
)
def test_what_makes_no_thread_is_refused_and_kept(portal, network, held, agent, policy, body, refusal):
    with pytest.raises(Invalid, match=refusal):
        queue(held, agent, policy, body=body)

    assert not Reply.objects.exists()
    assert Draft.objects.get().body == body


def test_each_post_is_written_down_before_the_next_goes_below_it(reply, network, held):
    assert deliver(reply, network) is False

    assert texts(network) == [FIRST]
    assert out(reply) == [(1, "post-1")]
    assert fresh(reply).state == ReplyState.QUEUED
    assert kinds(held) == ["reply_queued", "part_sent"]

    assert deliver(reply, network, LATER) is True

    first, second = network.posts
    assert (first.in_reply_to, first.key, first.thread_raw) == (reply.answers.external_id, reply.key, None)
    assert (second.text, second.in_reply_to, second.key) == (SECOND, "post-1", uuid5(reply.key, "part 2"))
    assert second.thread_raw == reply.answers.raw
    sent = fresh(reply)
    assert (sent.state, sent.sent_at, sent.mention.external_id) == (ReplyState.SENT, LATER, "post-1")
    assert kinds(held) == ["reply_queued", "part_sent", "reply_sent", "waiting"]
    ours = Mention.objects.filter(is_ours=True).order_by("pk")
    assert [(one.text, one.in_reply_to, one.entry.conversation_id) for one in ours] == [
        (FIRST, reply.answers.external_id, held.pk),
        (SECOND, "post-1", held.pk),
    ]
    assert not WaitingMention.objects.filter(mention__in=ours).exists()
    held.refresh_from_db()
    assert (held.stage, held.mention_count) == (Stage.WAITING, 3)


def test_delivering_more_often_sends_no_post_twice(reply, network):
    for _n in range(4):
        deliver(reply, network, LATER)

    assert texts(network) == [FIRST, SECOND]


def test_a_message_between_two_posts_does_not_stop_the_second(reply, network, held):
    deliver(reply, network)
    hear(held.channel, said("new", "Thank you!", answers="post-1", minute=1), at=NOON)

    deliver(reply, network, LATER)

    assert fresh(reply).state == ReplyState.SENT
    assert texts(network) == [FIRST, SECOND]


def test_a_message_before_the_first_post_stops_all(reply, network, held):
    hear(held.channel, said("new", "One more thing.", answers=reply.answers.external_id, minute=1), at=NOON)

    deliver(reply, network, LATER)

    assert (fresh(reply).state, network.posts) == (ReplyState.FAILED, [])
    assert Draft.objects.get().body == TEXT
    assert Draft.objects.get().split == Split.PLAIN


def test_a_post_that_failed_for_a_while_is_tried_again_and_only_it(reply, network):
    deliver(reply, network)
    network.before = raising(TemporaryFailure("Busy.", retry_after=0))
    deliver(reply, network, LATER)
    network.before = lambda: None

    assert (fresh(reply).state, fresh(reply).error) == (ReplyState.QUEUED, "Busy.")
    deliver(reply, network, LATER)

    assert texts(network) == [FIRST, SECOND]
    assert network.looked_for == [uuid5(reply.key, "part 2")]


def test_what_is_left_of_a_failed_thread_is_a_draft_again(reply, network, held):
    deliver(reply, network)
    network.before = raising(PermanentFailure("They blocked us."))

    deliver(reply, network, LATER)

    failed = fresh(reply)
    assert (failed.state, failed.error, out(failed)) == (ReplyState.FAILED, "They blocked us.", [(1, "post-1")])
    assert Draft.objects.get().body == SECOND
    assert Mention.objects.get(is_ours=True).text == FIRST


def test_another_try_goes_on_where_it_stopped(reply, network, held, agent):
    deliver(reply, network)
    network.before = raising(PermanentFailure("They blocked us."))
    deliver(reply, network, LATER)
    network.before = lambda: None

    replies.retry_reply(reply_id=reply.pk, author=agent, at=LATER)
    assert Draft.objects.get().body == ""
    deliver(reply, network, LATER)

    assert texts(network) == [FIRST, SECOND]
    assert fresh(reply).state == ReplyState.SENT


def test_the_rest_can_be_given_up_when_it_failed_but_not_while_it_goes(reply, network, agent):
    deliver(reply, network)
    with pytest.raises(TooLate, match="part of your answer is out"):
        withdrawing.withdraw_reply(reply_id=reply.pk, actor=agent, at=LATER)
    assert fresh(reply).state == ReplyState.QUEUED
    network.before = raising(PermanentFailure("They blocked us."))
    deliver(reply, network, LATER)

    withdrawing.withdraw_reply(reply_id=reply.pk, actor=agent, at=LATER)

    assert fresh(reply).state == ReplyState.WITHDRAWN
    assert Draft.objects.get().body == SECOND


def test_a_dead_workers_post_is_found_and_the_thread_goes_on(reply, network):
    deliver(reply, network)
    network.after = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        deliver(reply, network, LATER)
    network.after = lambda: None

    delivery.resolve_stuck(reply_id=reply.pk, at=LATEST, connector=network)

    assert texts(network) == [FIRST, SECOND]
    assert (fresh(reply).state, out(reply)) == (ReplyState.SENT, [(1, "post-1"), (2, "post-2")])


def test_a_post_that_nobody_is_sure_of_holds_the_rest_until_a_person_knows(reply, network, held, agent):
    network.after = raising(OutcomeUnknown("The line broke."))
    deliver(reply, network)
    assert (fresh(reply).state, out(reply)) == (ReplyState.UNCERTAIN, [])
    network.after = lambda: None

    delivery.settle_reply(reply_id=reply.pk, verdict=delivery.Verdict.THERE, actor=agent, at=LATER)

    assert (fresh(reply).state, out(reply)) == (ReplyState.QUEUED, [(1, "")])
    assert kinds(held)[-1] == "part_sent"
    assert held.events.latest("pk").data == {"reply": reply.pk, "part": 1, "of": 2, "verdict": "there"}
    assert deliver(reply, network, LATER) is True
    # Nobody knows where the first is, so the second stands below what was said.
    assert network.posts[1].in_reply_to == reply.answers.external_id
    assert fresh(reply).state == ReplyState.SENT


def test_a_post_that_a_person_does_not_find_gives_all_that_is_left_back(reply, network, agent):
    network.after = raising(OutcomeUnknown("The line broke."))
    deliver(reply, network)

    delivery.settle_reply(reply_id=reply.pk, verdict=delivery.Verdict.NOT_THERE, actor=agent, at=LATER)

    assert fresh(reply).state == ReplyState.FAILED
    assert Draft.objects.get().body == TEXT


def test_looking_again_finds_a_post_and_the_thread_goes_on(reply, network):
    network.after = raising(OutcomeUnknown("The line broke."))
    deliver(reply, network)
    network.after = lambda: None

    delivery.look_again(reply_id=reply.pk, at=LATER, connector=network)

    assert (fresh(reply).state, out(reply)) == (ReplyState.QUEUED, [(1, "post-1")])
    deliver(reply, network, LATEST)
    assert texts(network) == [FIRST, SECOND]


def test_a_receipt_that_comes_late_counts_once(reply, network, held):
    # The worker taken for dead comes back after another has found its post.
    network.after = lambda: delivery.resolve_stuck(reply_id=reply.pk, at=LATEST, connector=network)

    assert deliver(reply, network) is False

    assert out(reply) == [(1, "post-1")]
    assert kinds(held) == ["reply_queued", "part_sent"]
    assert fresh(reply).state == ReplyState.QUEUED


def test_sending_anyway_is_a_new_thread(reply, network, held, agent, policy):
    hear(held.channel, said("new", "One more thing.", answers=reply.answers.external_id, minute=1), at=NOON)
    deliver(reply, network, LATER)
    seen = Seen(held.fence, last_heard(held).pk, policy.pk)

    again = resending.send_anyway(reply_id=reply.pk, author=agent, seen=seen, at=LATER)

    assert (again.split, again.parts.count(), fresh(reply).state) == (Split.PLAIN, 2, ReplyState.WITHDRAWN)


def test_a_thread_that_closes_closes_with_its_last_post(portal, network, held, agent, policy):
    reply = queue(held, agent, policy, closes=True)
    deliver(reply, network)
    held.refresh_from_db()
    assert held.stage == Stage.CLAIMED

    deliver(reply, network, LATER)

    held.refresh_from_db()
    assert held.stage == Stage.CLOSED


def test_a_draft_gives_its_choice_along_with_its_text(portal, network, held, agent):
    source = DraftFactory(conversation=held, author=UserFactory(), body=TEXT, split=Split.NUMBERED)

    drafts.copy_draft(source=source, author=agent, at=NOON)

    assert Draft.objects.get(author=agent).split == Split.NUMBERED
