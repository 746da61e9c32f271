"""Answers worth keeping: added, changed, retired, used, and flagged when nobody has looked at them for long."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from policies.models import Clause, PolicyVersion
from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import Notification, Organisation, User
from teams.roles import CAN, COMPANY_ROLES
from teams.services import audit, notifications
from triage.filling import fill
from triage.models import AnswerUse, Conversation, Reply, SavedAnswer
from triage.services.writing import drafts

_WORD = re.compile(r"\w+")


class AnswerTitleTaken(Conflict):
    """Another saved answer has that title."""

    code = "answer_title_taken"


class AnswerChanged(Conflict):
    """Somebody changed or retired it since the person looked."""

    code = "answer_changed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a saved answer is to be."""

    title: str
    body: str
    owner: User
    clause_key: UUID | None = None
    language: str = ""
    expires_on: date | None = None


def add_answer(*, wanted: Wanted, actor: User, at: datetime) -> SavedAnswer:
    """Keep an answer.

    :raises AnswerTitleTaken: another has that title.
    """
    try:
        with transaction.atomic():
            answer = SavedAnswer.objects.create(changed_at=at, **_columns(wanted))
            audit.note(actor=actor, verb=Verb.ANSWER_ADDED, subject=answer.title, at=at)
    except IntegrityError as error:
        raise _title_taken() from error
    return answer


def change_answer(*, answer_id: int, wanted: Wanted, seen: datetime, actor: User, at: datetime) -> None:
    """Change an answer if nobody else has since ``seen``. Who owns it is asked anew when its day comes.

    :raises AnswerTitleTaken: another has that title.
    :raises AnswerChanged: somebody changed or retired it meanwhile.
    """
    try:
        with transaction.atomic():
            unchanged = SavedAnswer.objects.filter(pk=answer_id, changed_at=seen)
            if not unchanged.update(changed_at=at, flagged_at=None, **_columns(wanted)):
                raise AnswerChanged(_("Somebody changed this answer meanwhile. Look at it, then save yours again."))
            audit.note(actor=actor, verb=Verb.ANSWER_CHANGED, subject=wanted.title, at=at)
    except IntegrityError as error:
        raise _title_taken() from error


def retire_answer(*, answer_id: int, actor: User, at: datetime) -> None:
    """Offer an answer no more; what was sent with it stays. Harmless to call twice."""
    _set_retired(answer_id, Verb.ANSWER_RETIRED, actor, at, is_retired=True)


def restore_answer(*, answer_id: int, actor: User, at: datetime) -> None:
    """Offer a retired answer again. Harmless to call twice."""
    _set_retired(answer_id, Verb.ANSWER_RESTORED, actor, at, is_retired=False)


def with_staleness(answers: QuerySet[SavedAnswer], day: date) -> QuerySet[Any]:
    """Add to each whether its day has come (``is_due``), and whether its clause has gone (``has_no_clause``)."""
    in_force = Clause.objects.filter(version__in=PolicyVersion.objects.in_force(), key=OuterRef("clause_key"))
    return answers.annotate(
        is_due=Case(When(expires_on__lte=day, then=True), default=False),
        has_no_clause=Case(When(~Exists(in_force), clause_key__isnull=False, then=True), default=False),
    )


def stale_on(answers: QuerySet[SavedAnswer], day: date) -> QuerySet[Any]:
    """Keep the answers that are to be reviewed on ``day``."""
    return with_staleness(answers, day).filter(Q(is_due=True) | Q(has_no_clause=True))


def usable_on(day: date) -> QuerySet[Any]:
    """Return the answers that may be suggested on ``day``: neither retired nor to be reviewed."""
    return with_staleness(SavedAnswer.objects.filter(is_retired=False), day).filter(is_due=False, has_no_clause=False)


def fill_for(answer: SavedAnswer, *, conversation: Conversation, agent: User) -> str:
    """Return the text of an answer as ``agent`` would say it to the author of the conversation."""
    organisation = Organisation.objects.first()
    values = {
        "customer": conversation.profile.name,
        "agent": agent.name,
        "company": organisation.name if organisation else "",
        "channel": conversation.channel.name,
    }
    return fill(answer.body, values)


def insert_answer(*, answer: SavedAnswer, conversation: Conversation, agent: User, body: str, at: datetime) -> str:
    """Put an answer behind ``body``, save that as the draft of ``agent`` and return it.

    What stands there already is not put there twice.

    :raises AnswerChanged: the answer was retired.
    :raises Invalid: the draft would be too long.
    """
    if answer.is_retired:
        raise AnswerChanged(_("This answer was retired meanwhile."))
    text = fill_for(answer, conversation=conversation, agent=agent)
    body = put_behind(body, text)
    with transaction.atomic():
        drafts.save_draft(conversation_id=conversation.pk, author=agent, body=body, at=at)
        AnswerUse.objects.bulk_create(
            [AnswerUse(saved_answer=answer, conversation=conversation, author=agent, inserted_at=at)],
            ignore_conflicts=True,
        )
    return body


def put_behind(body: str, text: str) -> str:
    """Return what is written with a text behind it; what stands there already is not put there twice."""
    # Browsers end lines with two characters.
    body = body.replace("\r\n", "\n")
    if text.strip() in body:
        return body
    return f"{body.rstrip()}\n\n{text}" if body.strip() else text


def count_uses(reply: Reply, *, at: datetime) -> None:
    """Count the saved answers of which ``reply`` still carries half the words; call it in the reply's transaction."""
    waiting = AnswerUse.objects.filter(conversation=reply.conversation_id, author=reply.author_id, reply=None)
    said = _words(reply.body)
    # In one order for everybody, so that two answers that carry the same texts do not wait for each other.
    for use in waiting.select_related("saved_answer").order_by("saved_answer"):
        words = _words(use.saved_answer.body)
        if 2 * len(words & said) < len(words):
            use.delete()
            continue
        AnswerUse.objects.filter(pk=use.pk).update(reply=reply)
        SavedAnswer.objects.filter(pk=use.saved_answer_id).update(use_count=F("use_count") + 1, used_at=at)


def flag_stale(*, at: datetime, limit: int = 100) -> int:
    """Tell owners, once, of the answers whose day has come or whose clause is in force no more; return how many."""
    with transaction.atomic():
        stale = (
            stale_on(SavedAnswer.objects.filter(is_retired=False, flagged_at=None), timezone.localdate(at))
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("owner")
            .order_by("pk")[:limit]
        )
        answers = list(stale)
        for answer in answers:
            notifications.notify(
                people=_who_looks_after(answer),
                kind=Notification.Kind.ANSWER_STALE,
                path=reverse("triage:saved_answer", args=[answer.pk]),
                subject=answer.title,
                actor=None,
                at=at,
            )
        SavedAnswer.objects.filter(pk__in=[answer.pk for answer in answers]).update(flagged_at=at)
    return len(answers)


def people_who_may_own(present_id: int | None = None) -> QuerySet[User]:
    """Return who may be the owner of an answer: whoever may change it, and who is its owner now."""
    roles = CAN["saved_answer.edit"]
    may_edit = Q(appointments__role__in=roles) | Q(memberships__role__in=roles)
    return User.objects.by_name().filter(Q(is_active=True) & may_edit | Q(pk=present_id)).distinct()


def _who_looks_after(answer: SavedAnswer) -> Sequence[User]:
    """Return the owner, or when they have left those who look after all answers."""
    if answer.owner.is_active:
        return [answer.owner]
    roles = CAN["saved_answer.edit"] & COMPANY_ROLES
    return list(User.objects.active().filter(appointments__role__in=roles).distinct())


def _set_retired(answer_id: int, verb: Verb, actor: User, at: datetime, *, is_retired: bool) -> None:
    with transaction.atomic():
        changed = SavedAnswer.objects.filter(pk=answer_id).exclude(is_retired=is_retired)
        if changed.update(is_retired=is_retired, changed_at=at):
            title = SavedAnswer.objects.values_list("title", flat=True).get(pk=answer_id)
            audit.note(actor=actor, verb=verb, subject=title, at=at)


def _columns(wanted: Wanted) -> dict[str, object]:
    return {
        "title": wanted.title,
        "body": wanted.body,
        "owner": wanted.owner,
        "clause_key": wanted.clause_key,
        "language": wanted.language,
        "expires_on": wanted.expires_on,
    }


def _title_taken() -> AnswerTitleTaken:
    return AnswerTitleTaken(_("Another saved answer has this title."))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
