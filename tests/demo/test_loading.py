from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F

from insights.models import Takeaway
from insights.services import rollups
from listening.models import Coverage, Mention, PracticePost, Profile, Stream
from policies.models import Attestation, Incident, PolicyVersion
from policies.services import binding, reading
from socialhub.demo import company
from socialhub.demo.history import plan_history
from socialhub.demo.loading import make_company
from teams.demonstration import personas
from teams.models import AuditEntry, Department, Notification, Organisation, User
from teams.services import organisation
from triage.filling import fill
from triage.history.sentences import read_history
from triage.models import (
    Approval,
    ApprovalStep,
    Concern,
    Conversation,
    Decision,
    Draft,
    Event,
    Note,
    NoteAsk,
    Reply,
    SavedAnswer,
    ThreadEntry,
)
from triage.services import checking
from triage.services.approving import standing as approving
from triage.services.approving import steps
from triage.services.arriving.listeners import read_listeners
from triage.services.counting import read_numbers
from triage.services.pen import claims
from triage.services.writing import conduct, saved_answers
from triage.states import Stage

UNTIL = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
SIZE = 250
VALUES = {"customer": "Cy"}


@pytest.fixture
def made(db):
    return make_company(seed=7, at=UNTIL, conversations=SIZE)


def test_the_database_tells_what_was_planned(made):
    planned = Counter(one.stage for one in plan_history(7, UNTIL, SIZE))

    assert Counter(Conversation.objects.values_list("stage", flat=True)) == planned
    assert made.conversations == SIZE
    assert organisation.current().is_demo is True


def test_the_record_of_changes_is_in_the_order_of_time(made):
    moments = list(AuditEntry.objects.order_by("pk").values_list("at", flat=True))

    assert len(moments) >= 8
    assert moments == sorted(moments)


def test_the_outage_was_an_incident_that_is_over(made):
    incident = Incident.objects.get()
    parts = Conversation.objects.filter(incident_parts__incident=incident)

    assert (incident.name, incident.level, incident.is_open) == ("App and shop down", 2, False)
    assert 3 <= parts.count() < SIZE / 5
    assert not parts.filter(opened_at__gt=incident.ended_at).exists()
    assert organisation.current().is_incident_open is False


def test_every_mention_has_its_place_and_is_counted(made):
    counts = Conversation.objects.annotate(found=Count("entries"))

    assert Mention.objects.count() == ThreadEntry.objects.count() == made.mentions
    assert not counts.exclude(found=F("mention_count")).exists()
    assert not Profile.objects.filter(mentions__isnull=True).exists()


def test_the_record_tells_what_the_tables_say(made):
    assert list(checking.differences()) == []


def test_the_streams_have_heard_what_they_listen_for(made):
    today = UNTIL.date()

    assert Stream.objects.count() == 4
    for stream in Stream.objects.all():
        texts = list(stream.matches.values_list("mention__text", flat=True))
        assert texts, stream.name
        assert all(any(term.casefold() in text.casefold() for term in stream.any_terms) for text in texts)
        assert sum(stream.days.values_list("count", flat=True)) == len(texts)
        assert stream.owner.rights.may_somewhere("stream.view")
    assert [stream.name for stream in Stream.objects.filter(review_on__lte=today)] == ["Safety"]


def test_the_kept_queue_counters_agree_with_the_rows(made):
    numbers = read_numbers(user_id=0, sees_all=True, at=UNTIL)

    assert numbers.by_stage == Counter(Conversation.objects.values_list("stage", flat=True))


def test_every_moment_is_past_and_every_history_is_in_order(made):
    for conversation in Conversation.objects.all():
        moments = list(conversation.events.order_by("pk").values_list("at", flat=True))
        assert moments == sorted(moments)
        assert moments[0] == conversation.opened_at
        assert moments[-1] <= UNTIL


def test_every_history_can_be_told_in_sentences(made):
    for conversation in Conversation.objects.all()[:60]:
        lines = read_history(conversation).lines
        assert lines[-1].text == "The conversation began."
        assert "Something happened." not in [line.text for line in lines]


def test_conversations_stand_where_their_latest_decision_and_answer_left_them(made):
    answered = Conversation.objects.filter(first_answered_at__isnull=False)

    assert not Decision.objects.filter(at__lt=F("policy_version__in_force_from")).exists()
    assert not Decision.objects.filter(at__gt=F("policy_version__in_force_until")).exists()
    assert not answered.exclude(replies__state="sent").exists()
    assert not Reply.objects.filter(state="sent", mention__isnull=True).exists()
    assert PracticePost.objects.count() == Reply.objects.filter(state="sent").count()


def test_nobody_answered_without_having_attested(made):
    attested = {(row.user_id, row.version_id): row.at for row in Attestation.objects.all()}

    for reply in Reply.objects.all():
        assert attested[reply.author_id, reply.policy_version_id] < reply.queued_at


def test_concerns_are_what_the_departments_listen_for_and_were_handed(made):
    for decision in Decision.objects.filter(department__isnull=False):
        assert Concern.objects.filter(
            conversation_id=decision.conversation_id, department_id=decision.department_id
        ).exists()
    for takeaway in Takeaway.objects.all():
        assert Conversation.objects.visible_to(takeaway.author).filter(pk=takeaway.conversation_id).exists()
    assert len(read_listeners()) == 8


def test_events_name_rows_that_exist(made):
    for kind, name, model in (
        (Event.Kind.DECIDED, "decision", Decision),
        (Event.Kind.REPLY_SENT, "reply", Reply),
        (Event.Kind.TAKEAWAY, "takeaway", Takeaway),
        (Event.Kind.HEARD, "mention", Mention),
    ):
        named = {data[name] for data in Event.objects.filter(kind=kind).values_list("data", flat=True)}
        assert model.objects.filter(pk__in=named).count() == len(named)


def test_a_responder_can_go_on_where_the_history_ends(made):
    ida = User.objects.get(email="ida@tavolund.example")
    free = Conversation.objects.filter(
        stage=Stage.ASSIGNED, department__slug="customer-service", offered_to__isnull=True
    ).first()

    claims.claim_conversation(conversation_id=free.pk, agent=ida, at=UNTIL + timedelta(minutes=1))

    assert Conversation.objects.get(pk=free.pk).holder == ida
    assert binding.may_act_under(ida, version_id=reading.policy_in_force().version_id, at=UNTIL)


def test_one_policy_is_in_force_and_the_former_is_retired(made):
    states = dict(PolicyVersion.objects.values_list("number", "state"))

    assert states == {1: "retired", 2: "in_force"}


def test_the_sign_in_page_offers_the_people_with_something_to_see(made):
    offered = {User.objects.get(pk=persona.user_id).email.split("@")[0] for persona in personas()}

    assert offered == {persona.person for persona in company.PERSONAS}


def test_the_administrator_alone_may_use_the_admin(made):
    staff = User.objects.filter(is_staff=True, is_superuser=True).values_list("email", flat=True)

    assert list(staff) == ["anders@tavolund.example"]
    assert User.objects.filter(is_superuser=True).count() == User.objects.filter(is_staff=True).count() == 1


def test_nobody_has_a_password(made):
    assert [user.email for user in User.objects.all() if user.has_usable_password()] == []


def test_notifications_are_recent_and_old_ones_are_read(made):
    page = Notification.objects.filter(medium="page")

    assert page.exists()
    assert not Notification.objects.exclude(state="sent").exists()
    assert not page.filter(created_at__lt=UNTIL - timedelta(hours=6), read_at__isnull=True).exists()


def test_a_channel_has_a_gap_in_which_nothing_was_heard(made):
    forum = Coverage.objects.filter(channel__name="Forum (practice)").order_by("heard_from")

    assert forum.count() == 2
    assert not Mention.objects.filter(
        channel__name="Forum (practice)",
        is_ours=False,
        heard_at__gt=forum[0].heard_until,
        heard_at__lt=forum[1].heard_from,
    ).exists()


@pytest.mark.django_db(transaction=True)
def test_everything_is_counted_once_it_is_committed(monkeypatch):
    counted = []

    def count(*, at):
        counted.append((at, connection.in_atomic_block, Event.objects.count()))

    monkeypatch.setattr(rollups, "roll_up", count)

    made = make_company(seed=7, at=UNTIL, conversations=60)

    assert counted == [(UNTIL, False, made.events)]


@pytest.mark.django_db
def test_command_makes_the_company_and_says_so():
    out = StringIO()

    call_command("make_demo", conversations=60, stdout=out)

    assert "The demonstration company is there: 20 people" in out.getvalue()
    assert Department.objects.count() == 8


@pytest.mark.django_db
def test_command_refuses_where_somebody_is_already():
    User.objects.create_user("ada@example.com", name="Ada")

    with pytest.raises(CommandError, match="needs an empty one"):
        call_command("make_demo")

    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_command_asks_for_a_word_on_a_production_installation(settings):
    settings.SETTINGS_MODULE = "socialhub.settings.production"

    with pytest.raises(CommandError, match="--yes-demo"):
        call_command("make_demo")

    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_nothing_stays_when_the_making_fails(monkeypatch):
    def fail(*_):
        raise RuntimeError("the power went out")

    monkeypatch.setattr("socialhub.demo.loading._coverage", fail)

    with pytest.raises(RuntimeError):
        make_company(seed=7, at=UNTIL, conversations=60)

    assert not Organisation.objects.exists()
    assert not Conversation.objects.exists()


def test_the_library_has_answers_that_are_used_and_one_to_be_reviewed(made):
    stale = saved_answers.stale_on(SavedAnswer.objects.filter(is_retired=False), UNTIL.date())

    assert SavedAnswer.objects.count() == 14
    assert [answer.title for answer in stale] == ["Outage: we are on it"]
    assert not SavedAnswer.objects.filter(use_count=0).exists()
    for answer in SavedAnswer.objects.all():
        assert answer.owner.rights.may_somewhere("saved_answer.view")
        assert fill(answer.body, VALUES).startswith(("Hello Cy", "Hallo Cy", "Hej Cy", "Thank you, Cy"))


def test_an_answer_of_each_kind_is_before_those_who_approve(made):
    mette = User.objects.get(email="mette@tavolund.example")
    standing = Approval.objects.exclude(state=Approval.State.USED)

    states = list(standing.values_list("state", flat=True))
    assert len(set(states)) == len(states)
    assert {"asked"} <= set(states) <= {"asked", "approved", "edited", "rejected"}
    assert [one.state for one in steps.waiting_for(mette, at=UNTIL)] == ["asked"]
    for approval in standing:
        assert approval.fence == approval.conversation.fence
        assert approval.author == approval.conversation.holder
        assert Draft.objects.get(conversation=approval.conversation).body == approval.body


def test_what_needed_approval_went_out_with_it(made):
    for reply in Reply.objects.filter(state="sent").select_related("conversation", "approval"):
        assert approving.not_approved(reply, conduct.of_decision(reply.conversation)) == []
    assert Reply.objects.filter(approval__isnull=False).exists()
    assert not ApprovalStep.objects.filter(decided_by=F("author")).exists()


def test_notes_ask_those_who_see_the_conversation_and_some_still_wait(made):
    for ask in NoteAsk.objects.select_related("note", "department"):
        assert Concern.objects.filter(conversation=ask.note.conversation_id, department=ask.department).exists()
        assert (ask.answered_at is None) is not ask.note.answered_by.exists()
    assert Note.objects.filter(answers__isnull=False).exists()
    assert not NoteAsk.objects.filter(answered_at=None, note__conversation__stage=Stage.CLOSED).exists()
