from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConversationFactory, DecisionFactory, EventFactory
from triage.history.incidents import incident_sentence
from triage.history.sentences import decision_sentence, read_history, sentence
from triage.models import Decision, Event
from triage.services import closing
from triage.states import Disposition, Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return UserFactory(name="Anna Alm")


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("opened", {}, "The conversation began."),
        ("heard", {}, "A message came in."),
        ("decided", {}, "Anna Alm decided."),
        ("claimed", {}, "Anna Alm claimed the conversation."),
        ("released", {}, "Anna Alm gave the conversation back to the queue."),
        ("reply_queued", {}, "Anna Alm sent an answer on its way."),
        ("reply_sent", {}, "The answer of Anna Alm is out."),
        ("reply_failed", {}, "The answer could not be sent."),
        ("reply_failed", {"failure": "permanent"}, "The answer could not be sent."),
        ("reply_failed", {"failure": "changed"}, "The answer did not leave, since something had changed."),
        ("reply_failed", {"failure": "stopped"}, "The answer did not leave: sending was stopped."),
        ("reply_withdrawn", {}, "Anna Alm took the answer back before it left."),
        ("reply_uncertain", {}, "Nobody knows whether the answer arrived."),
        ("reply_settled", {"verdict": "there"}, "Anna Alm found the answer on the network."),
        ("reply_settled", {"verdict": "not_there"}, "Anna Alm found that the answer had not arrived."),
        ("waiting", {}, "Anna Alm waits for the customer."),
        ("closed", {"outcome": "thanked"}, "Anna Alm closed the conversation: thanked."),
        ("reopened", {}, "Anna Alm reopened the conversation."),
        ("merged", {}, "Two conversations turned out to be one and were joined."),
        ("takeaway", {}, "Anna Alm wrote down a takeaway."),
    ],
)
def test_what_happened_is_said_in_a_sentence(anna, kind, data, expected):
    assert sentence(EventFactory(kind=kind, data=data, actor=anna)) == expected


def test_every_kind_of_event_has_a_sentence():
    events = [EventFactory(kind=kind) for kind in Event.Kind.values]
    said = {event.kind: incident_sentence(event, {}) or sentence(event) for event in events}

    assert "Something happened." not in said.values()
    assert all(text.endswith(".") for text in said.values())


def test_what_nobody_did_was_done_by_the_product():
    assert sentence(EventFactory(kind="closed", data={"outcome": "elsewhere"})) == (
        "Socialhub closed the conversation: answered outside this portal."
    )
    assert sentence(EventFactory(kind="reopened")) == "A new message reopened the conversation."


def test_a_name_with_a_percent_sign_is_only_a_name():
    assert sentence(EventFactory(kind="claimed", actor=UserFactory(name="100 %(x)s"))) == (
        "100 %(x)s claimed the conversation."
    )


def decision(**columns: object) -> Decision:
    version = PolicyVersionFactory(number=7)
    return DecisionFactory(policy_version=version, decided_by=UserFactory(name="Anna Alm"), **columns)


def test_a_decision_to_answer_names_version_department_person_and_note():
    made = decision(
        disposition=Disposition.PUBLIC_RESPONSE,
        department=DepartmentFactory(name="Press"),
        offered_to=UserFactory(name="Bo Berg"),
        note="Be quick.",
    )

    assert decision_sentence(made) == (
        "Anna Alm decided under policy version 7: respond publicly, by Press. Given to Bo Berg. Note: Be quick."
    )


def test_a_decision_not_to_answer_names_its_reason():
    assert decision_sentence(decision(no_response=True, reason=Reason.DUPLICATE)) == (
        "Anna Alm decided under policy version 7: do not respond (answered elsewhere)."
    )


def test_the_history_is_newest_first_with_decisions_in_full_and_the_hour_of_the_reader(anna, policy):
    conversation = ConversationFactory(closed=True)
    made = DecisionFactory(
        conversation=conversation, policy_version=policy, decided_by=anna, department=DepartmentFactory(name="Press")
    )
    EventFactory(conversation=conversation)
    EventFactory(conversation=conversation, kind="decided", actor=anna, data={"decision": made.pk})
    later = NOON + timedelta(hours=12, minutes=5)
    closing.reopen_conversation(conversation_id=conversation.pk, actor=anna, at=later)
    EventFactory()

    with timezone.override("Europe/Copenhagen"):
        lines = read_history(conversation).lines

    assert [(line.text, line.at_text) for line in lines] == [
        ("Anna Alm reopened the conversation.", "5 Mar, 01:05"),
        (
            f"Anna Alm decided under policy version {policy.number}: respond as customer service, by Press.",
            "4 Mar, 13:00",
        ),
        ("The conversation began.", "4 Mar, 13:00"),
    ]
    assert datetime.fromisoformat(lines[0].at_iso) == later


def test_the_decision_in_force_is_not_read_a_second_time(anna, policy, django_assert_num_queries):
    conversation = ConversationFactory()
    made = [DecisionFactory(conversation=conversation, decided_by=anna, policy_version=policy) for _ in range(2)]
    for decision in made:
        EventFactory(conversation=conversation, kind="decided", actor=anna, data={"decision": decision.pk})
    latest = Decision.objects.select_related("decided_by", "department", "policy_version").get(pk=made[1].pk)
    only = ConversationFactory()
    EventFactory(conversation=only, kind="decided", actor=anna, data={"decision": made[1].pk})

    with django_assert_num_queries(2):  # the events, and the decision before it
        both = read_history(conversation, latest=latest)
    with django_assert_num_queries(1):
        alone = read_history(only, latest=latest)

    assert both == read_history(conversation)
    assert alone == read_history(only)


def test_a_history_without_decisions_costs_one_query(anna, django_assert_num_queries):
    conversation = ConversationFactory()
    for kind in ("claimed", "released", "closed", "reopened"):
        EventFactory(conversation=conversation, kind=kind, actor=UserFactory())

    with django_assert_num_queries(1):
        assert len(read_history(conversation).lines) == 4


def test_the_history_costs_the_same_however_many_decisions_it_tells(anna, policy, django_assert_num_queries):
    conversation = ConversationFactory()
    for _ in range(3):
        made = DecisionFactory(conversation=conversation, policy_version=policy, decided_by=anna)
        EventFactory(conversation=conversation, kind="decided", actor=anna, data={"decision": made.pk})

    with django_assert_num_queries(2):
        assert len(read_history(conversation).lines) == 3


def test_a_long_history_is_read_in_pages(anna):
    conversation = ConversationFactory()
    for _ in range(103):
        EventFactory(conversation=conversation, kind="edited")

    latest = read_history(conversation)
    rest = read_history(conversation, before=latest.earlier)

    assert (len(latest.lines), len(rest.lines), rest.earlier) == (100, 3, None)


def test_a_history_of_exactly_one_page_has_no_other(anna):
    conversation = ConversationFactory()
    for _ in range(100):
        EventFactory(conversation=conversation, kind="edited")

    assert read_history(conversation).earlier is None


def test_messages_that_came_one_after_the_other_are_one_line_of_the_newest(anna):
    conversation = ConversationFactory()
    EventFactory(conversation=conversation, kind="opened")
    for minute in range(3):
        EventFactory(conversation=conversation, kind="heard", at=NOON + timedelta(minutes=minute))
    EventFactory(conversation=conversation, kind="claimed", actor=anna)
    EventFactory(conversation=conversation, kind="heard")

    lines = read_history(conversation).lines

    assert [line.text for line in lines] == [
        "A message came in.",
        "Anna Alm claimed the conversation.",
        "3 messages came in.",
        "The conversation began.",
    ]
    assert lines[2].at_iso == (NOON + timedelta(minutes=2)).isoformat()
