"""What the fields of the language ask of a conversation: their conditions, for one reader at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import reduce
from operator import and_, or_
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, When
from django.db.models import Value as Constant

from listening.models import Channel, StreamMatch
from policies.engine.facts import name_of
from policies.models import Incident
from teams.models import Department, Notification, User
from triage.finding.authors import profiles_named
from triage.finding.contradictions import holds
from triage.finding.incidents import meant_by
from triage.finding.language import Asked, Group, Sought, Term
from triage.finding.saying import said_in
from triage.finding.values import NONE, Days, Hours, Limit, Value
from triage.finding.vocabulary import VOCABULARY
from triage.models import Approval, Attachment, Decision, Draft, IncidentPart, Note, Reply
from triage.models.approval import OPEN_STATES
from triage.services.arriving.facts import company_zone
from triage.services.counting import BREACHING_WITHIN
from triage.services.notes import asked_of
from triage.states import RUNNING, TROUBLED_REPLIES, Outcome, Stage

ME, MINE = "me", "mine"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks, when, and where days begin for them."""

    reader: User
    at: datetime
    zone: tzinfo
    # What ``before`` and ``after`` speak of.
    heard: str = "last_inbound_at"


Condition = Callable[[Value, Asker], Q]


def conditions(sought: Sought, *, reader: User, at: datetime) -> Q:
    """Return what a conversation must fulfil; meant for ``Conversation.objects.visible_to(reader)``.

    Asks the database what the words look like in its indexes.
    """
    asker = Asker(reader, at, zone_of(reader))
    said = sought.said()
    asked = [_group(group, asker) for group in sought.asked().groups]
    return reduce(and_, [*asked, said_in(said)] if said else asked, Q())


def zone_of(reader: User) -> tzinfo:
    """Return where days begin for a person."""
    return ZoneInfo(reader.time_zone) if reader.time_zone else company_zone()


def moments(sought: Sought, column: str, *, reader: User, at: datetime) -> Q:
    """Return what ``before``, ``after`` and ``on`` say of the moment of a message, a note or an answer.

    ``sought`` asks nothing else.
    """
    asker = Asker(reader, at, zone_of(reader), column)
    return reduce(and_, (_group(group, asker) for group in sought.groups), Q())


def _group(group: Group, asker: Asker) -> Q:
    return reduce(or_, (_term(term, asker) for term in group))


def _term(term: Term, asker: Asker) -> Q:
    if not isinstance(term.what, Asked):
        found = said_in(Sought(((Term(term.what),),)))
    else:
        field = FIELDS[term.what.name]
        found = reduce(or_, (field(value, asker) for value in term.what.values))
    if not term.is_excluded:
        return found
    # What is not known is not what is excluded, either.
    is_so = Case(When(found, then=Constant(True)), default=Constant(False), output_field=BooleanField())
    return ~Q(is_so)


def _is(column: str) -> Condition:
    def condition(value: Value, _asker: Asker) -> Q:
        return Q(**{f"{column}__in": sorted(VOCABULARY[column].options[value.text][1])})

    return condition


def _number(column: str, *, otherwise: float | None = None) -> Condition:
    """Compare a number; what a conversation does not keep is ``otherwise``, or unknown."""

    def condition(value: Value, _asker: Asker) -> Q:
        found = Q()
        for sign, limit in value.bounds:
            found &= Q(**{f"{column}{_LOOKUPS[sign]}": limit})
        if otherwise is not None and holds(value, otherwise):
            found |= Q(**{f"{column}__isnull": True})
        return found

    return condition


_LOOKUPS = {"<": "__lt", "<=": "__lte", "=": "", ">=": "__gte", ">": "__gt"}


def _at(column: str) -> Condition:
    def condition(value: Value, asker: Asker) -> Q:
        found = Q()
        for sign, limit in value.bounds:
            begins, ends = _span(limit, asker)
            if sign in ("<", ">="):
                found &= Q(**{f"{column}{_LOOKUPS[sign]}": begins})
            elif sign == "=":
                found &= Q(**{f"{column}__gte": begins, f"{column}__lt": ends})
            else:
                found &= Q(**{f"{column}{'__lt' if sign == '<=' else '__gte'}": ends})
        return found

    return condition


def _heard(value: Value, asker: Asker) -> Q:
    return _at(asker.heard)(value, asker)


def _span(limit: Limit, asker: Asker) -> tuple[datetime, datetime]:
    """Return when a day begins and ends for the reader; a moment is no longer than itself."""
    if isinstance(limit, Hours):
        moment = asker.at + timedelta(hours=limit.count)
        return moment, moment
    today = asker.at.astimezone(asker.zone).date()
    if isinstance(limit, Days):
        day = today + timedelta(days=limit.count)
    elif isinstance(limit, date):
        day = limit
    else:
        raise TypeError(limit)
    begins, ends = (datetime.combine(each, time(), asker.zone) for each in (day, day + timedelta(days=1)))
    return begins, ends


def _author(value: Value, _asker: Asker) -> Q:
    return Q(profile__in=profiles_named(value.text).values("pk"))


def _channel(value: Value, _asker: Asker) -> Q:
    named = Channel.objects.filter(Q(name__iexact=value.text) | Q(kind__iexact=value.text))
    return Q(channel__in=named.values("pk"))


def _language(value: Value, _asker: Asker) -> Q:
    return Q(language="" if value.text == NONE else value.text)


def _department(value: Value, asker: Asker) -> Q:
    word = value.text.casefold()
    if word == MINE:
        return Q(department__in=sorted(asker.reader.rights.departments))
    if word == NONE:
        return Q(department=None)
    return Q(
        department__in=Department.objects.filter(Q(slug__iexact=value.text) | Q(name__iexact=value.text)).values("pk")
    )


def _holder(value: Value, asker: Asker) -> Q:
    word = value.text.casefold()
    if word == ME:
        return Q(holder=asker.reader)
    if word == NONE:
        return Q(holder=None)
    return Q(holder__in=User.objects.filter(Q(name__iexact=value.text) | Q(email__iexact=value.text)).values("pk"))


def _clause(value: Value, _asker: Asker) -> Q:
    return Q(Exists(Decision.objects.filter(conversation=OuterRef("pk"), clause__label__iexact=value.text)))


def _tag(value: Value, _asker: Asker) -> Q:
    return Q(tags__contains=[name_of(value.text)])


def _stream(value: Value, _asker: Asker) -> Q:
    heard = StreamMatch.objects.filter(mention__entry__conversation=OuterRef("pk"), stream__name__iexact=value.text)
    return Q(Exists(heard))


def _incident(value: Value, _asker: Asker) -> Q:
    return _part(incident__in=Incident.objects.filter(meant_by(value.text)))


def _part(**of: object) -> Q:
    # What was merged into another belongs in its place.
    return Q(Exists(IncidentPart.objects.filter(conversation=OuterRef("pk"), **of)), ~Q(outcome=Outcome.MERGED))


def _author_list(value: Value, _asker: Asker) -> Q:
    return Q(facts__author__contains=[name_of(value.text)])


def _has(value: Value, asker: Asker) -> Q:
    return _HAS[value.text](asker)


def _is_so(value: Value, asker: Asker) -> Q:
    return _IS[value.text](asker)


_HAS: Mapping[str, Callable[[Asker], Q]] = {
    "answer": lambda asker: Q(first_answered_at__isnull=False),
    "approval": lambda asker: Q(Exists(Approval.objects.filter(conversation=OuterRef("pk"), state__in=OPEN_STATES))),
    "attachment": lambda asker: Q(Exists(Attachment.objects.filter(reply__conversation=OuterRef("pk")))),
    "copy": lambda asker: Q(copy_count__gt=0),
    "draft": lambda asker: Q(
        Exists(Draft.objects.filter(conversation=OuterRef("pk"), author=asker.reader).exclude(body=""))
    ),
    "earlier": lambda asker: Q(facts__earlier__gt=0),
    "failure": lambda asker: Q(Exists(Reply.objects.filter(conversation=OuterRef("pk"), state__in=TROUBLED_REPLIES))),
    "note": lambda asker: Q(Exists(Note.objects.filter(conversation=OuterRef("pk")))),
    "person": lambda asker: Q(profile__person__isnull=False),
}
_IS: Mapping[str, Callable[[Asker], Q]] = {
    "asked": lambda asker: Q(Exists(asked_of(asker.reader).filter(note__conversation=OuterRef("pk")))),
    "breaching": lambda asker: Q(stage__in=RUNNING, due_at__lt=asker.at + BREACHING_WITHIN),
    "customer": lambda asker: Q(facts__author__contains=["customer"]),
    "employee": lambda asker: Q(facts__author__contains=["employee"]),
    "incident": lambda asker: _part(incident__ended_at=None),
    "late": lambda asker: Q(stage__in=RUNNING, due_at__lt=asker.at),
    "mine": lambda asker: Q(holder=asker.reader) | Q(offered_to=asker.reader),
    "office-hours": lambda asker: Q(facts__is_office_hours__isnull=True),
    "partner": lambda asker: Q(facts__author__contains=["partner"]),
    "press": lambda asker: Q(facts__author__contains=["press"]),
    "private": lambda asker: Q(facts__is_private=True),
    "spike": lambda asker: Q(facts__is_spike=True),
    "unclaimed": lambda asker: Q(stage=Stage.ASSIGNED),
    "unread": lambda asker: Q(
        pk__in=Notification.objects.in_page()
        .unread()
        .order_by()
        .filter(user=asker.reader, conversation_id__isnull=False)
        .values("conversation_id")
    ),
}

FIELDS: Mapping[str, Condition] = {
    "from": _author,
    "channel": _channel,
    "lang": _language,
    "stage": _is("stage"),
    "dept": _department,
    "holder": _holder,
    "priority": _number("priority"),
    "disposition": _is("disposition"),
    "visibility": _is("visibility"),
    "outcome": _is("outcome"),
    "clause": _clause,
    "tag": _tag,
    "incident": _incident,
    "stream": _stream,
    "list": _author_list,
    "has": _has,
    "is": _is_so,
    "before": _heard,
    "after": _heard,
    "on": _heard,
    "opened": _at("opened_at"),
    "decided": _at("decided_at"),
    "answered": _at("first_answered_at"),
    "closed": _at("closed_at"),
    "due": _at("due_at"),
    "reach": _number("facts__reach"),
    "sentiment": _number("sentiment"),
    "messages": _number("mention_count"),
    "copies": _number("copy_count"),
    "earlier": _number("facts__earlier", otherwise=0),
    "absent": _number("facts__days_since"),
}
