"""Who is bound by what they have not read, and so may not act."""

from datetime import datetime, timedelta

from django.db.models import Case, F, QuerySet, When

from policies.models import Attestation, Clause, PolicyVersion
from teams.models import User


def bind(version: PolicyVersion, *, former: PolicyVersion | None, at: datetime) -> None:
    """Set on a version that comes in force now which attestations are enough under it.

    Where nothing binds people otherwise, what was enough for ``former`` stays enough. Else
    they attest anew; within the grace that the version sets, those go on who could act under
    ``former`` until then. The caller saves the version.
    """
    if former is None or former.binds_from is None:
        version.binds_from = at
    elif not binds_otherwise(version, former):
        version.binds_from, version.grace_from, version.grace_until = (
            former.binds_from,
            former.grace_from,
            former.grace_until,
        )
    else:
        version.binds_from = at
        if version.grace_days:
            is_in_grace = former.grace_until is not None and former.grace_until > at
            version.grace_from = former.grace_from if is_in_grace else former.binds_from
            version.grace_until = at + timedelta(days=version.grace_days)


def binds_otherwise(version: PolicyVersion, former: PolicyVersion) -> bool:
    """Say whether people must read anew what comes in force after ``former``.

    An older version that comes back binds otherwise, and so does what was marked in a
    version between the two that never came in force.
    """
    if version.number < former.number:
        return True
    between = Clause.objects.filter(version__number__gt=former.number, version__number__lte=version.number)
    return between.filter(is_substantial=True).exists()


def attested_enough(*, version_id: int, at: datetime) -> QuerySet[Attestation]:
    """Return the attestations whose people may act under a version in force; of versions never in force: none."""
    since = PolicyVersion.objects.filter(pk=version_id).annotate(
        since=Case(When(grace_until__gt=at, then=F("grace_from")), default=F("binds_from"))
    )
    return Attestation.objects.filter(version__in_force_from__gte=since.values("since"))


def may_act_under(user: User, *, version_id: int, at: datetime) -> bool:
    """Say whether ``user`` has attested what binds them under a version in force, or is within the grace."""
    return attested_enough(version_id=version_id, at=at).filter(user=user).exists()
