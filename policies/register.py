"""Who attested a version, when and how; who has not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.models import Attestation, PolicyVersion
from policies.services import binding, reminding
from socialhub.lib.spreadsheets import Cell
from teams.models import User


class Standing(TextChoices):
    """How somebody stands to a version."""

    ATTESTED = "attested", gettext_lazy("Attested")
    EARLIER = "earlier", gettext_lazy("An earlier attestation holds")
    GRACE = "grace", gettext_lazy("Within the grace")
    MISSING = "missing", gettext_lazy("Missing")


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the register."""

    person: User
    standing: Standing
    attestation: Attestation | None = None

    @property
    def tone(self) -> str:
        """The colour of the standing."""
        return {Standing.MISSING: "urgent", Standing.GRACE: "warn"}.get(self.standing, "ok")


def read_register(version: PolicyVersion, *, at: datetime) -> list[Line]:
    """Return who attested the version and, while it is in force, everybody who has a role and has not: those first."""
    attested = {
        row.user_id: row
        for row in Attestation.objects.filter(version=version).select_related("user").order_by("user__name", "pk")
    }
    lines = [Line(row.user, Standing.ATTESTED, row) for row in attested.values()]
    if version.state != PolicyVersion.State.IN_FORCE:
        return lines
    missing = set(reminding.to_attest(version, at=at).values_list("pk", flat=True))
    now = set(binding.attested_enough(version_id=version.pk, at=at).values_list("user", flat=True))
    others = reminding.members().exclude(pk__in=attested).order_by("name", "pk")
    standings = {
        person: Standing.EARLIER
        if person.pk not in missing
        else Standing.GRACE
        if person.pk in now
        else Standing.MISSING
        for person in others
    }
    order = list(Standing.values)
    without = sorted(standings.items(), key=lambda item: -order.index(item[1].value))
    return [*(Line(person, standing) for person, standing in without), *lines]


def rows_of(version: PolicyVersion, lines: Sequence[Line]) -> Iterator[Sequence[Cell]]:
    """Yield the lines of a file of the register."""
    yield [
        _("Name"),
        _("E-mail"),
        _("Version"),
        _("Standing"),
        _("Grace until"),
        _("When"),
        _("Right answers"),
        _("Questions"),
        _("Tries"),
    ]
    for line in lines:
        kept = line.attestation
        yield [
            line.person.name,
            line.person.email,
            version.number,
            str(line.standing.label),
            _grace(version) if line.standing == Standing.GRACE else "",
            timezone.localtime(kept.at).isoformat(timespec="seconds") if kept else "",
            kept.right_count if kept else "",
            kept.question_count if kept else "",
            kept.try_count if kept else "",
        ]


def _grace(version: PolicyVersion) -> str:
    until = version.grace_until
    return timezone.localtime(until).isoformat(timespec="seconds") if until is not None else ""
