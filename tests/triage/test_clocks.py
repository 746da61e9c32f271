from datetime import UTC, datetime, timedelta

import pytest

from policies.engine.targets import Hours, Target
from policies.models import PolicyVersion
from policies.services import drafting, publishing, targets
from teams.services import hours
from tests.factories.listening import MentionFactory
from tests.factories.policies import everybody_attests
from tests.factories.teams import MembershipFactory, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory
from triage.models import ClockEnd, Conversation
from triage.services import closing
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.pen import claims, taking_over
from triage.states import Disposition, Stage

pytestmark = pytest.mark.django_db

OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
# The Friday of the worked example, at a quarter to five, in UTC.
FRIDAY = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def allow(*wanted: Target, at: datetime = FRIDAY) -> PolicyVersion:
    """Put a version in force that allows these times."""
    editor = UserFactory()
    draft = drafting.start_draft(editor=editor, at=at)
    seen = targets.fingerprint_of_targets(draft)
    targets.set_targets(version_id=draft.pk, targets=wanted, passes_over_thanks=True, seen=seen)
    return publishing.publish_version(version_id=draft.pk, publisher=editor, at=at, reason="For a test.")


def ends() -> list[tuple[str, datetime, datetime, bool]]:
    return list(ClockEnd.objects.order_by("pk").values_list("step", "due_at", "ended_at", "missed"))


@pytest.fixture
def office(policy):
    OrganisationFactory(week=OFFICE)
    hours.forget()
    return allow(
        Target(3, decide=30, claim=30, answer=60, rest=60, resolve=480, hours=Hours.BUSINESS),
        Target(3, decide=30, claim=30, answer=20, rest=60, disposition="public_response", hours=Hours.BUSINESS),
    )


def decide(conversation, care, *, disposition=Disposition.CUSTOMER_SERVICE, at=FRIDAY) -> Conversation:
    choice = Choice(disposition, 3, department=care, visibility="public")
    owner = UserFactory()
    everybody_attests()
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=conversation.fence, at=at)
    conversation.refresh_from_db()
    return conversation


def test_a_decision_at_a_quarter_to_five_on_friday_is_claimed_by_monday(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY, due_at=FRIDAY), care)

    assert (conversation.due_at, conversation.due_for, conversation.due_under) == (MONDAY, "claim", office.pk)
    assert conversation.resolve_due_at == FRIDAY + timedelta(days=3)
    assert ends() == [("decide", FRIDAY, FRIDAY, False)]


def test_the_hours_of_the_department_count_after_the_decision(office, care):
    type(care).objects.filter(pk=care.pk).update(week={"sat": [["10:00", "12:00"]]})
    hours.forget()

    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)

    assert conversation.due_at == datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def test_a_disposition_has_times_of_its_own(office, care):
    conversation = decide(ConversationFactory(), care, disposition=Disposition.PUBLIC_RESPONSE)
    agent = MembershipFactory(department=care).user

    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)

    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.step_due_at) == (MONDAY + 20 * MINUTE, MONDAY + 20 * MINUTE)
    assert conversation.resolve_due_at is None


def test_a_claim_ends_the_time_to_claim(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user

    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY + MINUTE)

    assert ends()[1:] == [("claim", MONDAY, MONDAY + MINUTE, True)]
    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.due_for) == (MONDAY + 61 * MINUTE, "answer")


def test_the_time_to_resolve_comes_first_where_it_ends_first(office, care):
    early = FRIDAY - timedelta(hours=7)
    conversation = decide(ConversationFactory(opened_at=early), care)
    agent = MembershipFactory(department=care).user
    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)

    conversation.refresh_from_db()
    assert conversation.resolve_due_at == datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
    assert (conversation.due_at, conversation.due_for) == (conversation.resolve_due_at, "resolve")
    assert conversation.step_due_at == MONDAY + 60 * MINUTE


def test_clocks_stand_still_while_we_wait_and_go_on_where_they_stood(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)
    closing.wait_for_customer(conversation_id=conversation.pk, agent=agent, fence=fence, at=MONDAY + 10 * MINUTE)

    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.step_due_at, conversation.resolve_due_at) == (None, None, None)
    assert (conversation.step_left, conversation.resolve_left) == (50, 440)

    thursday = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
    say(conversation, "It still does not work.", at=thursday)

    conversation.refresh_from_db()
    assert conversation.stage == Stage.CLAIMED
    assert conversation.due_at == datetime(2026, 11, 27, 9, 20, tzinfo=UTC)
    assert conversation.resolve_due_at == datetime(2026, 11, 27, 15, 50, tzinfo=UTC)
    assert (conversation.step_left, conversation.resolve_left) == (None, None)
    assert [step for step, *_rest in ends()] == ["decide", "claim"]


def test_what_was_late_when_we_began_to_wait_is_late_when_it_goes_on(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)
    late = MONDAY + 70 * MINUTE
    closing.wait_for_customer(conversation_id=conversation.pk, agent=agent, fence=fence, at=late)

    say(conversation, "And?", at=late + 60 * MINUTE)

    conversation.refresh_from_db()
    assert conversation.due_at == late + 50 * MINUTE


def test_a_new_version_moves_no_clock_that_runs(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)
    before = Conversation.objects.values("due_at", "resolve_due_at", "due_under").get(pk=conversation.pk)
    assert before["due_under"] == office.pk

    allow(Target(3, 1, 1, 1, 1, resolve=1, hours=Hours.ALWAYS), at=MONDAY)

    assert Conversation.objects.values("due_at", "resolve_due_at", "due_under").get(pk=conversation.pk) == before
    # It is paused and goes on in the hours of the version under which it began.
    closing.wait_for_customer(conversation_id=conversation.pk, agent=agent, fence=fence, at=MONDAY)
    say(conversation, "And?", at=datetime(2026, 11, 23, 16, 30, tzinfo=UTC))
    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.due_under) == (datetime(2026, 11, 24, 9, 30, tzinfo=UTC), office.pk)


def test_closing_ends_the_step_and_the_time_to_resolve(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    everybody_attests()
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)
    late = MONDAY + 61 * MINUTE

    closing.close_conversation(conversation_id=conversation.pk, actor=agent, outcome="resolved", fence=fence, at=late)

    assert ends()[2:] == [
        ("answer", MONDAY + 60 * MINUTE, late, True),
        ("resolve", FRIDAY + timedelta(days=3), late, False),
    ]
    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.step_due_at, conversation.resolve_due_at) == (None, None, None)


def test_what_is_given_back_in_time_ended_no_step(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)

    claims.release_conversation(conversation_id=conversation.pk, agent=agent, fence=fence, at=MONDAY + MINUTE)

    assert [step for step, *_rest in ends()] == ["decide", "claim"]
    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.due_for) == (MONDAY + 31 * MINUTE, "claim")
    assert conversation.resolve_due_at == FRIDAY + timedelta(days=3)


def test_what_is_taken_back_too_late_was_missed(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=MONDAY)
    late = MONDAY + 90 * MINUTE

    taking_over.take_over(
        conversation_id=conversation.pk,
        actor=UserFactory(),
        reason="Too late.",
        to_queue=True,
        give_to=None,
        fence=fence,
        at=late,
    )

    assert ends()[2:] == [("answer", MONDAY + 60 * MINUTE, late, True)]


def test_a_new_decision_keeps_what_was_used_up(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)

    decide(conversation, care, at=MONDAY)

    assert conversation.resolve_due_at == FRIDAY + timedelta(days=3)
    assert conversation.due_at == MONDAY + 30 * MINUTE
    assert [step for step, *_rest in ends()] == ["decide"]


def test_reopening_begins_every_clock_anew(office, care):
    conversation = decide(ConversationFactory(opened_at=FRIDAY), care)
    agent = MembershipFactory(department=care).user
    everybody_attests()
    closing.close_conversation(
        conversation_id=conversation.pk, actor=agent, outcome="resolved", fence=conversation.fence, at=FRIDAY
    )

    closing.reopen_conversation(conversation_id=conversation.pk, actor=agent, at=MONDAY)

    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.due_for) == (MONDAY + 30 * MINUTE, "claim")
    assert conversation.resolve_due_at == MONDAY + timedelta(days=1)


def test_who_decides_that_nobody_answers_leaves_no_clock(office):
    conversation = ConversationFactory(opened_at=FRIDAY, due_at=FRIDAY - MINUTE)
    choice = Choice(Disposition.NO_RESPONSE, 3, reason="off_topic")

    owner = UserFactory()
    everybody_attests()
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=0, at=FRIDAY)

    assert ends() == [("decide", FRIDAY - MINUTE, FRIDAY, True)]
    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.resolve_due_at) == (None, None)


def say(conversation: Conversation, text: str, *, at: datetime) -> None:
    """Let the customer say something more, as intake hears it."""
    from listening.models import WaitingMention
    from triage.services.arriving import intake

    first = conversation.entries.order_by("mention").first()
    mention = MentionFactory(
        profile=conversation.profile, text=text, in_reply_to=first.mention.external_id, published_at=at
    )
    WaitingMention.objects.get_or_create(mention=mention)
    intake.take_in_mentions(at=at, patient=True)
