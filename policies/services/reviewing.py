"""The review of a version: who is asked, what they say, and when it is approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from policies import checking
from policies.document import ClauseText, Document
from policies.models import PolicyVersion, Review
from policies.services import documents
from policies.services.drafting import ChangedMeanwhile, DraftExists, lock_draft
from policies.services.publishing import name_of
from socialhub.lib.errors import Conflict, Forbidden, Invalid
from socialhub.lib.locks import Lock, take
from teams.changes import Verb
from teams.models import Department, Membership, Notification, Seat, User
from teams.roles import Role
from teams.services import audit, notifications

State = PolicyVersion.State
Verdict = Review.Verdict
MOST_REVIEWERS = 30


class NotInReview(Conflict):
    """The version is not, or no longer, before its reviewers."""

    code = "not_in_review"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody who should review, and the department they would speak for."""

    person: User
    department: Department


def proposed_reviewers(version: PolicyVersion) -> list[Proposal]:
    """Return one person of each department that the changes touch and that nobody speaks for yet.

    Of a department it is its representative, else who leads it, else who answers for it.
    """
    former = PolicyVersion.objects.former_of(version)
    touched = touched_departments(
        documents.document_of(former) if former is not None else None, documents.document_of(version)
    )
    asked = list(current(version))
    covered = [review.department_id for review in asked if review.department_id is not None]
    taken = {review.reviewer_id for review in asked} | {version.created_by_id}
    proposals = []
    for department in Department.objects.active().filter(slug__in=touched).exclude(pk__in=covered).by_name():
        person = next((person for person in _candidates(department) if person.pk not in taken), None)
        if person is not None:
            taken.add(person.pk)
            proposals.append(Proposal(person, department))
    return proposals


def touched_departments(old: Document | None, new: Document) -> set[str]:
    """Return the slugs of the departments that rules of new, changed or removed clauses name."""
    before = {clause.key: clause for clause in old.clauses} if old is not None else {}
    after = {clause.key: clause for clause in new.clauses}
    changed = [clause for key, clause in after.items() if _said(before.get(key)) != _said(clause)]
    changed += [clause for key, clause in before.items() if _said(after.get(key)) != _said(clause)]
    return {slug for clause in changed for slug in _named_in(clause)}


def current(version: PolicyVersion) -> QuerySet[Review]:
    """Return who is asked now and what they said, in the order in which they were asked."""
    return version.reviews.filter(voided_at=None).select_related("reviewer", "department").order_by("pk")


def name_reviewer(*, version_id: int, person_id: int, department_id: int | None, at: datetime) -> None:
    """Ask somebody for their word on a draft or a version in review. Harmless to call twice.

    :raises NotInReview: the version is approved or in force already, or was discarded.
    :raises Invalid: the person or the department has left, they began the draft, or there are too many.
    """
    with transaction.atomic():
        version = _lock(version_id, State.DRAFT, State.IN_REVIEW)
        person = User.objects.active().filter(pk=person_id).first()
        if person is None or not person.rights.may_somewhere("policy.view"):
            raise Invalid(_("Only people who may read the policy can review it."), field="person")
        if department_id is not None and not Department.objects.filter(pk=department_id).exists():
            raise Invalid(_("The department that they speak for is not there any more."), field="department")
        if person.pk == version.created_by_id:
            raise Invalid(_("Who began the draft cannot review it."), field="person")
        others = current(version).exclude(reviewer=person)
        if others.count() >= MOST_REVIEWERS:
            raise Invalid(_("At most %(count)d people review a version.") % {"count": MOST_REVIEWERS}, field="person")
        _review, is_new = Review.objects.get_or_create(
            version=version, reviewer=person, voided_at=None, defaults={"department_id": department_id}
        )
        if is_new and version.state == State.IN_REVIEW:
            _tell(version, [person], Notification.Kind.POLICY_REVIEW_ASKED, version.created_by, at)


def remove_reviewer(*, version_id: int, review_id: int, editor: User, at: datetime) -> None:
    """Ask somebody no longer; where all others have approved, the version is approved. Harmless to call twice.

    :raises NotInReview: the version is approved or in force already, or was discarded.
    :raises Invalid: nobody would be left to review it.
    """
    with transaction.atomic():
        version = _lock(version_id, State.DRAFT, State.IN_REVIEW)
        asked = current(version)
        if version.state == State.IN_REVIEW and not asked.exclude(pk=review_id).exists():
            raise Invalid(_("Somebody has to review it. Add another reviewer first, or take it back to write on."))
        review = asked.filter(pk=review_id).first()
        if review is None:
            return
        if review.verdict == Verdict.WAITING:
            review.delete()
        else:
            # What was said stays with the version.
            review.voided_at = at
            review.save(update_fields=["voided_at"])
        if version.state == State.IN_REVIEW:
            _approve_if_agreed(version, editor, at)


def send_to_review(*, version_id: int, editor: User, at: datetime) -> None:
    """Put a draft before its reviewers; from then on its text stands still.

    :raises NotADraft: it is in review already, or was published or discarded.
    :raises Invalid: nobody is named, the sender is, or it could not be carried out.
    """
    with transaction.atomic():
        version = lock_draft(version_id)
        reviewers = [review.reviewer for review in current(version)]
        if not reviewers:
            raise Invalid(_("Name at least one person who reviews it."), field="reviewers")
        if editor in reviewers:
            raise Invalid(_("You are named as a reviewer yourself. Somebody else has to send it."), field="reviewers")
        documents.check(version)
        version.state = State.IN_REVIEW
        version.save(update_fields=["state"])
        audit.note(actor=editor, verb=Verb.POLICY_IN_REVIEW, subject=name_of(version), at=at, version=version.pk)
        _tell(version, reviewers, Notification.Kind.POLICY_REVIEW_ASKED, editor, at)


def pull_back(*, version_id: int, editor: User, at: datetime) -> None:
    """Make a version in review, or an approved one, a draft again; what was said of it is void, and asked anew.

    :raises NotInReview: it is scheduled, in force, or a draft already.
    :raises DraftExists: another one is being written.
    """
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        version = _lock(version_id, State.IN_REVIEW, State.APPROVED)
        if PolicyVersion.objects.edited().exclude(pk=version.pk).exists():
            raise DraftExists(_("Another draft is being written. Only one can be."))
        version.state = State.DRAFT
        version.save(update_fields=["state"])
        asked = list(current(version))
        version.reviews.filter(voided_at=None, verdict=Verdict.WAITING).delete()
        version.reviews.filter(voided_at=None).update(voided_at=at)
        Review.objects.bulk_create(
            [Review(version=version, reviewer=review.reviewer, department=review.department) for review in asked]
        )
        audit.note(actor=editor, verb=Verb.POLICY_PULLED_BACK, subject=name_of(version), at=at, version=version.pk)
        _tell(version, [review.reviewer for review in asked], Notification.Kind.POLICY_PULLED_BACK, editor, at)


def say(*, version_id: int, reviewer: User, verdict: str, note: str, seen: str, at: datetime) -> PolicyVersion:
    """Give a reviewer's word on the text that they have read; the last approval approves the version.

    :raises NotInReview: it was pulled back, approved or published meanwhile.
    :raises ChangedMeanwhile: it was written anew since ``seen`` was taken.
    :raises Forbidden: they are not asked, or not any more.
    :raises Invalid: changes are asked for, and the note does not say which.
    """
    if verdict == Verdict.CHANGES and not note.strip():
        raise Invalid(_("Say what should change."), field="note")
    with transaction.atomic():
        version = _lock(version_id, State.IN_REVIEW)
        review = current(version).filter(reviewer=reviewer).first()
        if review is None:
            raise Forbidden(_("You are not asked to review this version."))
        if documents.fingerprint_of_text(version) != seen:
            raise ChangedMeanwhile(
                _("This version was taken back and written anew since you opened it. Read it again.")
            )
        review.verdict, review.note, review.said_at = verdict, note.strip(), at
        review.save(update_fields=["verdict", "note", "said_at"])
        agrees = verdict == Verdict.APPROVED
        audit.note(
            actor=reviewer,
            verb=Verb.POLICY_AGREED if agrees else Verb.POLICY_CHANGES_ASKED,
            subject=name_of(version),
            at=at,
            version=version.pk,
            reason=review.note,
        )
        if not (agrees and _approve_if_agreed(version, reviewer, at)):
            kind = Notification.Kind.POLICY_AGREED if agrees else Notification.Kind.POLICY_CHANGES
            _tell(version, _author(version), kind, reviewer, at)
    return version


def _approve_if_agreed(version: PolicyVersion, actor: User, at: datetime) -> bool:
    if current(version).exclude(verdict=Verdict.APPROVED).exists():
        return False
    version.state = State.APPROVED
    version.save(update_fields=["state"])
    audit.note(actor=actor, verb=Verb.POLICY_APPROVED, subject=name_of(version), at=at, version=version.pk)
    _tell(version, _author(version), Notification.Kind.POLICY_APPROVED, actor, at)
    return True


def _lock(version_id: int, *states: State) -> PolicyVersion:
    version = PolicyVersion.objects.select_for_update().filter(pk=version_id, state__in=states).first()
    if version is None:
        raise NotInReview(_("This version is not in review any more: it was taken back, approved or published."))
    return version


def _author(version: PolicyVersion) -> list[User]:
    return [version.created_by] if version.created_by is not None else []


def _tell(
    version: PolicyVersion, people: Iterable[User], kind: Notification.Kind, actor: User | None, at: datetime
) -> None:
    notifications.notify(
        people=[person for person in people if person != actor],
        kind=kind,
        subject=version.title,
        actor=actor,
        at=at,
        path=reverse("policies:review", args=[version.number]),
    )


def _candidates(department: Department) -> list[User]:
    seat = Seat.objects.filter(department=department).select_related("representative").first()
    members = (
        Membership.objects.filter(department=department, role__in=[Role.LEAD, Role.RESPONDER])
        .select_related("user")
        .order_by("role", "user__name", "pk")
    )
    # "lead" comes before "responder".
    people = ([seat.representative] if seat is not None else []) + [member.user for member in members]
    return [person for person in people if person.is_active]


def _said(clause: ClauseText | None) -> object:
    if clause is None:
        return None
    rules = [(rule.kind, rule.name, rule.condition, rule.outcome) for rule in clause.rules]
    return clause.title, clause.body, sorted(clause.may_decide), rules


def _named_in(clause: ClauseText) -> set[str]:
    found: set[str] = set()
    for rule in clause.rules:
        try:
            _condition, outcome = checking.check_rule(rule)
        except Invalid:
            continue
        found |= checking.departments_of(outcome)
    return found
