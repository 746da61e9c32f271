"""Put a version in force, exactly one at a time."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.conditions import Condition, terms_in
from policies.engine.outcomes import Approval, Conduct, Escalation, Outcome, Routing
from policies.engine.terms import TERMS, Family
from policies.models import Clause, PolicyVersion
from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.locks import Lock, take
from teams.changes import Verb
from teams.models import Department, User
from teams.services import audit


class NotADraft(Conflict):
    """The version was published or discarded meanwhile."""

    code = "not_a_draft"


def publish_version(*, version_id: int, publisher: User, at: datetime) -> PolicyVersion:
    """Put a draft in force and retire the version before it, in one transaction.

    Publishers queue on one advisory lock; from then on the version is immutable.

    :raises NotADraft: it was published or discarded meanwhile.
    :raises Invalid: it has no clause, or a rule that could not be carried out.
    """
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        draft = PolicyVersion.objects.select_for_update().filter(pk=version_id, state=PolicyVersion.State.DRAFT).first()
        if draft is None:
            raise NotADraft(_("This draft was published or discarded a moment ago."))
        _check(draft)
        former = PolicyVersion.objects.in_force().first()
        if former is not None:
            # Who waited for the lock brings an older clock than the version that was published meanwhile.
            at = max(at, former.in_force_from or at)
            former.state = PolicyVersion.State.RETIRED
            former.in_force_until = at
            former.save(update_fields=["state", "in_force_until"])
        draft.state = PolicyVersion.State.IN_FORCE
        draft.in_force_from = at
        draft.published_by = publisher
        draft.save(update_fields=["state", "in_force_from", "published_by"])
        audit.note(
            actor=publisher,
            verb=Verb.POLICY_PUBLISHED,
            subject=_("version %(number)s") % {"number": draft.number},
            at=at,
            version=draft.pk,
            retired=former.pk if former else None,
        )
    return draft


def _check(draft: PolicyVersion) -> None:
    if not Clause.objects.filter(version=draft).exists():
        raise Invalid(_("A policy needs at least one clause before it can be published."))
    # Reads every rule as the machine will: what it refuses must not come in force.
    policy = reading.read_policy(draft.pk)
    known = set(Department.objects.active().values_list("slug", flat=True))
    for rule in policy.rules:
        told = {"rule": rule.name, "clause": rule.clause_label}
        if _departments_of(rule.outcome) - known:
            raise Invalid(
                _("The rule “%(rule)s” of clause %(clause)s names a department that takes no conversations.") % told
            )
        for missing in sorted(_lists_of(rule.condition) - set(policy.lists)):
            raise Invalid(
                _("The rule “%(rule)s” of clause %(clause)s names the list “%(list)s”, which is not there.")
                % {**told, "list": missing}
            )
        said = rule.outcome
        if isinstance(said, Routing) and said.decides and said.disposition not in rule.may_decide:
            raise Invalid(
                _("The rule “%(rule)s” decides by itself, which clause %(clause)s does not allow its rules.") % told
            )


def _departments_of(outcome: Outcome) -> set[str]:
    match outcome:
        case Routing(department=slug):
            return {slug} if slug else set()
        case Approval(asked=named) | Escalation(tell=named):
            return {one.name for one in named if one.kind == "department"}
        case Conduct(approval=approval):
            return _departments_of(approval) if approval is not None else set()


def _lists_of(condition: Condition) -> set[str]:
    return {name for term in terms_in(condition) if TERMS[term.name].family == Family.LIST for name in term.value}
