"""Put a version in force, exactly one at a time."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from policies.models import PolicyVersion
from policies.services import binding, documents, trials
from socialhub.lib import live
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.locks import Lock, take
from socialhub.lib.told import Told, as_kept
from teams.changes import Verb
from teams.models import User
from teams.services import audit

State = PolicyVersion.State
# From these a version can still come in force.
COMING = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED)


class NotADraft(Conflict):
    """The version was sent to its reviewers, published or discarded meanwhile."""

    code = "not_a_draft"


class ReasonNeeded(Invalid):
    """Something is missing that a version usually has before it comes in force, and no reason was given."""

    code = "reason_needed"


class Lack(StrEnum):
    """What a version usually has before it comes in force, and this one has not."""

    REVIEW = "review"
    TRIAL = "trial"
    LATER_CHANGES = "later_changes"


LACKS = {
    Lack.REVIEW: gettext_lazy("without a review"),
    Lack.TRIAL: gettext_lazy("without having been tried on the past"),
    Lack.LATER_CHANGES: gettext_lazy("without what a later version changed"),
}


def publish_version(*, version_id: int, publisher: User, at: datetime, reason: str = "") -> PolicyVersion:
    """Put a version in force now and retire the one before it, in one transaction.

    Publishers queue on one advisory lock; from then on the version is immutable.

    :raises NotADraft: it came in force or was discarded meanwhile.
    :raises ReasonNeeded: something is missing, see ``lacks``, and no reason is given.
    :raises Invalid: it has no clause, a rule that could not be carried out, or would soon be replaced by an older one.
    """
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        version = PolicyVersion.objects.select_for_update().filter(pk=version_id, state__in=COMING).first()
        if version is None:
            raise NotADraft(_("This draft was published or discarded a moment ago."))
        documents.check(version)
        refuse_to_be_replaced(version)
        version.reason = explained(version, reason)
        version.published_by = publisher
        put_in_force(version, at=at)
    return version


def put_in_force(version: PolicyVersion, *, at: datetime) -> None:
    """Put a checked version in force. Call it with the advisory lock and the version locked."""
    former = PolicyVersion.objects.in_force().first()
    missing = lacks(version)
    if former is not None:
        # Who waited for the lock brings an older clock than the version that was published
        # meanwhile; and who attests that one has not attested this.
        at = max(at, (former.in_force_from or at) + timedelta(microseconds=1))
        former.state = State.RETIRED
        former.in_force_until = at
        former.save(update_fields=["state", "in_force_until"])
    version.state = State.IN_FORCE
    version.in_force_from = at
    binding.bind(version, former=former, at=at)
    version.save(
        update_fields=[
            "state",
            "in_force_from",
            "published_by",
            "reason",
            "binds_from",
            "grace_from",
            "grace_until",
        ]
    )
    # What was brought for it and never taken is of no use any more.
    version.uploads.all().delete()
    live.policy_changed()
    audit.note(
        actor=version.published_by,
        verb=Verb.POLICY_PUBLISHED_ANYWAY if missing else Verb.POLICY_PUBLISHED,
        subject=name_of(version),
        at=at,
        version=version.pk,
        retired=former.pk if former else None,
        **({"reason": version.reason, "lacks": [as_kept(LACKS[lack]) for lack in missing]} if missing else {}),
    )


def explained(version: PolicyVersion, reason: str) -> str:
    """Return the reason that is kept with a version: none where nothing is missing.

    :raises ReasonNeeded: something is, and no reason is given.
    """
    missing = lacks(version)
    if missing and not reason.strip():
        raise ReasonNeeded(why_needed(words_for(missing)), field="reason")
    return reason.strip() if missing else ""


def lacks(version: PolicyVersion) -> list[Lack]:
    """Return what a version usually has before it comes in force, and this one has not.

    The first policy of a company replaces none, so there is nothing to try it against.
    """
    former = PolicyVersion.objects.in_force().first()
    missing = []
    if version.state in (State.DRAFT, State.IN_REVIEW):
        missing.append(Lack.REVIEW)
    if former is not None and not trials.was_tried(version):
        missing.append(Lack.TRIAL)
    if former is not None and former.number > version.number:
        missing.append(Lack.LATER_CHANGES)
    return missing


def name_of(version: PolicyVersion) -> Told:
    """Return what sentences call a version."""
    return Told(gettext_noop("version %(number)s"), {"number": version.number})


def words_for(missing: list[Lack]) -> str:
    """Return what is missing in words."""
    return get_text_list([str(LACKS[lack]) for lack in missing], _("and"))


def why_needed(missing: str) -> str:
    """Return the sentence that asks for a reason; ``missing`` is what ``words_for`` says."""
    return _("Say why it comes in force %(without)s.") % {"without": missing}


def refuse_to_be_replaced(version: PolicyVersion, *, moment: datetime | None = None) -> None:
    """Refuse to put a version in force, now or at a moment, where an older one would replace it by itself later.

    :raises Invalid: an older one is scheduled for later, or a later one for before.
    """
    others = PolicyVersion.objects.scheduled().exclude(pk=version.pk)
    older = others.filter(number__lt=version.number)
    later = others.filter(number__gt=version.number)
    # What is due comes in force with the next sweep, so now every older one comes later.
    replacing = (older if moment is None else older.filter(scheduled_for__gte=moment)).first()
    if replacing is not None:
        raise Invalid(
            _("Version %(number)d is scheduled and would replace it later. Take that one off the schedule first.")
            % {"number": replacing.number}
        )
    before = later.filter(scheduled_for__lte=moment).first() if moment is not None else None
    if before is not None:
        raise Invalid(
            _("Version %(number)d, which was begun later, comes in force before. Choose an earlier moment.")
            % {"number": before.number},
            field="moment",
        )
