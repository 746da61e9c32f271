import pytest

from teams.models import Membership, User
from tests.factories.teams import NOON
from tests.factories.triage import ReplyFactory, last_heard
from tests.support.api import Program
from tests.support.approving import LATER, TEXT, approve, kinds, needs, send, state_of, told
from tests.support.hearing import hear, said
from tests.support.visiting import answer_form, browser, get
from triage.history.sentences import sentence
from triage.models import Approval, Conversation, Draft, Reply
from triage.services.approving import asks, verdicts
from triage.services.seen import Seen
from triage.services.sending import withdrawing
from triage.services.sending.replies import WorldChanged
from triage.services.writing import drafts
from triage.states import ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def wish(held: Conversation, policy, *, is_wished: bool = True) -> Approval:
    return asks.ask_approval(
        conversation_id=held.pk,
        author=held.holder,
        body=TEXT,
        seen=Seen(2, last_heard(held).pk, policy.pk),
        at=NOON,
        sends_when_approved=is_wished,
    )


def test_the_last_word_sends_what_its_author_wished(held, policy, manager, legal, settings):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="all")
    approval = wish(held, policy)

    approve(approval, manager)
    assert not Reply.objects.exists()
    approve(approval, legal)

    reply = Reply.objects.get()
    assert (reply.author, reply.body, reply.state, reply.approval) == (held.holder, TEXT, ReplyState.QUEUED, approval)
    assert (reply.not_before_at - LATER).total_seconds() == settings.SEND_UNDO_SECONDS
    assert state_of(approval) == Approval.State.USED
    assert Draft.objects.get().body == ""
    assert kinds(held) == ["approval_asked", "approval_given", "approval_given", "reply_queued"]
    queued = held.events.get(kind="reply_queued")
    assert (queued.actor, queued.data) == (held.holder, {"reply": reply.pk, "by_approval": True})
    assert sentence(queued) == "The answer of Anna Alm is on its way by itself, since it is approved."
    assert told(held.holder) == ["approval_sent"]


def test_without_the_wish_the_author_sends(held, policy, manager):
    needs(held, {"person": manager.pk})
    approve(wish(held, policy, is_wished=False), manager)

    assert not Reply.objects.exists()
    assert told(held.holder) == ["approval_given"]


def test_what_was_wished_last_counts(held, policy, manager):
    needs(held, {"person": manager.pk})
    first = wish(held, policy)

    again = wish(held, policy, is_wished=False)
    approve(again, manager)

    assert again == first
    assert not Reply.objects.exists()


def test_what_went_out_by_itself_can_be_taken_back_and_stays_approved(held, policy, manager):
    needs(held, {"person": manager.pk})
    approve(wish(held, policy), manager)

    withdrawing.withdraw_reply(reply_id=Reply.objects.get().pk, actor=held.holder, at=LATER)

    assert Draft.objects.get().body == TEXT
    assert send(held, policy).state == ReplyState.QUEUED


def test_what_came_in_meanwhile_keeps_the_answer_a_draft(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = wish(held, policy)
    hear(held.channel, said("again", "One more thing.", answers=last_heard(held).external_id, minute=1), at=NOON)

    with pytest.raises(WorldChanged):
        approve(approval, manager)

    assert (state_of(approval), Draft.objects.get().body) == (Approval.State.ASKED, TEXT)
    assert not Reply.objects.exists()
    assert "customer_answered" in told(held.holder)


@pytest.mark.parametrize("hindrance", ["another answer", "left the department", "left"])
def test_what_stands_in_the_way_leaves_it_approved_and_tells_the_author(held, policy, manager, hindrance):
    needs(held, {"person": manager.pk})
    approval = wish(held, policy)
    {
        "another answer": lambda: ReplyFactory(conversation=held, policy_version=policy),
        "left the department": lambda: Membership.objects.filter(user=held.holder).delete(),
        "left": lambda: User.objects.filter(pk=held.holder_id).update(is_active=False),
    }[hindrance]()

    approve(approval, manager)

    assert state_of(approval) == Approval.State.APPROVED
    assert not Reply.objects.filter(approval=approval).exists()
    assert Draft.objects.get().body == TEXT
    assert kinds(held) == ["approval_asked", "approval_given"]
    assert told(held.holder) == ([] if hindrance == "left" else ["approval_given"])


def test_an_answer_in_between_keeps_what_is_approved_and_the_page_says_so(held, policy, manager, legal):
    needs(held, {"person": manager.pk})
    approval = wish(held, policy)
    Approval.objects.filter(pk=approval.pk).update(state=Approval.State.APPROVED)

    page = get(held.holder, f"/inbox/mine/{held.pk}/")

    assert "It did not go out by itself: something stood in the way." in page
    assert "send it as it stands" in page


def test_what_an_approver_proposes_goes_out_only_when_its_author_sends_it(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = wish(held, policy)

    verdicts.approve_with_edit(approval_id=approval.pk, approver=manager, body="We are coming.", note="", at=LATER)
    taken = asks.take_edit(approval_id=approval.pk, author=held.holder, at=LATER)

    assert (taken.state, taken.sends_when_approved) == (Approval.State.APPROVED, False)
    assert not Reply.objects.exists()


def test_what_is_taken_goes_out_with_the_words_that_are_still_asked(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="all")
    approval = wish(held, policy)
    verdicts.approve_with_edit(approval_id=approval.pk, approver=manager, body="We are coming.", note="", at=LATER)

    taken = asks.take_edit(approval_id=approval.pk, author=held.holder, at=LATER)
    approve(taken, legal)

    assert Reply.objects.get().body == "We are coming."


def test_another_text_begun_meanwhile_is_kept(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = wish(held, policy)
    drafts.save_draft(conversation_id=held.pk, author=held.holder, body="Something else.", at=NOON)

    approve(approval, manager)

    draft = Draft.objects.get()
    assert Reply.objects.get().body == TEXT
    assert "Something else." in [draft.body, *draft.versions.values_list("body", flat=True)]


def test_the_page_asks_for_it_and_says_it_to_both(held, policy, manager):
    needs(held, {"person": manager.pk})
    assert "Send it as soon as it is approved" in get(held.holder, f"/inbox/mine/{held.pk}/")

    page = browser(held.holder).post(
        f"/conversations/{held.pk}/ask-approval/?from=mine",
        answer_form(held, policy, body=TEXT, sends_when_approved="on"),
        follow=True,
    )

    says = "It goes out by itself as soon as it is approved."
    assert says in page.content.decode()
    assert says in get(manager, f"/approvals/{Approval.objects.get().pk}/")


def test_programs_wish_it_too(held, policy, manager):
    needs(held, {"person": manager.pk})
    seen = {"fence": 2, "mention": last_heard(held).pk, "policy_version": policy.pk}

    asked = Program(held.holder).post(
        f"conversations/{held.pk}/approvals/", {"body": TEXT, "sends_when_approved": True, **seen}
    )
    Program(manager).post(f"approvals/{asked.json()['id']}/verdict/", {"verdict": "approved"})

    assert asked.json()["sends_when_approved"] is True
    assert Reply.objects.get().body == TEXT
