from html import unescape
from re import search
from uuid import uuid4

import pytest

from listening.connectors import registry
from socialhub.lib.errors import Conflict
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory
from tests.factories.policies import everybody_attests
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory, ReplyFactory, last_heard
from tests.support.api import Program
from tests.support.approving import LATER, ask, needs, state_of
from tests.support.changing import ChangingNetwork, change_of, correct, out
from tests.support.hearing import hear, said
from tests.support.sending import deliver, fresh
from tests.support.visiting import HTMX, answer_form, browser
from triage.models import Approval, Conversation, Merge, Reply, ThreadEntry
from triage.services import closing
from triage.services.approving import standing, verdicts
from triage.services.approving.standing import ApprovalNeeded, Needed, approval_needed
from triage.services.pen import claims, handing_over
from triage.services.pen.claims import NotTheHolder
from triage.services.seen import Seen
from triage.services.sending import correcting, replies
from triage.services.sending.replies import WorldChanged
from triage.services.threads import folding, merging_by_hand
from triage.states import Outcome, ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

MERGED = "The conversation with Ole Older was merged into this one."
UNDONE = "A merge was undone: what had come with it is gone from here."


@pytest.fixture
def older() -> Conversation:
    """A conversation whose message was heard before all others."""
    return ConversationFactory(profile=ProfileFactory(channel__kind="scripted", name="Ole Older"))


@pytest.fixture
def held(older, care, agent) -> Conversation:
    profile = ProfileFactory(channel=older.channel, name="Cy Client")
    return ConversationFactory(claimed=True, department=care, holder=agent, profile=profile)


@pytest.fixture
def seen(held, policy) -> Seen:
    return Seen(2, last_heard(held).pk, policy.pk)


def merge(target: Conversation, source: Conversation, by) -> Merge:
    readers = [concern.department_id for concern in target.concerns.all()]
    (made,) = merging_by_hand.merge_conversations(
        target_id=target.pk, source_ids=[source.pk], readers=readers, actor=by, at=NOON
    )
    return made


def queue(held: Conversation, seen: Seen) -> Reply:
    return replies.queue_reply(
        conversation_id=held.pk, author=held.holder, body="Soon.", key=uuid4(), seen=seen, closes=False, at=NOON
    )


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_page_that_has_not_shown_what_was_merged_sends_nothing_until_its_reader_says_so(
    older, held, agent, owner, policy, headers
):
    form = answer_form(held, policy)
    merge(held, older, owner)
    holder = browser(agent, **headers)

    refused = holder.post(f"/conversations/{held.pk}/send/", form)

    page = unescape(refused.content.decode())
    assert (refused.status_code, MERGED in page) == (409, True)
    assert not Reply.objects.exists()
    offered = search(r'name="anyway" value="([0-9-]+)"', page)
    assert offered is not None
    holder.post(f"/conversations/{held.pk}/send/", form | {"anyway": offered[1]})
    assert Reply.objects.get().body == "On our way."


def test_a_program_that_has_not_read_what_was_merged_is_told(older, held, agent, owner, seen):
    merge(held, older, owner)
    form = {"body": "Soon.", "key": str(uuid4()), "fence": 2, "mention": seen.mention_id}

    answer = Program(agent).post(f"conversations/{held.pk}/replies/", form | {"policy_version": seen.policy_version_id})

    told = answer.json()
    assert (answer.status_code, told["code"], told["changes"]) == (409, "world_changed", [MERGED])
    assert told["conversation"]["fence"] == 3
    assert not Reply.objects.exists()


@pytest.fixture
def returned(held, policy, monkeypatch) -> Reply:
    """An answer that is out, in what lies with its department again."""
    monkeypatch.setitem(registry.CONNECTORS, "scripted", ChangingNetwork())
    Conversation.objects.filter(pk=held.pk).update(stage="assigned", holder=None)
    return out(held, policy)


def test_who_corrects_what_nobody_holds_is_told_what_was_merged_since_they_looked(older, returned, held, owner):
    looked_at = change_of(returned)
    merge(held, older, owner)

    with pytest.raises(WorldChanged) as refused:
        correcting.queue_change(change=looked_at, actor=owner, key=uuid4(), at=NOON)

    assert refused.value.changes == [MERGED]
    assert not returned.changes.exists()
    assert correct(returned, owner).state == ReplyState.QUEUED


@pytest.mark.parametrize(("is_seen", "status"), [(True, 200), (False, 404)])
def test_who_holds_the_thread_now_corrects_what_was_answered_before_the_merge(
    older, returned, held, agent, owner, care, is_seen, status
):
    ConcernFactory(conversation=older, department=care)
    merge(older, held, owner)
    Conversation.objects.filter(pk=older.pk).update(stage="claimed", department=care, holder=agent)
    if not is_seen:
        held.concerns.all().delete()
    holder = browser(agent)

    thread = holder.get(f"/conversations/{older.pk}/", follow=True).content.decode()

    assert (f"/replies/{returned.pk}/change/" in thread) is is_seen
    assert holder.get(f"/replies/{returned.pk}/change/").status_code == status
    if is_seen:
        with pytest.raises(WorldChanged, match="Nothing was changed"):
            correct(returned, agent, mention=0)
        assert correct(returned, agent).state == ReplyState.QUEUED


def test_another_try_of_a_correction_is_told_what_was_merged_since_it_was_asked_for(older, returned, held, owner):
    change = correct(returned, owner)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED)
    merge(held, older, owner)

    with pytest.raises(WorldChanged) as refused:
        correcting.retry_change(reply_id=change.pk, author=owner, fence=change.fence, at=NOON)

    assert refused.value.changes == [MERGED]
    assert fresh(change).state == ReplyState.FAILED


def test_an_answer_that_waits_goes_back_when_the_thread_turns_out_to_be_longer(care, agent, policy, network):
    channel = ChannelFactory(kind="scripted")
    (first, _orphan) = hear(channel, said("root"), said("orphan", "Hello?", answers="ours", minute=9))
    hear(channel, said("new", "And now?", answers="root", minute=10))
    Conversation.objects.filter(pk=first.pk).update(stage="claimed", holder=agent, fence=2, department=care)
    first.refresh_from_db()
    waiting = ReplyFactory(conversation=first, policy_version=policy)

    # Our own post, which was heard late, holds the two together; nobody else says anything new.
    hear(channel, said("ours", "Which heating?", answers="root", ours=True, minute=5))

    assert ThreadEntry.objects.get(mention__external_id="orphan").conversation == first
    assert not deliver(waiting, network)
    failed = fresh(waiting)
    assert (failed.state, str(failed.problem)) == (
        ReplyState.FAILED,
        "The conversation with Anna was merged into this one.",
    )
    assert network.posts == []


def test_what_was_approved_before_a_merge_lets_nothing_out(older, held, agent, owner, legal, policy):
    needs(held, {"person": legal.pk})
    approval = ask(held, policy)
    verdicts.approve(approval_id=approval.pk, approver=legal, at=NOON)

    merge(held, older, owner)

    assert state_of(approval) == "withdrawn"
    held.refresh_from_db()
    with pytest.raises(ApprovalNeeded):
        queue(held, Seen(3, last_heard(held).pk, policy.pk))
    assert not Reply.objects.exists()


def test_a_copy_that_spoke_for_itself_and_comes_back_is_noticed(held, owner, seen):
    copy = MentionFactory(profile=ProfileFactory(channel=held.channel, name="Ole Older"))
    ThreadEntry.objects.create(mention=copy, conversation=held, is_copy=True)
    Conversation.objects.filter(pk=held.pk).update(copy_count=1)
    opened = folding.split_copy(conversation_id=held.pk, mention_id=copy.pk, actor=owner, at=NOON)
    merge(held, Conversation.objects.get(pk=opened), owner)

    with pytest.raises(WorldChanged) as refused:
        queue(held, seen)

    assert MERGED in refused.value.changes
    assert not Reply.objects.exists()


def test_what_is_gone_again_is_told_too(older, held, owner, seen):
    made = merge(held, older, owner)
    merging_by_hand.undo_merge(merge_id=made.pk, actor=owner, at=NOON)

    with pytest.raises(WorldChanged) as refused:
        queue(held, Seen(3, seen.mention_id, seen.policy_version_id))

    assert refused.value.changes == [UNDONE]
    assert refused.value.now == Seen(4, seen.mention_id, seen.policy_version_id)
    assert not Reply.objects.exists()


def test_what_is_answered_may_have_gone_with_a_merge_that_was_undone(held, agent, owner, policy):
    newer = ConversationFactory(profile=held.profile)
    made = merge(held, newer, owner)
    answered = last_heard(held)
    merging_by_hand.undo_merge(merge_id=made.pk, actor=owner, at=NOON)

    with pytest.raises(WorldChanged) as refused:
        queue(held, Seen(4, answered.pk, policy.pk))

    assert refused.value.changes == ["What you answer is not in this conversation any more."]
    assert not Reply.objects.exists()


def test_a_pen_that_moved_on_counts_more_than_what_was_merged(older, held, agent, owner, seen):
    merge(held, older, owner)
    claims.release_conversation(conversation_id=held.pk, agent=agent, fence=3, at=NOON)
    claims.claim_conversation(conversation_id=held.pk, agent=agent, at=NOON)

    with pytest.raises(NotTheHolder, match="You hold this conversation anew"):
        queue(held, seen)
    assert not Reply.objects.exists()


def test_the_other_acts_of_the_holder_are_told_the_same(older, held, agent, owner):
    merge(held, older, owner)
    given = {"conversation_id": held.pk, "fence": 2, "at": NOON}

    for act in (
        lambda: claims.release_conversation(agent=agent, **given),
        lambda: closing.wait_for_customer(agent=agent, **given),
        lambda: closing.close_conversation(actor=agent, outcome=Outcome.THANKED, **given),
        lambda: handing_over.ask(giver=agent, taker=owner, note="", **given),
    ):
        with pytest.raises(Conflict, match=MERGED):
            act()
    held.refresh_from_db()
    assert (held.stage, held.holder, held.fence) == ("claimed", agent, 3)


def test_who_was_asked_to_take_over_still_is(older, held, care, agent, owner):
    bo = MembershipFactory(department=care).user
    given = {"giver": agent, "taker": bo, "note": "", "fence": 2, "at": NOON}
    asked = handing_over.ask(conversation_id=held.pk, **given)

    merge(held, older, owner)
    handing_over.accept(hand_over_id=asked.pk, taker=bo, at=NOON)

    held.refresh_from_db()
    assert (held.holder, held.fence) == (bo, 4)


def test_a_conversation_that_nobody_holds_keeps_its_fence(older, held, agent, owner):
    claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=NOON)

    merge(held, older, owner)

    held.refresh_from_db()
    assert held.fence == 3


def test_what_only_the_decision_of_the_source_asked_is_asked_of_the_whole_thread(older, held, owner, legal, policy):
    everybody_attests()
    needs(held)
    needs(older, {"person": legal.pk})
    merge(held, older, owner)
    now = Seen(3, last_heard(held).pk, policy.pk)

    held.refresh_from_db()
    with pytest.raises(ApprovalNeeded):
        queue(held, now)
    assert not Reply.objects.exists()
    # Whoever decides anew has all of it before them, and begins with what was asked of each part.
    assert approval_needed(held) == Needed(Approval.Mode.ANY, ({"person": legal.pk},))
    needs(held, at=LATER)
    assert approval_needed(held) is None


def test_what_was_merged_asks_nothing_any_more_once_it_is_gone(older, held, owner, legal):
    needs(held)
    needs(older, {"person": legal.pk})
    made = merge(held, older, owner)

    merging_by_hand.undo_merge(merge_id=made.pk, actor=owner, at=NOON)

    assert approval_needed(held) is None


def test_of_merges_in_a_row_each_decision_counts(older, held, owner, legal, manager, policy):
    middle = ConversationFactory(profile=older.profile)
    needs(older, {"person": legal.pk}, {"person": owner.pk})
    needs(middle)
    needs(held, {"role": "manager"})
    merge(middle, older, owner)

    merge(held, middle, owner)

    groups = [Needed(Approval.Mode.ANY, ({"role": "manager"},))]
    groups += [Needed(Approval.Mode.ANY, ({"person": legal.pk}, {"person": owner.pk}))]
    assert standing.needed_by_decisions(held) == groups
    everybody = ({"role": "manager"}, {"person": legal.pk}, {"person": owner.pk})
    assert approval_needed(held) == Needed(Approval.Mode.ALL, everybody)
