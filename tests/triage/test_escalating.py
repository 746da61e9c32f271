from datetime import timedelta

import pytest

from policies.models import PolicyVersion
from policies.services import reading
from teams.models import Notification
from teams.roles import Role
from teams.sentences import sentence_of
from teams.services import hours
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory
from triage.history.sentences import sentences
from triage.models import Concern, Escalation, Event
from triage.services import escalating, telling
from triage.services.pen import claims
from triage.states import DueFor

pytestmark = pytest.mark.django_db

ANY = {"priority": [1, 2, 3, 4]}
LATE = NOON + timedelta(hours=4, minutes=30)
TELL_OWNERS = {"step": "decide", "minutes": 30, "tell": [{"role": "triage_owner"}]}


def in_force(*outcomes, condition=None, target=None) -> PolicyVersion:
    version = PolicyVersionFactory.published()
    PolicyVersion.objects.filter(pk=version.pk).update(state="retired", in_force_until=NOON)
    version = PolicyVersionFactory(number=version.number + 5000)

    clause = ClauseFactory(version=version)
    for position, outcome in enumerate(outcomes, start=1):
        RuleFactory(
            clause=clause,
            kind="escalation",
            position=position,
            name=f"Rule {position}",
            condition=condition or ANY,
            outcome=outcome,
        )
    TargetFactory(version=version, **(target or {}))
    version.state, version.in_force_from = PolicyVersion.State.IN_FORCE, NOON
    version.save(update_fields=["state", "in_force_from"])
    return version


def told() -> list[tuple[str, str]]:
    rows = Notification.objects.filter(medium="page").order_by("pk")
    return list(rows.values_list("user__name", "kind"))


@pytest.fixture
def owner():
    return AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Olga Owner", user__wants_email=False).user


def test_who_is_named_is_told_once_when_the_time_has_come(owner):
    in_force(TELL_OWNERS)
    conversation = ConversationFactory()

    assert escalating.sweep(at=LATE - timedelta(minutes=1)) == 0
    assert escalating.sweep(at=LATE) == 1
    assert escalating.sweep(at=LATE + timedelta(minutes=1)) == 0

    assert told() == [("Olga Owner", "deadline_missed")]
    event = Event.objects.get(kind=Event.Kind.ESCALATED)
    assert sentences([event])[event.pk] == "Nobody decided in time. Told by clause 1: Olga Owner."
    assert Escalation.objects.get().event == event
    assert conversation.events.count() == 1


def test_somebody_is_told_before_the_deadline(owner):
    in_force({**TELL_OWNERS, "minutes": -30})
    ConversationFactory()

    assert escalating.sweep(at=NOON + timedelta(hours=3, minutes=29)) == 0
    assert escalating.sweep(at=NOON + timedelta(hours=3, minutes=30)) == 1

    assert told() == [("Olga Owner", "deadline_near")]


def test_a_rule_speaks_only_where_its_condition_holds(owner):
    in_force(TELL_OWNERS, condition={"words": ["fire"]})
    ConversationFactory(snippet="There is no fire, only a question.")
    ConversationFactory(snippet="My bill is wrong.")

    assert escalating.sweep(at=LATE) == 1

    assert told() == [("Olga Owner", "deadline_missed")]
    # It was asked about both, and is not asked again.
    assert list(Escalation.objects.order_by("pk").values_list("event", flat=True)).count(None) == 1
    assert escalating.sweep(at=LATE) == 0


def test_a_rule_sees_what_was_decided(care):
    lead = MembershipFactory(department=care, role=Role.LEAD, user__name="Lia Lead", user__wants_email=False).user
    in_force(
        {"step": "claim", "minutes": 5, "tell": [{"role": "lead"}]},
        condition={"department": ["care"], "disposition": ["customer_service"]},
    )
    ConversationFactory(assigned=True, department=care)
    ConversationFactory(assigned=True)

    assert escalating.sweep(at=LATE) == 1

    assert told() == [(lead.name, "deadline_missed")]


def test_a_department_that_is_told_may_look(care):
    in_force({"step": "decide", "minutes": 0, "tell": [{"department": "care"}]})
    MembershipFactory(department=care, user__name="Anna Alm", user__wants_email=False)
    conversation = ConversationFactory()

    escalating.sweep(at=LATE)

    assert told() == [("Anna Alm", "deadline_missed")]
    assert Concern.objects.get(conversation=conversation).department == care


def test_a_person_who_may_not_look_is_not_told_and_the_record_says_so():
    stranger = MembershipFactory(user__email="sam@example.com").user
    in_force({"step": "decide", "minutes": 0, "tell": [{"person": stranger.email}]})
    ConversationFactory()

    escalating.sweep(at=LATE)

    assert told() == []
    event = Event.objects.get(kind=Event.Kind.ESCALATED)
    assert sentences([event])[event.pk] == "Nobody decided in time. Clause 1 names nobody who can be told."


def test_the_same_rule_of_a_new_version_does_not_tell_again(owner):
    version = in_force(TELL_OWNERS)
    ConversationFactory()
    escalating.sweep(at=LATE)
    key = version.clauses.get().rules.get().key

    PolicyVersion.objects.filter(pk=version.pk).update(state="retired", in_force_until=LATE)
    following = PolicyVersionFactory(number=version.number + 1)

    RuleFactory(clause=ClauseFactory(version=following), kind="escalation", key=key, condition=ANY, outcome=TELL_OWNERS)
    following.state, following.in_force_from = PolicyVersion.State.IN_FORCE, LATE
    following.save(update_fields=["state", "in_force_from"])

    assert escalating.sweep(at=LATE) == 0
    assert len(told()) == 1


def test_a_claim_acknowledges_what_was_told(care, owner):
    in_force({"step": "claim", "minutes": 0, "tell": [{"role": "triage_owner"}]})
    conversation = ConversationFactory(assigned=True, department=care)
    agent = MembershipFactory(department=care).user
    escalating.sweep(at=LATE)
    assert Notification.objects.filter(read_at=None).count() == 1

    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=LATE)

    row = Escalation.objects.get()
    assert (row.acknowledged_at, row.acknowledged_by) == (LATE, agent)
    assert Notification.objects.get().read_at == LATE


def test_what_nobody_does_is_told_for_each_deadline(care, owner):
    in_force({"step": "claim", "minutes": 0, "tell": [{"role": "triage_owner"}]})
    agent = MembershipFactory(department=care).user
    conversation = ConversationFactory(assigned=True, department=care)
    escalating.sweep(at=LATE)
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=LATE)
    claims.release_conversation(conversation_id=conversation.pk, agent=agent, fence=fence, at=LATE)

    conversation.refresh_from_db()
    assert escalating.sweep(at=conversation.due_at) == 1
    assert len(told()) == 2


def test_minutes_count_as_the_deadline_counts(care, owner):
    OrganisationFactory(week={day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
    hours.forget()
    in_force(
        {"step": "claim", "minutes": 60, "tell": [{"role": "triage_owner"}]},
        target={"priority": 3, "hours": "business"},
    )
    # Wednesday, half an hour before closing.
    due_at = NOON + timedelta(hours=4, minutes=30)
    ConversationFactory(assigned=True, department=care, due_at=due_at, step_due_at=due_at)

    assert escalating.sweep(at=due_at + timedelta(hours=3)) == 0
    assert escalating.sweep(at=NOON + timedelta(hours=21, minutes=29)) == 0
    assert escalating.sweep(at=NOON + timedelta(hours=21, minutes=30)) == 1


def test_the_time_to_resolve_is_told_of_whatever_the_step(care, owner):
    in_force({"step": "resolve", "minutes": 0, "tell": [{"role": "triage_owner"}]})
    soon = NOON + timedelta(hours=1)
    ConversationFactory(claimed=True, department=care, due_at=soon, due_for=DueFor.RESOLVE, resolve_due_at=soon)

    assert escalating.sweep(at=soon) == 1
    assert "It was not resolved in time." in sentences([Event.objects.get()])[Event.objects.get().pk]


def test_a_step_behind_the_time_to_resolve_is_told_of(care, owner):
    in_force({"step": "answer", "minutes": 0, "tell": [{"role": "triage_owner"}]})
    soon = NOON + timedelta(hours=1)
    ConversationFactory(
        claimed=True,
        department=care,
        due_at=soon,
        due_for=DueFor.RESOLVE,
        resolve_due_at=soon,
        step_due_at=NOON + timedelta(hours=2),
    )

    assert escalating.sweep(at=soon) == 0
    assert escalating.sweep(at=NOON + timedelta(hours=2)) == 1


def test_what_is_closed_or_waits_is_nobodys_deadline(care, owner):
    in_force(TELL_OWNERS, {"step": "resolve", "minutes": 0, "tell": [{"role": "triage_owner"}]})
    ConversationFactory(waiting=True, department=care, resolve_left=-5)
    ConversationFactory(closed=True, department=care)

    assert escalating.sweep(at=LATE) == 0
    assert not Escalation.objects.exists()


def test_a_deadline_of_long_ago_is_no_news(owner):
    in_force(TELL_OWNERS)
    ConversationFactory(due_at=NOON - timedelta(days=8))

    assert escalating.sweep(at=NOON) == 0


def test_a_sweep_costs_the_same_however_many_rest(owner, django_assert_max_num_queries):
    in_force(TELL_OWNERS)
    ConversationFactory.create_batch(5)
    reading.policy_in_force()

    with django_assert_max_num_queries(10):
        assert escalating.sweep(at=NOON) == 0


def test_many_deadlines_at_once_are_told_in_one_line(monkeypatch):
    monkeypatch.setattr(telling, "MOST_DEADLINES", 2)
    AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Olga Owner")
    in_force(TELL_OWNERS)
    for _ in range(5):
        ConversationFactory()

    assert escalating.sweep(at=LATE) == 5

    rows = Notification.objects.order_by("pk")
    assert [row.path for row in rows.filter(medium="page")] == ["", "", "/inbox/"]
    assert rows.filter(medium="email").count() == 3
    assert sentence_of(rows.last()) == "Many deadlines are near or have passed: look into the inbox."
    assert Event.objects.filter(kind=Event.Kind.ESCALATED).count() == 5


def test_who_has_read_of_many_deadlines_is_told_again_an_hour_later(monkeypatch, owner):
    monkeypatch.setattr(telling, "MOST_DEADLINES", 1)
    in_force(TELL_OWNERS)
    later = [timedelta(), timedelta(), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)]
    for after in later:
        due_at = LATE - timedelta(minutes=30) + after
        ConversationFactory(due_at=due_at, step_due_at=due_at)
    lines = Notification.objects.filter(path="/inbox/")

    escalating.sweep(at=LATE)
    assert lines.count() == 1
    lines.update(read_at=LATE)
    escalating.sweep(at=LATE + timedelta(minutes=30))
    assert lines.count() == 1
    escalating.sweep(at=LATE + timedelta(hours=1))
    assert lines.count() == 2
    # Unread, it says all that there is to say.
    escalating.sweep(at=LATE + timedelta(hours=2))
    assert lines.count() == 2
    assert Notification.objects.filter(path="").count() == 1


def test_who_has_acted_is_told_of_each_again(monkeypatch, care, owner):
    monkeypatch.setattr(telling, "MOST_DEADLINES", 1)
    in_force({"step": "claim", "minutes": 0, "tell": [{"role": "triage_owner"}]})
    agent = MembershipFactory(department=care).user
    first = ConversationFactory(assigned=True, department=care)
    escalating.sweep(at=LATE)
    claims.claim_conversation(conversation_id=first.pk, agent=agent, at=LATE)
    ConversationFactory(assigned=True, department=care)

    escalating.sweep(at=LATE)

    assert not Notification.objects.filter(path="/inbox/").exists()
    assert len(told()) == 2
