"""What makes a conversation part of an incident beside its own words: merging, splitting, reopening, and people."""

from datetime import timedelta

import pytest

from listening.models import Mention
from listening.services import ingest
from policies.services import incidents
from policies.services.incidents import IncidentOver, Said
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.approving import kinds
from tests.support.hearing import hear, said
from tests.support.merging import merge, undo
from tests.support.ruling import asks, put_in_force
from triage.history.sentences import read_history
from triage.models import Conversation, Event, IncidentPart, IncidentWord
from triage.services import closing
from triage.services.arriving import facts, intake, searching_incidents
from triage.services.arriving.saying_it_belongs import AlreadySaid, NotAttachable, say_it_belongs
from triage.services.threads import splitting_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def policy():
    DepartmentFactory(slug="press", name="Press office")
    return put_in_force(
        ("routing", {"incident": {"at_least": 1}}, {"priority": 1, "department": "press", "tags": ["incident"]}),
        ("approval", {"incident": {"at_least": 1}}, asks({"department": "press"})),
    )


@pytest.fixture
def channel():
    return ChannelFactory(kind="scripted")


@pytest.fixture
def mia(policy):
    mia = UserFactory(name="Mia Manager")
    AttestationFactory(user=mia, version=policy)
    return mia


@pytest.fixture
def outage(mia):
    return incidents.declare(said=Said("Outage Oslo", 2, {"words": ["outage"]}), actor=mia, at=NOON)


def search(incident) -> None:
    incident.refresh_from_db()
    searching_incidents.IncidentSearch.objects.update(done_at=None, after_id=0)
    searching_incidents.run_bout(incident_id=incident.pk, at=LATER)


def parts() -> set[int]:
    return set(IncidentPart.objects.values_list("conversation_id", flat=True))


def say(conversation, incident, belongs, mia) -> None:
    say_it_belongs(conversation_id=conversation.pk, incident_id=incident.pk, belongs=belongs, actor=mia, at=LATER)
    conversation.refresh_from_db()


def test_what_is_merged_into_another_makes_that_part_of_it_until_it_is_undone(channel, mia, outage):
    kept, other = hear(channel, said("1", "Hello"), said("2", "An outage", author="bob"))
    assert parts() == {other.pk}

    (made,) = merge(kept, other, by=mia)
    merged, during = parts(), (kept.priority, kept.suggestion.get("tags"))
    undo(made, mia)
    kept.refresh_from_db()

    assert (merged, parts()) == ({kept.pk, other.pk}, {other.pk})
    assert (during, (kept.priority, kept.suggestion)) == ((1, ["incident"]), (3, {}))
    assert [kind for kind in kinds(kept) if "incident" in kind] == ["incident_joined", "incident_left"]


def test_undoing_a_merge_takes_back_what_a_person_said_of_the_other_alone(channel, mia, outage):
    kept, other = hear(channel, said("1", "Hello"), said("2", "A good day", author="bob"))
    say(other, outage, True, mia)

    (made,) = merge(kept, other, by=mia)
    merged = parts()
    undo(made, mia)

    assert (merged, parts()) == ({kept.pk, other.pk}, {other.pk})


def test_what_is_left_after_splitting_belongs_only_by_its_own_words(channel, mia, outage):
    hear(channel, said("1", "Hello"))
    (whole,) = hear(channel, said("2", "An outage", answers="1", minute=1))
    assert parts() == {whole.pk}

    taken = Mention.objects.get(external_id="2")
    opened = splitting_off.split_off(conversation_id=whole.pk, mention_ids=[taken.pk], stays=False, actor=mia, at=LATER)

    whole.refresh_from_db()
    assert parts() == {opened}
    assert (whole.priority, whole.suggestion) == (3, {})


def test_what_an_author_writes_anew_belongs_by_what_it_says_then(channel, mia, outage):
    inside, outside = hear(channel, said("1", "An outage"), said("2", "A good day", author="bob"))

    edited = [said("1", "All is well"), said("2", "An outage, after all", author="bob")]
    ingest.store_items(channel=channel, items=edited, at=LATER)
    intake.take_in_everything(at=LATER)

    for conversation in (inside, outside):
        conversation.refresh_from_db()
    assert parts() == {outside.pk}
    assert [one.facts.get("incident") for one in (inside, outside)] == [None, "Outage Oslo"]


def test_what_was_closed_when_it_was_declared_belongs_once_it_is_reopened(mia):
    conversation = ConversationFactory(closed=True)
    Mention.objects.filter(pk=last_heard(conversation).pk).update(text="An outage")
    incident = incidents.declare(said=Said("Outage Oslo", 2, {"words": ["outage"]}), actor=mia, at=NOON)
    search(incident)
    assert parts() == set()

    closing.reopen_conversation(conversation_id=conversation.pk, actor=mia, at=LATER)

    assert parts() == {conversation.pk}


def test_what_joins_undecided_makes_the_rules_speak_anew(channel, mia, outage):
    (before,) = hear(channel, said("1", "Hello"))

    (conversation,) = hear(channel, said("2", "Is it the outage?", answers="1", minute=1), at=LATER)

    assert before.priority == 3
    assert (conversation.priority, conversation.suggestion["department"]) == (1, "press")
    assert conversation.facts["incident"] == "Outage Oslo"


def test_what_was_said_long_ago_in_a_long_thread_still_counts(channel, mia, outage):
    hear(channel, said("0", "Hello"))
    more = [said(str(n), "An outage" if n == 5 else "And so on", answers="0", minute=n) for n in range(1, 66)]

    (conversation,) = hear(channel, *more, at=LATER)
    search(outage)

    assert parts() == {conversation.pk}
    assert facts.facts_of(conversation, at=LATER).incident_level == 2


def test_the_search_reads_of_a_thread_what_the_rules_read(channel, mia, outage, monkeypatch):
    monkeypatch.setattr(facts, "MOST_SAID", 2)
    begun, between, lately = (
        ("begun", "An outage", "", ""),
        ("between", "", "An outage", ""),
        ("lately", "", "", "An outage"),
    )
    for author, *texts in (begun, between, lately):
        hear(channel, said(author, texts[0] or "Hello", author=author))
        more = (*texts[1:], "And so on")
        heard = [
            said(f"{author}{n}", text or "Well", answers=author, author=author, minute=n)
            for n, text in enumerate(more, 1)
        ]
        hear(channel, *heard, at=LATER)

    search(outage)

    level = {
        one.author_name: facts.facts_of(one, at=LATER).incident_level for one in Conversation.objects.order_by("pk")
    }
    listed = {one.author_name: one.pk in parts() for one in Conversation.objects.order_by("pk")}
    assert list(level.values()) == [2, None, 2]
    assert list(listed.values()) == [True, False, True]


def test_messages_that_join_many_conversations_cost_the_incidents_no_query_each(
    channel, mia, outage, django_assert_max_num_queries
):
    def join(count: int, begin: int) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        hear(channel, *[said(f"{begin + n}", "Hello", author=f"a{begin + n}") for n in range(count)])
        heard = [said(f"{begin + n}b", "Thanks", answers=f"{begin + n}", author=f"a{begin + n}") for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            hear(channel, *heard)
        return sum("triage_incident" in query["sql"] for query in seen.captured_queries)

    assert join(1, 100) == join(5, 200)


def test_a_person_attaches_one_and_its_rules_hold(channel, mia, outage):
    (conversation,) = hear(channel, said("1", "It is so dark"))

    say(conversation, outage, True, mia)

    assert parts() == {conversation.pk}
    assert facts.facts_of(conversation, at=LATER).incident_level == 2
    assert (conversation.priority, conversation.facts["incident"]) == (1, "Outage Oslo")
    joined = Event.objects.get(kind=Event.Kind.INCIDENT_JOINED)
    assert (joined.conversation, joined.actor) == (conversation, mia)


def test_the_record_tells_the_name_that_the_incident_has_now(channel, mia, outage):
    (conversation,) = hear(channel, said("1", "An outage"))

    renamed = Said("Outage of the east", 2, outage.condition)
    incidents.change(incident_id=outage.pk, said=renamed, seen=1, actor=mia, at=LATER)

    joined = Event.objects.get(kind=Event.Kind.INCIDENT_JOINED)
    assert joined.data == {"incident": outage.pk, "level": 2}
    assert read_history(conversation).lines[0].text == (
        "The conversation became part of the incident “Outage of the east”, level 2."
    )


def test_no_later_search_changes_what_a_person_said(channel, mia, outage):
    dark, humour = hear(channel, said("1", "It is so dark"), said("2", "An outage of humour", author="bob"))
    say(dark, outage, True, mia)
    say(humour, outage, False, mia)

    search(outage)
    hear(channel, said("3", "Another outage", answers="2", author="bob", minute=1), at=LATER)

    assert parts() == {dark.pk}
    assert facts.facts_of(humour, at=LATER).incident_level is None


def test_the_opposite_undoes_it_and_leaves_no_trace_but_the_record(channel, mia, outage):
    dark, humour = hear(channel, said("1", "It is so dark"), said("2", "An outage of humour", author="bob"))
    before = (dark.priority, humour.priority)

    for belongs in (True, False):
        say(dark, outage, belongs, mia)
        say(humour, outage, not belongs, mia)

    assert (parts(), IncidentWord.objects.exists()) == ({humour.pk}, False)
    assert (dark.priority, humour.priority) == before
    assert kinds(humour)[-2:] == ["incident_left", "incident_joined"]


def test_what_is_so_already_is_over_or_closed_is_refused(channel, mia, outage):
    dark, out = hear(channel, said("1", "It is so dark"), said("2", "An outage", author="bob"))
    for conversation, belongs in ((dark, False), (out, True)):
        with pytest.raises(AlreadySaid):
            say(conversation, outage, belongs, mia)
    closed = ConversationFactory(closed=True)
    with pytest.raises(NotAttachable):
        say(closed, outage, True, mia)
    incidents.end(incident_id=outage.pk, actor=mia, at=LATER)
    with pytest.raises(IncidentOver):
        say(dark, outage, True, mia)

    assert (parts(), IncidentWord.objects.exists()) == ({out.pk}, False)
    assert Event.objects.filter(actor=mia).count() == 0


def test_leaving_keeps_the_urgency_that_a_merge_has_brought(channel, mia, outage):
    dark, other = hear(channel, said("1", "It is so dark"), said("2", "Help", author="bob"))
    say(dark, outage, True, mia)
    say(dark, outage, False, mia)
    Conversation.objects.filter(pk=other.pk).update(priority=2)
    other.refresh_from_db()

    merge(dark, other, by=mia)
    say(dark, outage, True, mia)
    attached = dark.priority
    say(dark, outage, False, mia)

    assert attached == 1
    assert dark.priority in (2, 3)


def test_names_hold_no_quotation_marks_that_filters_could_not_say(mia):
    incident = incidents.declare(said=Said('The "dark" day', 1, {"words": ["dark"]}), actor=mia, at=NOON)

    assert incident.name == "The 'dark' day"


@pytest.mark.parametrize("text", ["dark\x00", "\ud800"])
def test_text_that_cannot_be_stored_is_refused(client, manager, text):
    client.force_login(manager)
    given = {"name": "Dark", "level": 1, "condition": {"words": [text]}, "holding_text": ""}

    response = client.post("/api/incidents/", given, content_type="application/json")

    assert response.status_code == 400
