from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from tests.factories.attachments import AttachmentFactory
from tests.factories.back_tests import BackTestFactory
from tests.factories.bulk import BulkRunFactory
from tests.factories.clocks import EscalationFactory
from tests.factories.listening import ChannelFactory
from tests.factories.pen import (
    AnswerUseFactory,
    ApprovalFactory,
    ApprovalStepFactory,
    HandOverFactory,
    NoteAskFactory,
    SavedAnswerFactory,
    SendingStopFactory,
    TakeOverFactory,
)
from tests.factories.policies import IncidentFactory
from tests.factories.retention import LegalHoldFactory, RetentionRunFactory
from tests.factories.rules_decide import DecidingStopFactory, DecisionCheckFactory
from tests.factories.saved_views import SavedViewFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import (
    ConcernFactory,
    ConversationFactory,
    DecisionFactory,
    DraftFactory,
    EventFactory,
    ReplyFactory,
)
from tests.support.constraints import repeat
from triage.models import (
    AnswerUse,
    Approval,
    ApprovalStep,
    Attachment,
    BackTest,
    BulkItem,
    BulkRun,
    Concern,
    Conversation,
    DecidingStop,
    Decision,
    Draft,
    Escalation,
    Event,
    HandOver,
    IncidentPart,
    IncidentWord,
    Merge,
    NoteAsk,
    QueueCount,
    Reply,
    ReplyPart,
    RetentionRun,
    SavedView,
    TakeOver,
    ThreadEntry,
)

pytestmark = pytest.mark.django_db


def part_of_an_answer(**more: object) -> ReplyPart:
    return ReplyPart.objects.create(reply=ReplyFactory(), position=1, text="First.", **more)


def hand_over_to_giver() -> HandOver:
    """Ask the holder to take over from themselves."""
    conversation = ConversationFactory(claimed=True)
    return HandOverFactory(conversation=conversation, taker=conversation.holder)


def take_over_from_oneself() -> TakeOver:
    """Take from the holder as the holder."""
    conversation = ConversationFactory(claimed=True)
    return TakeOverFactory(conversation=conversation, actor=conversation.holder)


def word_of_the_author() -> ApprovalStep:
    """Approve what one wrote oneself."""
    approval = ApprovalFactory()
    return ApprovalStepFactory(approval=approval, verdict="approved", decided_by=approval.author, decided_at=NOON)


def bulk_item(**more: object) -> BulkItem:
    """Make one conversation part of a run."""
    return BulkItem.objects.create(run=BulkRunFactory(), conversation=ConversationFactory(), fence=0, **more)


def merge(*, into_itself: bool = False, **more: object) -> Merge:
    """Make two conversations one."""
    source = ConversationFactory()
    target = source if into_itself else ConversationFactory()
    told = {"mentions": [], "notes": [], "drafts": [], "former": {}, **more}
    return Merge.objects.create(source=source, target=target, merged_by=UserFactory(), at=NOON, **told)


def of_an_incident(model: type[IncidentPart | IncidentWord], **more: object) -> IncidentPart | IncidentWord:
    """Let a conversation belong to an incident."""
    return model.objects.create(incident=IncidentFactory(), conversation=ConversationFactory(), at=NOON, **more)


# Each breaks one constraint, named on the left, and nothing else.
BREAKERS: list[tuple[str, Callable[[], object]]] = [
    ("triage_backtest_one_underway", lambda: repeat(BackTestFactory(), BackTest)),
    ("triage_backtest_period_ends_later", lambda: BackTestFactory(until=NOON - timedelta(days=90))),
    ("triage_backtest_state_has_times", lambda: BackTestFactory(finished_at=NOON)),
    ("triage_backtest_state_has_times", lambda: BackTestFactory(done=True, finished_at=None)),
    ("triage_bulkitem_once", lambda: repeat(bulk_item(), BulkItem)),
    ("triage_bulkitem_refused_says_why", lambda: bulk_item(state="refused", code="not_there")),
    ("triage_bulkitem_refused_says_why", lambda: bulk_item(sentence="You may not see it.")),
    ("triage_bulkrun_one_prepared", lambda: repeat(BulkRunFactory(), BulkRun)),
    ("triage_bulkrun_one_underway", lambda: repeat(BulkRunFactory(queued=True), BulkRun)),
    ("triage_bulkrun_state_has_times", lambda: BulkRunFactory(started_at=NOON)),
    ("triage_bulkrun_state_has_times", lambda: BulkRunFactory(queued=True, started_at=None)),
    ("triage_bulkrun_state_has_times", lambda: BulkRunFactory(done=True, finished_at=None)),
    ("triage_bulkrun_undo_names_what", lambda: BulkRunFactory(act="undo")),
    ("triage_escalation_once", lambda: repeat(EscalationFactory(), Escalation)),
    ("triage_conversation_holder_fits_stage", lambda: ConversationFactory(claimed=True, holder=None)),
    ("triage_conversation_holder_fits_stage", lambda: ConversationFactory(holder=UserFactory())),
    ("triage_conversation_holder_fits_stage", lambda: ConversationFactory(assigned=True, holder=UserFactory())),
    ("triage_conversation_holder_fits_stage", lambda: ConversationFactory(closed=True, holder=UserFactory())),
    ("triage_conversation_department_fits_stage", lambda: ConversationFactory(department=DepartmentFactory())),
    ("triage_conversation_department_fits_stage", lambda: ConversationFactory(assigned=True, department=None)),
    ("triage_conversation_department_fits_stage", lambda: ConversationFactory(claimed=True, department=None)),
    ("triage_conversation_department_fits_stage", lambda: ConversationFactory(waiting=True, department=None)),
    ("triage_conversation_offer_fits_stage", lambda: ConversationFactory(claimed=True, offered_to=UserFactory())),
    ("triage_conversation_offer_fits_stage", lambda: ConversationFactory(offered_to=UserFactory())),
    ("triage_conversation_deadline_fits_stage", lambda: ConversationFactory(due_at=None)),
    ("triage_conversation_deadline_fits_stage", lambda: ConversationFactory(due_for="")),
    ("triage_conversation_deadline_fits_stage", lambda: ConversationFactory(waiting=True, due_at=NOON)),
    ("triage_conversation_deadline_fits_stage", lambda: ConversationFactory(closed=True, due_for="answer")),
    ("triage_conversation_outcome_fits_stage", lambda: ConversationFactory(closed=True, outcome="")),
    ("triage_conversation_outcome_fits_stage", lambda: ConversationFactory(closed=True, closed_at=None)),
    ("triage_conversation_outcome_fits_stage", lambda: ConversationFactory(outcome="resolved")),
    ("triage_conversation_outcome_fits_stage", lambda: ConversationFactory(assigned=True, closed_at=NOON)),
    ("triage_conversation_priority_range", lambda: ConversationFactory(priority=0)),
    ("triage_conversation_priority_range", lambda: ConversationFactory(priority=5)),
    ("triage_conversation_erased_is_over", lambda: ConversationFactory(erased_at=NOON, author_name="", snippet="")),
    ("triage_conversation_erased_is_over", lambda: ConversationFactory(closed=True, erased_at=NOON, author_name="")),
    ("triage_conversation_snooze_fits_stage", lambda: ConversationFactory(snoozed_until=NOON)),
    ("triage_conversation_snooze_fits_stage", lambda: ConversationFactory(snoozed_at=NOON)),
    (
        "triage_conversation_snooze_fits_stage",
        lambda: ConversationFactory(closed=True, snoozed_at=NOON, snoozed_by=UserFactory()),
    ),
    ("triage_decision_undoes_one", lambda: DecisionFactory(is_undoing=True)),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(disposition="", department=None, visibility="")),
    ("triage_incidentpart_once", lambda: repeat(of_an_incident(IncidentPart), IncidentPart)),
    (
        "triage_incidentword_once",
        lambda: repeat(of_an_incident(IncidentWord, belongs=True, by=UserFactory()), IncidentWord),
    ),
    ("triage_legalhold_on_one_thing", lambda: LegalHoldFactory(conversation=None)),
    ("triage_legalhold_has_reason", lambda: LegalHoldFactory(reason="")),
    ("triage_legalhold_lifted_by_somebody", lambda: LegalHoldFactory(lifted_at=NOON)),
    ("triage_merge_not_into_itself", lambda: merge(into_itself=True)),
    ("triage_merge_undone_by_somebody", lambda: merge(undone_at=NOON)),
    ("triage_merge_into_one_at_a_time", lambda: repeat(merge(), Merge)),
    ("triage_retentionrun_one_underway", lambda: repeat(RetentionRunFactory(), RetentionRun)),
    ("triage_retentionrun_state_has_times", lambda: RetentionRunFactory(finished_at=NOON)),
    ("triage_retentionrun_state_has_times", lambda: RetentionRunFactory(state="done", finished_at=None)),
    ("triage_concern_once", lambda: repeat(ConcernFactory(), Concern)),
    ("triage_threadentry_pkey", lambda: repeat(ConversationFactory().entries.get(), ThreadEntry, keep_pk=True)),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(department=None)),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(visibility="")),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(reason="spam")),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(no_response=True, reason="")),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(no_response=True, visibility="public")),
    (
        "triage_decision_answer_has_department",
        lambda: DecisionFactory(no_response=True, department=DepartmentFactory()),
    ),
    ("triage_decision_answer_has_department", lambda: DecisionFactory(no_response=True, offered_to=UserFactory())),
    ("triage_decision_departure_departs", lambda: DecisionFactory(departure="wrong", follows_suggestion=True)),
    ("triage_decision_departure_departs", lambda: DecisionFactory(departure="odd", follows_suggestion=False)),
    ("triage_decision_departure_departs", lambda: DecisionFactory(departure="wrong", follows_suggestion=None)),
    ("triage_decision_by_a_person_or_a_rule", lambda: DecisionFactory(decided_by=None)),
    ("triage_decision_by_a_person_or_a_rule", lambda: DecisionCheckFactory(decision__decided_by=UserFactory())),
    ("triage_decisioncheck_by_somebody", lambda: DecisionCheckFactory(verdict="confirmed")),
    ("triage_decisioncheck_by_somebody", lambda: DecisionCheckFactory(checked_by=UserFactory(), checked_at=NOON)),
    (
        "triage_decisioncheck_by_somebody",
        lambda: DecisionCheckFactory(verdict="reversed", checked_by=UserFactory(), checked_at=NOON),
    ),
    ("triage_decidingstop_once", lambda: repeat(DecidingStopFactory(), DecidingStop)),
    ("triage_decidingstop_lifted_by_somebody", lambda: DecidingStopFactory(lifted_at=NOON)),
    ("triage_draft_once", lambda: repeat(DraftFactory(), Draft)),
    *[
        ("triage_reply_one_in_flight", lambda state=state: another_answer(state=state))
        for state in ("queued", "sending", "uncertain")
    ],
    ("triage_reply_sent_is_on_network", lambda: ReplyFactory(state="sent")),
    ("triage_reply_sent_is_on_network", lambda: ReplyFactory(sent_at=NOON)),
    ("triage_reply_change_has_original", lambda: ReplyFactory(kind="correction")),
    ("triage_reply_change_has_original", lambda: change_an_answer(kind="answer")),
    ("triage_reply_removal_has_reason", lambda: change_an_answer(kind="removal", body="")),
    ("triage_reply_removal_has_reason", lambda: change_an_answer(kind="removal", reason="Wrong.")),
    ("triage_reply_removal_has_reason", lambda: change_an_answer(reason="Wrong.")),
    *[
        ("triage_reply_one_change_in_flight", lambda state=state: change_an_answer(twice=True, state=state))
        for state in ("queued", "sending", "uncertain")
    ],
    (
        "triage_reply_removed_once",
        lambda: change_an_answer(twice=True, kind="removal", body="", reason="Wrong.", state="sent", sent_at=NOON),
    ),
    ("triage_approval_change_has_original", lambda: ApprovalFactory(kind="correction")),
    ("triage_approval_change_has_original", lambda: ask_about_a_change()),
    *[
        (
            "triage_approval_of_change_open_once",
            lambda state=state: repeat(ask_about_a_change(kind="removal", state=state, edited_body="Sorry."), Approval),
        )
        for state in ("asked", "approved", "edited")
    ],
    ("triage_reply_key", lambda: another_answer(state="failed", key=uuid4())),
    ("triage_attachment_of_one", lambda: AttachmentFactory(draft=None)),
    ("triage_attachment_of_one", lambda: AttachmentFactory(reply=ReplyFactory())),
    ("triage_attachment_place_in_draft", lambda: repeat(AttachmentFactory(), Attachment)),
    (
        "triage_attachment_place_in_approval",
        lambda: repeat(AttachmentFactory(draft=None, approval=ApprovalFactory()), Attachment),
    ),
    (
        "triage_attachment_place_in_reply",
        lambda: repeat(AttachmentFactory(draft=None, reply=ReplyFactory()), Attachment),
    ),
    ("triage_replypart_position_once", lambda: repeat(part_of_an_answer(), ReplyPart)),
    ("triage_replypart_known_is_sent", lambda: part_of_an_answer(external_id="post-1")),
    ("triage_handover_open_once", lambda: repeat(HandOverFactory(), HandOver)),
    ("triage_handover_to_another", hand_over_to_giver),
    ("triage_takeover_from_another", take_over_from_oneself),
    ("triage_takeover_has_reason", lambda: TakeOverFactory(reason="")),
    ("triage_handover_answer_has_time", lambda: HandOverFactory(answer="declined")),
    ("triage_handover_answer_has_time", lambda: HandOverFactory(answered_at=NOON)),
    ("triage_noteask_one_asked", lambda: NoteAskFactory(person=None)),
    ("triage_noteask_one_asked", lambda: NoteAskFactory(department=DepartmentFactory())),
    ("triage_noteask_person_once", lambda: repeat(NoteAskFactory(), NoteAsk)),
    (
        "triage_noteask_department_once",
        lambda: repeat(NoteAskFactory(person=None, department=DepartmentFactory()), NoteAsk),
    ),
    *[
        (
            "triage_approval_open_once",
            lambda state=state: repeat(ApprovalFactory(state=state, edited_body="Sorry."), Approval),
        )
        for state in ("asked", "approved", "edited")
    ],
    ("triage_approval_edited_has_text", lambda: ApprovalFactory(state="edited")),
    ("triage_approvalstep_position_once", lambda: repeat(ApprovalStepFactory(), ApprovalStep)),
    ("triage_approvalstep_one_asked", lambda: ApprovalStepFactory(person=None)),
    ("triage_approvalstep_one_asked", lambda: ApprovalStepFactory(role="manager")),
    ("triage_approvalstep_never_by_its_author", word_of_the_author),
    ("triage_approvalstep_verdict_has_person", lambda: ApprovalStepFactory(verdict="approved")),
    ("triage_approvalstep_verdict_has_person", lambda: ApprovalStepFactory(decided_at=NOON)),
    (
        "triage_savedanswer_title_once",
        lambda: [SavedAnswerFactory(title="Hours"), SavedAnswerFactory(title="HOURS")],
    ),
    ("triage_answeruse_waits_once", lambda: repeat(AnswerUseFactory(), AnswerUse)),
    ("triage_answeruse_counts_once", lambda: repeat(AnswerUseFactory(reply=ReplyFactory()), AnswerUse)),
    ("triage_savedview_name_once", lambda: repeat(SavedViewFactory(), SavedView)),
    ("triage_savedview_shared_name_once", lambda: repeat(SavedViewFactory(department=DepartmentFactory()), SavedView)),
    (
        "triage_sendingstop_one_place",
        lambda: SendingStopFactory(channel=ChannelFactory(), department=DepartmentFactory()),
    ),
    ("triage_sendingstop_once", lambda: [SendingStopFactory(), SendingStopFactory()]),
    ("triage_sendingstop_lifted_by_somebody", lambda: SendingStopFactory(lifted_at=NOON)),
]


def another_answer(*, state: str, **both: object) -> Reply:
    """Answer a conversation again of which an answer has come as far as ``state``."""
    first = ReplyFactory(state=state, **both)
    return ReplyFactory(conversation=first.conversation, policy_version=first.policy_version, **both)


def change_an_answer(*, twice: bool = False, **change: object) -> None:
    """Correct an answer that is out, once or in two conversations at once."""
    original = ReplyFactory(state="sent", sent_at=NOON)
    for _ in range(1 + twice):
        given = {"kind": "correction", "body": "Sorry.", "policy_version": original.policy_version, **change}
        ReplyFactory(original=original, **given)


def ask_about_a_change(**change: object) -> Approval:
    """Ask for approval of what is done to an answer that is out."""
    original = ReplyFactory(state="sent", sent_at=NOON)
    return ApprovalFactory(original=original, policy_version=original.policy_version, **change)


@pytest.mark.parametrize(("name", "breaker"), BREAKERS)
def test_the_database_refuses(name, breaker):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breaker()

    assert refused.value.__cause__.diag.constraint_name.startswith(name)


def test_every_named_constraint_is_broken_here():
    named = {
        constraint.name
        for model in apps.get_app_config("triage").get_models()
        for constraint in model._meta.constraints
    }

    assert named - {name for name, _breaker in BREAKERS} == set()


@pytest.mark.parametrize(
    ("make", "model"), [(EventFactory, Event), (DecisionFactory, Decision)], ids=["event", "decision"]
)
@pytest.mark.parametrize(
    "act", [lambda rows: rows.update(at=NOON + timedelta(days=1)), lambda rows: rows.delete()], ids=["update", "delete"]
)
def test_what_was_recorded_never_changes(make, model, act):
    row = make()

    with pytest.raises(IntegrityError, match=f"{model._meta.db_table} is append-only"), transaction.atomic():
        act(model.objects.filter(pk=row.pk))

    row.refresh_from_db()
    assert row.at == NOON


@pytest.mark.parametrize("state", ["failed", "withdrawn"])
def test_an_answer_that_never_went_out_leaves_room_for_another(state):
    assert another_answer(state=state).state == "queued"


def test_a_waiting_conversation_may_have_lost_its_holder():
    assert ConversationFactory(waiting=True, holder=None).stage == "waiting"


def test_the_database_counts_every_insert_update_and_delete():
    first = ConversationFactory()
    department = DepartmentFactory()
    ConversationFactory(profile=first.profile, assigned=True, department=department, priority=1)
    Conversation.objects.filter(pk=first.pk).update(priority=2)
    # Nothing that is counted changes here.
    Conversation.objects.update(snippet="Other words")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM triage_threadentry")
        cursor.execute("DELETE FROM triage_concern")
        cursor.execute("DELETE FROM triage_conversation WHERE stage = 'assigned'")

    counted = QueueCount.objects.order_by("pk").values_list("stage", "department_id", "priority", "n")

    assert list(counted) == [
        ("new", None, 3, 1),
        ("assigned", department.pk, 1, 1),
        *sorted([("new", None, 2, 1), ("new", None, 3, -1)], key=lambda row: list(counted).index(row)),
        ("assigned", department.pk, 1, -1),
    ]
