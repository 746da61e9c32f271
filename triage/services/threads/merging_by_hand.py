"""Make conversations one because somebody says so, and take that back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from policies.engine.rules import Policy
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import locks
from socialhub.lib.errors import Conflict
from teams.models import Department, User
from triage.models import Concern, Conversation, Draft, Event, Merge, Note, Reply, ThreadEntry
from triage.services import clocks, gate, recording, snoozing, telling
from triage.services.arriving import belonging, joining, suggesting_anew
from triage.services.decisions.undoing import NotUndoable
from triage.services.keeping import holds
from triage.services.pen import capacity, giving_back, offering, voiding
from triage.services.pen.claims import AnswerUnderway
from triage.services.sending import private_window
from triage.services.threads import merging, urgency
from triage.states import IN_FLIGHT, OPEN, RUNNING, Outcome, Stage

# How the source stood: its words stay in its own row.
_FORMER = ("stage", "outcome", "closed_at", "holder_id", "offered_to_id", *clocks.COLUMNS)


class NotMergeable(Conflict):
    """As they stand, these cannot be one."""

    code = "not_mergeable"


class WidensReaders(Conflict):
    """Departments would read what they could not, and nobody has agreed to that. ``readers`` are those."""

    code = "widens_readers"

    def __init__(self, message: str, readers: Sequence[Department]) -> None:
        super().__init__(message)
        self.readers = readers


def merge_conversations(
    *, target_id: int, source_ids: Collection[int], readers: Collection[int] = (), actor: User, at: datetime
) -> list[Merge]:
    """Let the threads of the sources go on in the target, which keeps its department, its holder and its stage.

    It becomes as urgent as the most urgent of them. What is heard into any of them from now on
    is heard in the target. Messages, notes and drafts move; answers, decisions and events stay
    in the record of the conversation in which they were made. ``readers`` are the departments
    that the caller agreed may read both. Locks the intake, then the conversations.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotMergeable: they are closed, merged already, practice, held by somebody else or on different channels.
    :raises AnswerUnderway: an answer of one of them is on its way.
    :raises WidensReaders: a department that sees only one of them would see the other.
    """
    policy = reading.policy_in_force()
    wanted = sorted(set(source_ids) - {target_id})
    with transaction.atomic():
        # Nothing may be heard into a thread that is just moving.
        locks.take(locks.Lock.INTAKE)
        incidents = standing_until_committed()
        locked = merging.lock([target_id, *wanted])
        target, sources = locked[target_id], [locked[pk] for pk in wanted]
        if not sources:
            raise NotMergeable(_("A conversation cannot be merged with itself."))
        _check_target(target)
        for source in sources:
            _check_source(source, target, actor)
        _check_attested(actor, policy, at)
        for one in (target, *sources):
            _check_nothing_leaves(one, is_source=one is not target, actor=actor, at=at)
        new = new_readers([target, *sources])
        if unknown := [department for department in new if department.pk not in readers]:
            names = ", ".join(department.name for department in unknown)
            raise WidensReaders(_("All of it could then also be read by: %(names)s.") % {"names": names}, unknown)
        merges = [_merge(source, target, policy=policy, actor=actor, at=at) for source in sources]
        suggesting_anew.hold_again([target_id], incidents, policy, at)
    return merges


def new_readers(conversations: Sequence[Conversation]) -> list[Department]:
    """Return the departments that see some of the conversations, but not all of them."""
    concerned: dict[int, set[int]] = {}
    for conversation_id, department_id in Concern.objects.filter(conversation__in=conversations).values_list(
        "conversation", "department"
    ):
        concerned.setdefault(department_id, set()).add(conversation_id)
    partly = [pk for pk, seen in concerned.items() if len(seen) < len(conversations)]
    return list(Department.objects.filter(pk__in=partly).order_by("name", "pk"))


def merged_with(merge: Merge) -> list[int]:
    """Return the merges that were made in one go with this one and still stand: the last first, as they are undone."""
    made = Merge.objects.filter(target=merge.target_id, merged_by=merge.merged_by_id, at=merge.at, undone_at=None)
    return list(made.order_by("-pk").values_list("pk", flat=True))


def undo_merge(*, merge_id: int, actor: User, at: datetime) -> Merge:
    """Put everything that a merge moved back where it was. Locks the intake, then both conversations.

    What came to the target since then stays there, and so does who may see it: what was
    seen was seen. A legal hold that was placed on the target meanwhile stands on both. The
    source stands as before, with its deadlines; a holder who may not answer there any more, or
    has no room, has lost it to the queue. Locks that person before the conversations.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotUndoable: it was undone already, the target was merged itself, one of them is erased,
        or all that was said in the target itself was taken out of it.
    :raises AnswerUnderway: an answer is on its way in the target.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        locks.take(locks.Lock.INTAKE)
        incidents = standing_until_committed()
        merge = Merge.objects.get(pk=merge_id)
        _lock_former_holder(merge)
        locked = merging.lock([merge.source_id, merge.target_id])
        source, target = locked[merge.source_id], locked[merge.target_id]
        if not Merge.objects.filter(pk=merge_id, undone_at=None).update(undone_at=at, undone_by=actor):
            raise NotUndoable(_("This was undone a moment ago."))
        _check_undoable(source, target)
        _check_attested(actor, policy, at)
        _check_nothing_leaves(target, is_source=False, actor=actor, at=at)
        merge.undone_at, merge.undone_by = at, actor
        _move_back(merge)
        if not ThreadEntry.objects.filter(conversation=target, is_copy=False, mention__is_ours=False).exists():
            raise NotUndoable(_("Nothing that somebody else wrote would be left in the other conversation."))
        holds.follow(source_id=target.pk, target_id=source.pk, at=at, since=merge.at)
        change = _restored(source, merge.former, policy, at)
        changed = urgency.take_back(target, merge)
        outdated = merging.outdate(target, at)
        for one, more in ((source, change), (target, [*changed, "fence"])):
            fields = [*more, *merging.count_thread(one), *_moved_window(one, at)]
            one.save(update_fields=fields)
        belonging.part(source_id=source.pk, target_id=target.pk)
        suggesting_anew.hold_again([source.pk, target.pk], incidents, policy, at)
        told: dict[str, Any] = {"gave_back": source.pk, "merge": merge.pk, **outdated}
        if "priority" in changed:
            told["priority"] = target.priority
        recording.record(conversation_id=target.pk, kind=Event.Kind.MERGE_UNDONE, actor=actor, at=at, data=told)
        _tell_standing_again(source, merge, actor=actor, at=at)
    return merge


def _check_undoable(source: Conversation, target: Conversation) -> None:
    if target.outcome == Outcome.MERGED:
        raise NotUndoable(_("The conversation was merged into another since then. Undo that first."))
    if source.erased_at is not None or target.erased_at is not None:
        raise NotUndoable(_("What was said is erased, so it cannot be taken apart any more."))


def _tell_standing_again(source: Conversation, merge: Merge, *, actor: User, at: datetime) -> None:
    """Record of what was merged away how it stands by itself again, and tell whoever has it now."""
    told: dict[str, Any] = {
        "out_of": merge.target_id,
        "merge": merge.pk,
        "stage": source.stage,
        "holder": source.holder_id,
        "offered_to": source.offered_to_id,
    }
    is_lost = source.holder_id != merge.former["holder_id"]
    if is_lost:
        told["lost_by"] = merge.former["holder_id"]
    event = recording.record(conversation_id=source.pk, kind=Event.Kind.MERGE_UNDONE, actor=actor, at=at, data=told)
    person = source.holder or source.offered_to
    if person is not None and person.pk != actor.pk:
        telling.tell_person(source, event, person)
    if source.stage == Stage.ASSIGNED:
        if is_lost:
            telling.tell_department(source, event, but=actor)
        offering.wake_offering(source.department_id)


def _check_attested(actor: User, policy: Policy, at: datetime) -> None:
    # What is merged away needs no decision and no answer of its own any more: to say so is to decide.
    gate.check(actor, policy, at=at, refusal=_("Read and attest the policy in force before you merge conversations."))


def _check_target(target: Conversation) -> None:
    if target.learner_id is not None:
        raise NotMergeable(_("Practice is merged with nothing."))
    if target.outcome == Outcome.MERGED:
        raise NotMergeable(_("The conversation was merged into another one a moment ago."))
    if target.stage not in OPEN:
        raise NotMergeable(_("The conversation is closed. Reopen it first."))


def _check_source(source: Conversation, target: Conversation, actor: User) -> None:
    name = {"name": source.author_name}
    if source.learner_id is not None:
        raise NotMergeable(_("Practice is merged with nothing."))
    if source.outcome == Outcome.MERGED:
        raise NotMergeable(_("The conversation with %(name)s was merged into another one already.") % name)
    if source.erased_at is not None:
        raise NotMergeable(_("Nothing is left of that conversation."))
    if source.holder_id not in (None, actor.pk):
        holder = User.objects.get(pk=source.holder_id).name
        raise NotMergeable(
            _("%(holder)s holds the conversation with %(name)s. Ask for it, or let them merge it.")
            % {"holder": holder, **name}
        )
    if source.channel_id != target.channel_id:
        raise NotMergeable(
            _("They are on different channels, and an answer goes out on one. Say that it is the same person instead.")
        )
    if _is_private(source) != _is_private(target):
        raise NotMergeable(_("One was said in private and the other in public: an answer could go the wrong way."))


def _is_private(conversation: Conversation) -> bool:
    voices = ThreadEntry.objects.filter(conversation=conversation, mention__is_ours=False, is_copy=False)
    last: bool | None = voices.order_by("-mention").values_list("mention__is_private", flat=True).first()
    return bool(last)


def _check_nothing_leaves(conversation: Conversation, *, is_source: bool, actor: User, at: datetime) -> None:
    if is_source:
        is_underway = giving_back.is_underway(conversation, actor=actor, at=at)
    else:
        is_underway = Reply.objects.filter(conversation=conversation, state__in=IN_FLIGHT).exists()
    if is_underway:
        raise AnswerUnderway(
            _("An answer to %(name)s is on its way. Wait until its fate is known.") % {"name": conversation.author_name}
        )


def _merge(source: Conversation, target: Conversation, *, policy: Policy, actor: User, at: datetime) -> Merge:
    entries = ThreadEntry.objects.filter(conversation=source).order_by("mention")
    theirs = Draft.objects.filter(conversation=target).values("author")
    drafts = Draft.objects.filter(conversation=source).exclude(author__in=theirs)
    merge = Merge.objects.create(
        source=source,
        target=target,
        merged_by=actor,
        at=at,
        mentions=list(entries.values_list("mention", flat=True)),
        notes=list(Note.objects.filter(conversation=source).order_by("pk").values_list("pk", flat=True)),
        drafts=list(drafts.order_by("pk").values_list("pk", flat=True)),
        former=_kept(source),
    )
    is_work = source.stage in RUNNING
    fields = merging.take_thread(target, source)
    Note.objects.filter(pk__in=merge.notes).update(conversation=target)
    # Of who writes to both, both texts stay where they are.
    Draft.objects.filter(pk__in=merge.drafts).update(conversation=target)
    if is_work:
        merge.changed = urgency.make_urgent(target, source, policy=policy, at=at)
        merge.save(update_fields=["changed"])
    fields += [*merge.changed, *_moved_window(target, at)]
    merging.follow(source=source, target=target, at=at)
    clocks.acknowledge(source.pk, actor=actor, at=at)
    voiding.void_asking(conversation_id=source.pk, at=at)
    source.holder = source.offered_to = None
    source.fence += 1
    merging.close_emptied(source, at, "holder", "offered_to", "fence")
    told: dict[str, Any] = {"into": target.pk, "merge": merge.pk}
    recording.record(conversation_id=source.pk, kind=Event.Kind.MERGED, actor=actor, at=at, data=told)
    if is_work:
        snoozing.wake_by_message(target, at=at)
    stirs = is_work and target.stage == Stage.WAITING
    told = {"from": source.pk, "merge": merge.pk, "stirs": stirs, **merging.outdate(target, at)}
    if "priority" in merge.changed:
        told["priority"] = target.priority
    event = recording.record(conversation_id=target.pk, kind=Event.Kind.MERGED, actor=actor, at=at, data=told)
    if stirs:
        fields += clocks.apply(target, joining.end_waiting(target, policy, event, at))
    else:
        telling.tell_merged(target, event)
    target.save(update_fields=[*fields, "fence"])
    return merge


def _kept(conversation: Conversation) -> dict[str, Any]:
    values = {name: getattr(conversation, name) for name in _FORMER}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _read(kept: dict[str, Any]) -> dict[str, Any]:
    moments = {name for name in kept if name.endswith("_at")}
    return {
        name: parse_datetime(value) if name in moments and value is not None else value for name, value in kept.items()
    }


def _moved_window(conversation: Conversation, at: datetime) -> list[str]:
    """Follow the network's window for private answers, and the deadline of the step; return the columns."""
    conversation.private_until = private_window.Windows().until(
        conversation.channel.kind, conversation.channel_id, spoken_at=conversation.last_inbound_at
    )
    return ["private_until", *clocks.apply(conversation, clocks.look_again(conversation, at=at))]


def _move_back(merge: Merge) -> None:
    here = {"conversation": merge.target_id}
    ThreadEntry.objects.filter(pk__in=merge.mentions, **here).update(conversation=merge.source_id)
    Note.objects.filter(pk__in=merge.notes, **here).update(conversation=merge.source_id)
    busy = Draft.objects.filter(conversation=merge.source_id).values("author")
    drafts = Draft.objects.filter(pk__in=merge.drafts, **here).exclude(author__in=list(busy))
    drafts.update(conversation=merge.source_id)


def _lock_former_holder(merge: Merge) -> None:
    holder = User.objects.filter(pk=merge.former["holder_id"], capacity__isnull=False).first()
    if holder is not None:
        capacity.lock(holder)


def _restored(source: Conversation, former: dict[str, Any], policy: Policy, at: datetime) -> list[str]:
    """Let the source stand as before the merge, and return its columns."""
    change: dict[str, Any] = {**_read(former), "fence": source.fence + 1}
    columns = clocks.apply(source, change)
    offered_to = source.offered_to
    if offered_to is not None and not _may(offered_to, "conversation.claim", source):
        source.offered_to = None
    holder = source.holder
    if holder is None:
        return columns
    is_claim = source.stage == Stage.CLAIMED
    if not _may(holder, "conversation.answer", source) or (is_claim and not capacity.has_room(holder)):
        source.holder = None
        if is_claim:
            source.stage = Stage.ASSIGNED
            columns += clocks.apply(source, clocks.to_queue(source, policy=policy, at=at))
    # Nobody rests on what they did not have: the claim counts anew.
    worked_at = at if source.holder is not None else None
    return [*columns, *clocks.apply(source, {"worked_at": worked_at, "idle_warned_at": None})]


def _may(person: User, action: str, conversation: Conversation) -> bool:
    return person.is_active and person.rights.may(action, conversation.department_id)
