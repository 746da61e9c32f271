"""Fix which conversations an act on many is about, how each stands, and what is foreseen to stand in the way."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, CharField, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from socialhub.lib.errors import Forbidden, Invalid
from socialhub.lib.moments import grouped
from teams.models import User
from triage.models import BulkItem, BulkRun, Conversation
from triage.models.conversation import ConversationQuerySet
from triage.services.decisions.undoing import UNDO_WITHIN, NotUndoable
from triage.states import Stage

# What is more than this is narrowed first: nobody means it, and its rows would be a burden.
MOST_ITEMS = 500_000
MOST_CHOSEN = 1000
# Whoever asks for the same once more within this time has clicked twice.
SAME_WITHIN = timedelta(seconds=5)

Act = BulkRun.Act
# The right that an act needs; to assign is to decide who answers.
RIGHTS = {
    Act.DECIDE: "conversation.decide",
    Act.ASSIGN: "conversation.decide",
    Act.TAG: "conversation.tag",
    Act.CLOSE: "conversation.close",
}

_FILL = """
    WITH filled AS (
        INSERT INTO triage_bulkitem (run_id, conversation_id, fence, event_id, code, state, sentence)
        SELECT %s, id, fence, event_id, code, 'waiting', '' FROM ({found}) AS found (id, fence, event_id, code)
        RETURNING code
    )
    SELECT code, count(*) FROM filled GROUP BY 1
"""
_NO_EVENT = Cast(Value(None), BigIntegerField())


def prepare(
    *,
    act: BulkRun.Act,
    found: ConversationQuerySet,
    person: User,
    at: datetime,
    sought: Mapping[str, Any] | None = None,
) -> BulkRun:
    """Fix what ``found`` finds for an act of ``person``, and show what it would come to; nothing is done yet.

    ``found`` is what they may see; what somebody practises on is left out. What they had
    prepared before is forgotten, unless it is the same of a moment ago (``sought`` says what was asked for).

    :raises Forbidden: they may do this nowhere.
    :raises Invalid: it is too much.
    """
    _make_sure_may(person, act)
    seen = found.filter(learner=None).order_by().annotate(bulk_event=_NO_EVENT, bulk_code=_foreseen(act, person))
    with transaction.atomic():
        asked = {"act": act, "sought": dict(sought or {})}
        same = _lock_prepared(person).filter(**asked, prepared_at__gt=at - SAME_WITHIN).first() if sought else None
        if same is not None:
            return same
        run = _begin(person, at, **asked)
        _fill(run, seen.values_list("pk", "fence", "bulk_event", "bulk_code")[: MOST_ITEMS + 1])
        if run.matched_count > MOST_ITEMS:
            raise Invalid(_("These are more than %(most)s. Narrow the list.") % {"most": grouped(MOST_ITEMS)})
        run.save(update_fields=["matched_count", "foreseen"])
    return run


def prepare_chosen(
    *,
    act: BulkRun.Act,
    chosen: Collection[int],
    person: User,
    at: datetime,
    sought: Mapping[str, Any] | None = None,
) -> BulkRun:
    """Fix conversations that were chosen one by one; see ``prepare``. What is not theirs to see is left out.

    :raises Forbidden: they may do this nowhere.
    :raises Invalid: none is chosen, or too many.
    """
    if not chosen:
        raise Invalid(_("Choose conversations first."))
    if len(chosen) > MOST_CHOSEN:
        raise Invalid(_("Choose at most %(most)s, or all that match.") % {"most": grouped(MOST_CHOSEN)})
    found = Conversation.objects.visible_to(person).filter(pk__in=chosen)
    return prepare(act=act, found=found, person=person, at=at, sought={**(sought or {}), "ids": sorted(chosen)})


def prepare_undo(*, run_id: int, person: User, at: datetime) -> BulkRun:
    """Fix what of a run can be taken back: what it did and no other undoing has taken back.

    :raises NotUndoable: it is not over, was too long ago, is an undoing itself, or nothing is left.
    """
    with transaction.atomic():
        undone = BulkRun.objects.select_for_update().get(pk=run_id)
        why_not = why_not_undoable(undone, at=at)
        if why_not:
            raise NotUndoable(why_not)
        _make_sure_may(person, Act(undone.act))
        run = _begin(person, at, act=Act.UNDO, undoes=undone)
        _fill(run, left_to_undo(undone).order_by().values_list("conversation_id", "fence", "event_id", Value("")))
        if not run.matched_count:
            raise NotUndoable(_("Nothing of it is left to be taken back."))
        run.save(update_fields=["matched_count", "foreseen"])
    return run


def left_to_undo(run: BulkRun) -> QuerySet[BulkItem]:
    """Return what a run has changed and no other has taken back; somebody may have gone on with it."""
    taken_back = BulkItem.objects.filter(run__undoes=run, state=BulkItem.State.DONE)
    done = run.items.filter(state=BulkItem.State.DONE, event_id__isnull=False)
    return done.exclude(conversation__in=taken_back.values("conversation"))


def why_not_undoable(run: BulkRun, *, at: datetime) -> str:
    """Return in a sentence why a run cannot be taken back; nothing where it can."""
    if run.act == Act.UNDO:
        return _("What was taken back is done anew, not taken back once more.")
    if run.finished_at is None:
        return _("It is not over yet. Cancel it first.")
    if at - run.finished_at > UNDO_WITHIN:
        return _("It was too long ago. Change what is wrong with a new act.")
    return ""


def _make_sure_may(person: User, act: BulkRun.Act) -> None:
    if not person.rights.may_somewhere(RIGHTS[act]):
        raise Forbidden(_("You may not do this."))


def _lock_prepared(person: User) -> QuerySet[BulkRun]:
    # Whoever prepares twice at once waits here, so that the second finds what the first has prepared.
    # What they write meanwhile in another tab does not.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    return BulkRun.objects.filter(person=person, state=BulkRun.State.PREPARED)


def _begin(person: User, at: datetime, **columns: Any) -> BulkRun:
    _lock_prepared(person).delete()
    return BulkRun.objects.create(person=person, prepared_at=at, **columns)


def _fill(run: BulkRun, found: QuerySet[Any, tuple[Any, ...]]) -> None:
    sql, params = found.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_FILL.format(found=sql), [run.pk, *params])
        run.foreseen = dict(cursor.fetchall())
    run.matched_count = sum(run.foreseen.values())


def _foreseen(act: BulkRun.Act, person: User) -> Case:
    """Return what stands in the way of each as it is now; a preview, which the act itself asks anew."""
    rights, right = person.rights, RIGHTS[act]
    ways = []
    if not rights.everywhere(right):
        theirs = Q(department__in=rights.departments_for(right))
        ways.append(When(~theirs | Q(department=None), then=Value("not_allowed")))
    if act in (Act.DECIDE, Act.ASSIGN, Act.CLOSE):
        ways.append(When(stage=Stage.CLOSED, then=Value("closed")))
    ways.append(When(Q(holder__isnull=False) & ~Q(holder=person), then=Value("held")))
    if act in (Act.DECIDE, Act.ASSIGN):
        ways.append(When(stage__in=[Stage.CLAIMED, Stage.WAITING], then=Value("yours")))
    if act == Act.ASSIGN:
        ways.append(When(stage=Stage.NEW, then=Value("undecided")))
    if act == Act.TAG:
        ways.append(When(erased_at__isnull=False, then=Value("erased")))
    return Case(*ways, default=Value(""), output_field=CharField())
