import threading

import pytest

from policies.models import Incident, PolicyVersion
from policies.services import incidents
from policies.services.incidents import OpenAlready, Said
from teams.models import Organisation, User
from tests.factories.listening import ChannelFactory, ProfileFactory
from tests.factories.teams import NOON, DepartmentFactory, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.hearing import hear, said
from tests.support.race import SECONDS, race, until_somebody_waits
from tests.support.ruling import asks, put_in_force
from triage.models import IncidentPart, Reply
from triage.services.arriving import belonging, searching_incidents
from triage.services.sending import delivery
from triage.services.writing import conduct
from triage.states import ReplyState

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

SAID = Said("Outage Oslo", 1, {"words": ["outage"]})


@pytest.fixture
def version() -> PolicyVersion:
    OrganisationFactory()
    DepartmentFactory(slug="press")
    return put_in_force(("approval", {"incident": {"at_least": 1}}, asks({"department": "press"})))


@pytest.fixture
def reply(network, version) -> Reply:
    profile = ProfileFactory(channel=ChannelFactory(kind="scripted"))
    conversation = ConversationFactory(claimed=True, profile=profile)
    mention = last_heard(conversation)
    mention.text = "An outage"
    mention.save(update_fields=["text"])
    return ReplyFactory(conversation=conversation, author=conversation.holder, policy_version=version)


@pytest.fixture
def mia() -> User:
    return UserFactory()


def declare(mia: User) -> Incident:
    return incidents.declare(said=SAID, actor=mia, at=NOON)


def declare_without_a_lock(mia: User) -> Incident:
    """Declare as it must not be done."""
    return Incident.objects.create(
        name="Outage Oslo", level=1, condition=SAID.condition, declared_by=mia, declared_at=NOON
    )


def declared_between_judging_and_claiming(monkeypatch, act, mia, reply, network) -> tuple[ReplyState, int]:
    """Declare while a worker has asked the rules and not claimed yet; return how the answer stood then."""
    has_judged, is_declared = threading.Event(), threading.Event()
    judge = conduct.why_not

    def judge_and_wait(*given, **more):
        found = judge(*given, **more)
        has_judged.set()
        # A declaration that waits for us cannot come while we wait for it.
        until_somebody_waits(unless=is_declared)
        return found

    monkeypatch.setattr(conduct, "why_not", judge_and_wait)

    def declare_once_judged() -> str:
        assert has_judged.wait(SECONDS)
        act(mia)
        stood = Reply.objects.get(pk=reply.pk).state
        is_declared.set()
        return stood

    stood, _sent = race(
        declare_once_judged, lambda: delivery.deliver_reply(reply_id=reply.pk, at=NOON, connector=network)
    )
    return stood, len(network.posts)


def test_the_naive_declaration_lets_an_answer_begin_to_leave_after_it(reply, mia, network, monkeypatch):
    stood, posts = declared_between_judging_and_claiming(monkeypatch, declare_without_a_lock, mia, reply, network)

    assert (stood, posts) == (ReplyState.QUEUED, 1)


def test_a_declaration_waits_for_an_answer_that_is_being_claimed(reply, mia, network, monkeypatch):
    stood, posts = declared_between_judging_and_claiming(monkeypatch, declare, mia, reply, network)

    assert stood != ReplyState.QUEUED
    assert posts == 1


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_either_left_before_the_declaration_or_meets_its_rules(reply, mia, network, turn):
    _declared, was_sent = race(
        lambda: declare(mia), lambda: delivery.deliver_reply(reply_id=reply.pk, at=NOON, connector=network)
    )

    state = Reply.objects.get().state
    assert (was_sent, state, len(network.posts)) in [(True, ReplyState.SENT, 1), (False, ReplyState.FAILED, 0)]


@pytest.mark.parametrize("turn", range(3))
def test_what_comes_while_an_incident_is_declared_is_found_by_one_or_the_other(version, mia, turn):
    channel = ChannelFactory()

    incident, _opened = race(lambda: declare(mia), lambda: hear(channel, said("1", "An outage")))
    searching_incidents.run_bout(incident_id=incident.pk, at=NOON)

    assert IncidentPart.objects.count() == 1


def test_one_incident_declared_by_many_at_once_is_declared_once(version, mia):
    outcomes = race(*[lambda: declare(mia)] * 4)

    assert sum(isinstance(one, OpenAlready) for one in outcomes) == 3
    assert (Incident.objects.count(), Organisation.objects.get().is_incident_open) == (1, True)


def test_two_workers_that_search_at_once_write_everything_down_once(version, mia):
    hear(ChannelFactory(), *[said(str(n), "An outage", author=f"a{n}") for n in range(5)])
    incident = declare(mia)

    race(*[lambda: searching_incidents.run_bout(incident_id=incident.pk, at=NOON)] * 3)

    assert IncidentPart.objects.count() == 5
    assert incident.parts.get(conversation__pk=IncidentPart.objects.first().conversation_id)


def test_a_message_that_joins_during_the_search_is_not_overlooked(version, mia, monkeypatch):
    channel = ChannelFactory()
    hear(channel, said("1", "Hello"))
    incident = declare(mia)
    has_read, has_joined = threading.Event(), threading.Event()
    read = belonging.belonging_to

    def read_and_wait(conversations, open_incidents):
        found = read(conversations, open_incidents)
        if not has_read.is_set():
            has_read.set()
            # A message that waits for us cannot come while we wait for it.
            until_somebody_waits(unless=has_joined)
        return found

    monkeypatch.setattr(belonging, "belonging_to", read_and_wait)

    def join() -> None:
        assert has_read.wait(SECONDS)
        hear(channel, said("2", "Is it the outage?", answers="1", minute=1))
        has_joined.set()

    race(lambda: searching_incidents.run_bout(incident_id=incident.pk, at=NOON), join)

    assert IncidentPart.objects.count() == 1
