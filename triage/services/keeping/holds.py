"""Legal holds: what keeps conversations from being erased, whatever the rules of retention say."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from listening.models import Profile
from socialhub.lib import locks
from socialhub.lib.bulk import any_of
from socialhub.lib.errors import Conflict, Invalid
from teams.changes import Verb
from teams.models import User
from teams.services import audit
from triage.models import Conversation, Event, LegalHold, ThreadEntry
from triage.services import reasons, recording


class HeldAlready(Conflict):
    """A hold for the same reason stands on it already."""

    code = "held_already"


class NothingLeft(Conflict):
    """What was to be held is erased."""

    code = "nothing_left"


class HoldLifted(Conflict):
    """Somebody else lifted the hold first."""

    code = "hold_lifted"


def place_hold(
    *, conversation_id: int, of_author: bool, reason: str, review_on: date | None, actor: User, at: datetime
) -> LegalHold:
    """Keep a conversation, or with ``of_author`` everything of its author, from being erased.

    When this returns nothing of it is erased any more: it waits for the eraser's
    transactions that are at work. Of a merged one the conversation in which it goes on is held, too.
    Several holds may stand on one thing, each with its reason. Locks the intake.

    :raises Invalid: there is no reason, it is too long, or the day to look again is over.
    :raises HeldAlready: one stands for the same reason.
    :raises NothingLeft: the conversation is erased.
    """
    reason = reasons.needed(reason, otherwise=_("Say why."))
    if review_on is not None and review_on <= at.date():
        raise Invalid(_("Choose a day that is still to come."), field="review_on")
    with transaction.atomic():
        # No message moves to another conversation meanwhile: it takes the hold along, or is found where it went.
        locks.take(locks.Lock.INTAKE)
        locks.take(locks.Lock.ERASE)
        conversation = Conversation.objects.get(pk=conversation_id)
        if conversation.erased_at is not None:
            raise NothingLeft(_("Nothing is left of this conversation that could be held."))
        on = {"profile_id": conversation.profile_id} if of_author else {"conversation_id": conversation_id}
        if LegalHold.objects.filter(**on, reason=reason, lifted_at=None).exists():
            raise HeldAlready(_("This is on hold already, for the same reason."))
        hold = LegalHold.objects.create(**on, reason=reason, review_on=review_on, placed_by=actor, placed_at=at)
        _record(Event.Kind.HELD, hold, conversation_id, actor, at)
        while not of_author and (goes_on_in := conversation.merged_into()) is not None:
            follow(source_id=conversation.pk, target_id=goes_on_in, at=at)
            conversation = Conversation.objects.get(pk=goes_on_in)
        audit.note(actor=actor, verb=Verb.HOLD_PLACED, subject=reason, at=at)
    return hold


def lift_hold(*, hold_id: int, because: str, actor: User, at: datetime) -> None:
    """End a hold, with its reason: the rules of retention count again, from the next night on.

    :raises Invalid: there is no reason, or it is too long.
    :raises HoldLifted: somebody else was first.
    """
    because = reasons.needed(because, otherwise=_("Say why."), field="because")
    with transaction.atomic():
        standing = LegalHold.objects.filter(pk=hold_id, lifted_at=None)
        if not standing.update(lifted_by=actor, lifted_at=at, lifted_because=because):
            raise HoldLifted(_("This hold was lifted already."))
        hold = LegalHold.objects.get(pk=hold_id)
        about = hold.conversation_id or _latest_of(hold.profile_id)
        if about is not None:
            _record(Event.Kind.HOLD_LIFTED, hold, about, actor, at)
        audit.note(actor=actor, verb=Verb.HOLD_LIFTED, subject=hold.reason, at=at, reason=because)


def follow(*, source_id: int, target_id: int, at: datetime, since: datetime | None = None) -> None:
    """Let the holds on a conversation stand on another, too, into which something of it goes.

    With ``since`` only those that were placed from then on: what goes back has its earlier ones still.
    Call it in the transaction that moves it, with the intake locked.
    """
    standing = LegalHold.objects.filter(conversation=source_id, lifted_at=None)
    if since is not None:
        standing = standing.filter(placed_at__gte=since).exclude(follows__conversation=target_id)
    for hold in standing.order_by("pk"):
        LegalHold.objects.create(
            conversation_id=target_id,
            reason=hold.reason,
            review_on=hold.review_on,
            placed_by=hold.placed_by,
            placed_at=hold.placed_at,
            follows=hold,
        )
        _record(Event.Kind.HELD, hold, target_id, None, at)


def holds_on(conversation: Conversation) -> QuerySet[LegalHold]:
    """Return the holds that stand on a conversation, by itself or by somebody who spoke in it."""
    spoken = ThreadEntry.objects.filter(conversation=conversation).values("mention__profile")
    theirs = Q(pk__in=spoken) | Q(pk=conversation.profile_id)
    persons = Profile.objects.filter(theirs, person__isnull=False).values("person")
    reached = (
        Q(conversation=conversation)
        | Q(profile__in=spoken)
        | Q(profile=conversation.profile_id)
        | Q(profile__person__in=persons)
    )
    return LegalHold.objects.filter(reached, lifted_at=None).select_related("placed_by", "profile").order_by("pk")


def held_among(conversations: Collection[int]) -> set[int]:
    """Return which of the conversations are on hold."""
    standing = LegalHold.objects.filter(lifted_at=None)
    ids = any_of(conversations)
    held: set[int | None] = set(standing.filter(conversation__in=ids).values_list("conversation", flat=True))
    profiles = _reached_profiles(standing)
    if profiles:
        reached = any_of(profiles)
        entries = ThreadEntry.objects.filter(conversation__in=ids, mention__profile__in=reached)
        held |= set(entries.values_list("conversation", flat=True))
        held |= set(Conversation.objects.filter(pk__in=ids, profile__in=reached).values_list("pk", flat=True))
    return {pk for pk in held if pk is not None}


def _reached_profiles(standing: QuerySet[LegalHold]) -> set[int]:
    found = standing.filter(profile__isnull=False).values_list("profile", "profile__person")
    profiles: set[int | None] = {profile for profile, _person in found}
    persons: set[int | None] = {person for _profile, person in found}
    persons.discard(None)
    if persons:
        profiles |= set(Profile.objects.filter(person__in=persons).values_list("pk", flat=True))
    return {pk for pk in profiles if pk is not None}


def _latest_of(profile_id: int | None) -> int | None:
    of_author = Conversation.objects.filter(profile=profile_id)
    return of_author.order_by("-pk").values_list("pk", flat=True).first()


def _record(kind: Event.Kind, hold: LegalHold, conversation_id: int, actor: User | None, at: datetime) -> None:
    recording.record(
        conversation_id=conversation_id,
        kind=kind,
        actor=actor,
        at=at,
        data={"hold": hold.pk, "of_author": hold.profile_id is not None},
    )
