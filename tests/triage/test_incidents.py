from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from policies.models import Incident
from policies.services import incidents, reading
from policies.services.incidents import Said
from socialhub.lib.bouts import Bout
from teams.models import Department
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.policies import IncidentFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ReplyFactory, last_heard
from tests.support.approving import TEXT, ask, kinds
from tests.support.hearing import hear, said
from tests.support.ruling import asks, put_in_force, says
from tests.support.sending import deliver, fresh
from triage.models import Conversation, Draft, IncidentPart, IncidentSearch
from triage.services.arriving import facts, searching_incidents
from triage.services.back_tests import past
from triage.services.decisions import guiding
from triage.services.threads import merging
from triage.states import Failure, ReplyState, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

LATER = NOON + timedelta(minutes=5)
SAID = Said("Outage Oslo", 2, {"words": ["outage"]})
YES = {"key": "y", "text": "Yes", "when": {"incident": {"at_least": 1}}, "then": {"priority": 1, "text": "Say it."}}
NO = {"key": "n", "text": "No", "then": {"disposition": "no_response", "reason": "off_topic"}}
GUIDE = [{"key": "part", "text": "Is it part of it?", "answers": [YES, NO]}]


@pytest.fixture
def policy():
    DepartmentFactory(slug="press", name="Press office")
    return put_in_force(
        ("routing", {"incident": {"at_least": 1}}, {"priority": 1, "department": "press", "tags": ["incident"]}),
        ("approval", {"incident": {"at_least": 2}}, asks({"department": "press"})),
        ("conduct", {"incident": {"at_least": 3}, "answer_words": ["soon"]}, says("Promise no time.", "block")),
        guide=GUIDE,
    )


@pytest.fixture
def channel():
    return ChannelFactory(kind="scripted")


@pytest.fixture
def mia():
    return UserFactory(name="Mia Manager")


def declare(mia, level=2, condition=None) -> Incident:
    given = Said("Outage Oslo", level, condition or SAID.condition)
    incident = incidents.declare(said=given, actor=mia, at=LATER)
    search(incident)
    return incident


def search(incident: Incident) -> Bout:
    return searching_incidents.run_bout(incident_id=incident.pk, at=LATER)


def parts() -> set[int]:
    return set(IncidentPart.objects.values_list("conversation_id", flat=True))


def kept(conversation: Conversation) -> tuple[str | None, int | None]:
    return conversation.facts.get("incident"), conversation.facts.get("incident_level")


def say(conversation: Conversation, text: str) -> None:
    mention = last_heard(conversation)
    mention.text = text
    mention.save(update_fields=["text"])


def due(conversation: Conversation) -> datetime:
    conversation.refresh_from_db()
    return conversation.due_at


def test_what_comes_while_an_incident_is_open_meets_its_rules_and_belongs_to_it(channel, mia):
    declare(mia)

    inside, outside = hear(channel, said("1", "An OUTAGE again"), said("2", "A good day", author="bob"), at=LATER)

    assert (inside.priority, inside.suggestion["department"]) == (1, "press")
    assert inside.suggestion["because"][0]["evidence"] == [["incident", "2 Outage Oslo"]]
    assert kept(inside) == ("Outage Oslo", 2)
    assert kinds(inside) == ["opened", "incident_joined"]
    assert (outside.suggestion, kept(outside), kinds(outside)) == ({}, (None, None), ["opened"])
    assert parts() == {inside.pk}


def test_the_past_is_tried_with_what_the_live_rule_saw(channel, mia):
    incident = declare(mia)
    (opened,) = hear(channel, said("1", "An outage again"), at=LATER)
    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)

    period = past.Period(NOON, LATER + timedelta(hours=1))
    tried, _next_id = past.read_batch(
        next_id=opened.pk, end_id=opened.pk + 1, period=period, zone=facts.company_zone(), at=LATER
    )

    assert reading.policy_in_force().suggest(tried[0].facts).priority == 1
    # Live, it is over.
    assert facts.facts_of(opened, at=LATER).incident_level is None


def test_what_is_said_later_can_make_a_conversation_part_of_it(channel, mia):
    declare(mia)
    hear(channel, said("1", "Hello"), at=LATER)

    (conversation,) = hear(channel, said("2", "Is it the outage?", answers="1", minute=1), at=LATER)

    assert parts() == {conversation.pk}
    assert facts.facts_of(conversation, at=LATER).incident == "Outage Oslo"
    assert "incident_joined" in kinds(conversation)


def test_conversations_that_are_open_are_found_and_their_suggestions_made_anew(channel, mia):
    inside, outside = hear(channel, said("1", "An outage"), said("2", "A good day", author="bob"))

    incident = declare(mia)

    inside.refresh_from_db()
    assert (inside.priority, inside.suggestion["tags"], kept(inside)) == (1, ["incident"], ("Outage Oslo", 2))
    assert inside.due_at == LATER + timedelta(minutes=15)
    assert (parts(), kinds(outside)) == ({inside.pk}, ["opened"])
    looked = IncidentSearch.objects.get()
    assert (looked.incident, looked.looked_count, looked.total_count, looked.done_at) == (incident, 2, 2, LATER)


def test_searching_twice_changes_nothing(channel, mia):
    (inside,) = hear(channel, said("1", "An outage"))
    incident = declare(mia)

    assert search(incident) == Bout.GONE
    IncidentSearch.objects.update(done_at=None, after_id=0)
    assert search(incident) == Bout.DONE

    assert kinds(inside) == ["opened", "incident_joined"]
    assert IncidentPart.objects.count() == 1


def test_a_search_goes_on_where_it_stopped(channel, mia, monkeypatch):
    monkeypatch.setattr(searching_incidents, "BATCH", 1)
    opened = hear(channel, *[said(str(n), "An outage", author=f"a{n}") for n in range(3)])
    incident = incidents.declare(said=SAID, actor=mia, at=LATER)

    bouts = [searching_incidents.run_bout(incident_id=incident.pk, at=LATER, seconds=0) for _turn in range(4)]

    assert bouts == [Bout.MORE] * 3 + [Bout.DONE]
    assert parts() == {one.pk for one in opened}


def test_what_a_person_has_decided_keeps_its_priority(held, mia):
    say(held, "An outage")

    declare(mia)

    held.refresh_from_db()
    assert (held.priority, held.stage, parts()) == (3, Stage.CLAIMED, {held.pk})


def test_a_narrower_condition_lets_go_of_what_does_not_belong(channel, mia):
    (inside,) = hear(channel, said("1", "An outage of humour"))
    incident = declare(mia)

    narrower = Said("Outage Oslo", 2, {"words": ["outage"], "not": {"words": ["humour"]}})
    incidents.change(incident_id=incident.pk, said=narrower, seen=1, actor=mia, at=LATER)
    search(incident)

    inside.refresh_from_db()
    assert (parts(), kept(inside), inside.suggestion, inside.priority) == (set(), (None, None), {}, 3)
    assert kinds(inside) == ["opened", "incident_joined", "incident_left"]


@pytest.mark.parametrize("is_declared_first", [False, True])
def test_deadlines_are_as_of_any_other_once_the_incident_has_ended(channel, mia, is_declared_first):
    if is_declared_first:
        incident = declare(mia)
    inside, outside = hear(channel, said("1", "An outage"), said("2", "A good day", author="bob"))
    incident = incident if is_declared_first else declare(mia)
    inside.refresh_from_db()
    during = inside.due_at

    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)
    search(incident)

    inside.refresh_from_db()
    assert during < outside.due_at
    assert (inside.due_at, inside.step_due_at, inside.priority) == (outside.due_at, outside.step_due_at, 3)


def test_what_leaves_has_its_own_deadline_again_and_what_is_less_grave_a_later_one(channel, mia):
    put_in_force(
        ("routing", {"incident": {"at_least": 1}}, {"priority": 2}),
        ("routing", {"incident": {"at_least": 3}}, {"priority": 1}),
    )
    (inside, outside) = hear(channel, said("1", "An outage"), said("2", "A good day", author="bob"))
    incident = declare(mia, level=3)
    at_once = due(inside)

    incidents.change(incident_id=incident.pk, said=SAID, seen=1, actor=mia, at=LATER)
    search(incident)
    less = due(inside)
    elsewhere = replace(SAID, condition={"words": ["flood"]})
    incidents.change(incident_id=incident.pk, said=elsewhere, seen=2, actor=mia, at=LATER)
    search(incident)

    assert at_once < less < outside.due_at
    assert due(inside) == outside.due_at


def test_the_deadline_that_a_merge_has_brought_stays_when_it_leaves(channel, mia):
    older, inside = hear(channel, said("1", "Hello", author="bob"), said("2", "An outage"))
    incident = declare(mia)
    sooner = due(inside)
    with transaction.atomic():
        merging.merge(conversation_ids=[inside.pk, older.pk], at=LATER)

    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)
    search(incident)

    assert due(inside) == sooner


def test_what_nobody_has_decided_on_is_as_any_other_once_the_incident_has_ended(channel, mia):
    (inside,) = hear(channel, said("1", "An outage"))
    incident = declare(mia)
    during = Conversation.objects.get()

    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)
    search(incident)

    after = Conversation.objects.get()
    assert (kept(during), during.priority, during.suggestion != {}) == (("Outage Oslo", 2), 1, True)
    assert (kept(after), after.priority, after.suggestion, parts()) == ((None, None), 3, {}, {inside.pk})
    assert kinds(after) == ["opened", "incident_joined"]


def test_another_level_reaches_what_nobody_has_decided_on(channel, mia):
    (inside,) = hear(channel, said("1", "An outage"))
    incident = declare(mia, level=1)

    incidents.change(incident_id=incident.pk, said=SAID, seen=1, actor=mia, at=LATER)
    search(incident)

    inside.refresh_from_db()
    assert kept(inside) == ("Outage Oslo", 2)


def test_the_sweep_finds_what_no_worker_has_looked_through(mia, monkeypatch):
    woken = []
    monkeypatch.setattr(searching_incidents, "wake_last", lambda _task, **given: woken.append(given["incident_id"]))
    done = declare(mia)
    waiting = IncidentFactory()
    searching_incidents.sweep()
    incidents.change(incident_id=done.pk, said=SAID, seen=1, actor=mia, at=LATER)

    searching_incidents.sweep()

    assert woken == [waiting.pk, done.pk, waiting.pk]


def test_a_stream_that_finds_it_now_makes_it_part(channel, mia):
    stream = StreamFactory(name="Power", any_terms=["dark"])
    hear(channel, said("1", "So dark here"))
    incident = declare(mia, condition={"stream": ["power"]})

    assert len(parts()) == 1
    assert incident.parts.get().conversation.facts["streams"] == [stream.name.lower()]


def test_the_guide_is_answered_by_the_machine(held, mia, policy):
    say(held, "An outage")
    before = guiding.walk(held, {}, policy=reading.policy_in_force(), at=LATER)
    declare(mia)

    walked = guiding.walk(held, {}, policy=reading.policy_in_force(), at=LATER)

    assert (before.outcome, before.question.key) == (None, "part")
    assert walked.outcome.text == "Say it."
    assert walked.steps[0].evidence == (("incident", "2 Outage Oslo"),)


def test_an_answer_that_waits_does_not_leave_once_it_needs_a_word(held, mia, policy, network):
    say(held, "An outage")
    reply = ReplyFactory(conversation=held, author=held.holder, body=TEXT, policy_version=policy)
    declare(mia)

    assert not deliver(reply, network, at=LATER)

    assert (network.posts, fresh(reply).state, fresh(reply).failure) == ([], ReplyState.FAILED, Failure.CHANGED)
    assert fresh(reply).error == "It was not approved."
    assert Draft.objects.get().body == TEXT


def test_an_answer_leaves_as_before_when_the_incident_has_ended(held, mia, policy, network):
    say(held, "An outage")
    reply = ReplyFactory(conversation=held, author=held.holder, body=TEXT, policy_version=policy)
    incident = declare(mia)
    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)

    assert deliver(reply, network, at=LATER)


def test_a_graver_level_blocks_words_that_are_on_their_way(held, mia, policy, network):
    say(held, "An outage")
    reply = ReplyFactory(conversation=held, author=held.holder, body="It is over soon.", policy_version=policy)
    declare(mia, level=3)

    assert not deliver(reply, network, at=LATER)

    assert str(fresh(reply).problem) == "Promise no time. (clause 7.3)"


def test_during_an_incident_approval_is_asked_for_what_needed_none(held, mia, policy):
    say(held, "An outage")
    MembershipFactory(department=Department.objects.get(slug="press"))
    declare(mia)

    approval = ask(held, policy)

    assert approval.needed[0]["asked"] == [{"department": Department.objects.get(slug="press").pk}]


def test_practice_belongs_to_no_incident(held, mia, agent):
    say(held, "An outage")
    Conversation.objects.update(learner=agent)
    declare(mia)
    held.refresh_from_db()

    assert (parts(), facts.facts_of(held, at=LATER).incident_level) == (set(), None)
