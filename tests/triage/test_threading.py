from datetime import timedelta

import pytest

from listening.models import Channel, Mention, WaitingMention
from listening.services import ingest
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, DepartmentFactory
from tests.support.hearing import hear, said
from triage.models import Conversation
from triage.services.arriving import intake
from triage.states import Outcome, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


def threads() -> list[str]:
    """Return each conversation that holds something as the ids of its mentions, oldest conversation first."""
    return [
        " ".join(sorted(entry.mention.external_id for entry in conversation.entries.select_related("mention")))
        for conversation in Conversation.objects.order_by("pk")
        if conversation.entries.exists()
    ]


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def test_answers_in_one_batch_are_one_thread(channel):
    hear(channel, said("1"), said("2", answers="1"), said("x"), said("3", answers="2"))

    assert threads() == ["1 2 3", "x"]


def test_answers_in_later_batches_join_the_thread(channel):
    hear(channel, said("1"))
    hear(channel, said("2", answers="1"))
    hear(channel, said("3", answers="2"), said("4", answers="1"))

    assert threads() == ["1 2 3 4"]
    assert Conversation.objects.get().mention_count == 4


def test_the_same_ids_on_another_channel_are_another_thread(channel):
    hear(channel, said("1"))
    hear(ChannelFactory(), said("2", answers="1"))

    assert threads() == ["1", "2"]


def test_an_answer_before_what_it_answers_is_one_thread(channel):
    hear(channel, said("2", answers="1"), said("1"))

    assert threads() == ["1 2"]


def test_an_answer_in_an_earlier_batch_than_what_it_answers_is_one_thread(channel):
    hear(channel, said("2", answers="1"))
    hear(channel, said("1"))

    assert threads() == ["1 2"]


def test_two_answers_to_what_nobody_heard_are_one_thread(channel):
    hear(channel, said("2", answers="1"))
    hear(channel, said("3", answers="1"))

    assert threads() == ["2 3"]


def test_something_that_answers_itself_is_a_thread_of_its_own(channel):
    hear(channel, said("1", answers="1"))
    hear(channel, said("2", answers="1"))

    assert threads() == ["1 2"]


def test_two_that_answer_each_other_are_one_thread(channel):
    hear(channel, said("1", answers="2"))
    hear(channel, said("2", answers="1"))

    assert threads() == ["1 2"]


def test_our_own_posts_alone_open_nothing(channel):
    hear(channel, said("1", ours=True), said("2", answers="1", ours=True))

    assert not Conversation.objects.exists()
    assert not WaitingMention.objects.exists()


def test_an_answer_to_our_own_post_brings_it_along(channel):
    hear(channel, said("1", ours=True))
    hear(channel, said("2", answers="1", minute=1))

    assert threads() == ["1 2"]


def test_our_answer_that_was_heard_first_is_found_when_the_question_comes(channel):
    hear(channel, said("2", answers="1", ours=True, minute=1))
    hear(channel, said("1"))

    conversation = Conversation.objects.get()
    assert threads() == ["1 2"]
    assert (conversation.stage, conversation.outcome) == (Stage.CLOSED, Outcome.ELSEWHERE)


def test_a_line_of_our_own_posts_is_found_when_the_question_comes(channel):
    hear(channel, said("3", answers="2", ours=True), said("2", answers="1", ours=True))
    hear(channel, said("1"))

    assert threads() == ["1 2 3"]


def test_our_answer_to_an_unheard_question_is_found_by_another_answer(channel):
    hear(channel, said("2", answers="1", ours=True))
    hear(channel, said("3", answers="1", minute=1))

    assert threads() == ["2 3"]


def test_a_post_of_ours_between_two_arrivals_holds_them_together(channel):
    hear(channel, said("2", answers="1", ours=True, minute=1))
    hear(channel, said("1"), said("3", answers="2", minute=2))

    assert threads() == ["1 2 3"]


def test_a_late_question_joins_what_it_holds_together(channel):
    hear(channel, said("2", answers="1"), said("4", answers="3"))
    hear(channel, said("1"))
    hear(channel, said("3", answers="1"))

    kept, emptied = Conversation.objects.order_by("pk")
    assert threads() == ["1 2 3 4"]
    assert (kept.stage, kept.mention_count) == (Stage.NEW, 4)
    assert (emptied.stage, emptied.outcome, emptied.mention_count) == (Stage.CLOSED, Outcome.MERGED, 0)
    assert kinds(emptied) == ["opened", "merged"]
    assert kinds(kept) == ["opened", "heard", "merged", "heard"]
    assert emptied.events.last().data == {"into": kept.pk}


def test_arrivals_that_touch_what_another_arrival_merges_are_one_group(channel):
    hear(channel, said("a"), said("c", answers="b"), said("d", answers="c"), said("e", answers="d"))
    # "b" joins the two; "f" answers the one that is emptied by that, far from where they are joined.
    hear(channel, said("b", answers="a"), said("f", answers="e"))

    assert threads() == ["a b c d e f"]
    assert sorted(Conversation.objects.values_list("stage", "outcome")) == [("closed", "merged"), ("new", "")]


def test_what_people_have_worked_on_is_not_emptied(channel):
    hear(channel, said("2", answers="1"), said("4", answers="3"))
    Conversation.objects.update(stage=Stage.ASSIGNED, department=DepartmentFactory(), due_for="claim")

    hear(channel, said("3", answers="2"))

    assert threads() == ["2 3", "4"]
    assert list(Conversation.objects.values_list("stage", flat=True)) == ["assigned", "assigned"]


def test_an_untouched_conversation_is_emptied_into_the_one_that_was_worked_on(channel):
    hear(channel, said("2", answers="1"))
    hear(channel, said("4", answers="3"))
    worked = Conversation.objects.order_by("pk").last()
    department = DepartmentFactory()
    Conversation.objects.filter(pk=worked.pk).update(stage=Stage.ASSIGNED, department=department, due_for="claim")

    hear(channel, said("3", answers="2"))

    worked.refresh_from_db()
    assert threads() == ["2 3 4"]
    assert (worked.stage, worked.department, worked.mention_count) == (Stage.ASSIGNED, department, 3)


def test_a_merger_keeps_the_more_urgent_priority_the_earlier_deadline_and_who_may_see_it(channel):
    grid = DepartmentFactory(listens_for=["outage"])
    hear(channel, said("2", "How much is it?", answers="1"))
    hear(channel, said("4", "An outage!", answers="3", minute=5), at=NOON + timedelta(minutes=5))
    urgent = Conversation.objects.order_by("pk").last()

    hear(channel, said("3", answers="2", minute=1), at=NOON + timedelta(minutes=6))

    kept = Conversation.objects.exclude(outcome=Outcome.MERGED).get()
    assert (kept.priority, kept.due_at, kept.suggestion["because"][0]["rule"]) == (1, urgent.due_at, "Outage")
    assert (kept.snippet, kept.last_inbound_at) == ("An outage!", NOON + timedelta(minutes=5))
    assert list(kept.concerns.values_list("department", flat=True)) == [grid.pk]


def test_a_decided_conversation_becomes_as_urgent_as_what_turns_out_to_belong_to_it(channel):
    hear(channel, said("2", answers="1"))
    kept = Conversation.objects.get()
    care = DepartmentFactory()
    Conversation.objects.update(
        stage=Stage.ASSIGNED, department=care, disposition="customer_service", visibility="public", due_for="claim"
    )
    before = Conversation.objects.get().due_at
    hear(channel, said("4", "An outage!", answers="3", minute=5))

    hear(channel, said("3", answers="2", ours=True, minute=6))

    kept.refresh_from_db()
    assert threads() == ["2 3 4"]
    assert (kept.stage, kept.priority) == (Stage.ASSIGNED, 1)
    assert kept.due_at < before


def test_an_undecided_conversation_emptied_into_a_closed_one_reopens_it(channel):
    hear(channel, said("2", answers="1"))
    closed = Conversation.objects.get()
    Conversation.objects.update(stage=Stage.CLOSED, outcome=Outcome.RESOLVED, closed_at=NOON, due_at=None, due_for="")
    hear(channel, said("4", "Nobody read this yet.", answers="3", minute=5))

    hear(channel, said("3", answers="2", ours=True, minute=1))

    closed.refresh_from_db()
    assert threads() == ["2 3 4"]
    assert (closed.stage, closed.outcome, closed.snippet) == (Stage.NEW, "", "Nobody read this yet.")
    assert kinds(closed) == ["opened", "merged", "reopened", "heard"]


def test_an_undecided_conversation_that_was_answered_elsewhere_leaves_it_closed(channel):
    hear(channel, said("2", answers="1"), said("9", answers="2", ours=True, minute=9))
    hear(channel, said("4", answers="3", minute=5))

    hear(channel, said("3", answers="2", minute=1))

    answered = Conversation.objects.exclude(outcome=Outcome.MERGED).get()
    assert threads() == ["2 3 4 9"]
    assert (answered.stage, answered.outcome) == (Stage.CLOSED, Outcome.ELSEWHERE)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_thread_is_the_same_however_it_was_heard(channel, size):
    items = [
        said("1"),
        said("2", answers="1", ours=True, minute=1),
        said("3", answers="2", minute=2),
        said("4", answers="3", ours=True, minute=3),
        said("5", answers="4", minute=4),
        said("6", answers="2", minute=5),
        said("7", answers="nobody heard it", minute=6),
    ]

    for order in (items, items[::-1], items[3:] + items[:3], items[::2] + items[1::2]):
        other = ChannelFactory()
        ingest.store_items(channel=other, items=order, at=NOON)
        while intake.take_in_mentions(at=NOON, limit=size):
            pass
        found = [
            " ".join(sorted(entry.mention.external_id for entry in conversation.entries.select_related("mention")))
            for conversation in other.conversations.order_by("last_inbound_at")
            if conversation.entries.exists()
        ]
        assert found == ["1 2 3 4 5 6", "7"]
        assert set(other.conversations.exclude(outcome=Outcome.MERGED).values_list("stage", flat=True)) == {Stage.NEW}
        assert sum(other.conversations.values_list("mention_count", flat=True)) == 7
    assert Mention.objects.count() == 28
