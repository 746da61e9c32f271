"""The times that a draft allows."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.targets import Target
from policies.fingerprints import fingerprint
from policies.models import PolicyVersion
from policies.models import Target as TargetRow
from policies.services.drafting import ChangedMeanwhile, lock_draft
from policies.services.reading import row_of, target_of
from socialhub.lib.errors import Invalid


def set_targets(
    *, version_id: int, targets: Sequence[Target], passes_over_thanks: bool, seen: str, checked_share: int | None = None
) -> None:
    """Give the draft exactly these times, and say whether a word of thanks is passed over.

    ``checked_share`` of a hundred decisions of rules are looked at; None leaves it.

    :raises Invalid: a priority has times for one disposition only, or the same twice.
    :raises ChangedMeanwhile: somebody else changed them since ``seen`` was taken.
    :raises NotADraft: it was published or discarded.
    """
    check(targets)
    with transaction.atomic():
        draft = lock_draft(version_id)
        if fingerprint_of_targets(draft) != seen:
            raise ChangedMeanwhile(_("Somebody else changed the targets a moment ago."))
        draft.targets.all().delete()
        TargetRow.objects.bulk_create(row_of(target, draft) for target in targets)
        draft.passes_over_thanks = passes_over_thanks
        draft.checked_share = draft.checked_share if checked_share is None else checked_share
        draft.save(update_fields=["passes_over_thanks", "checked_share"])


def check(targets: Iterable[Target]) -> None:
    """Refuse targets that do not go together.

    :raises Invalid: a priority has times for one disposition only, or the same twice.
    """
    found: set[tuple[int, str]] = set()
    for target in targets:
        if (target.priority, target.disposition) in found:
            raise Invalid(_("Name each priority, and each disposition of it, once."), field="targets")
        found.add((target.priority, target.disposition))
    for priority, disposition in sorted(found):
        if disposition and (priority, "") not in found:
            told = {"priority": priority, "disposition": disposition}
            sentence = _("Priority %(priority)d has times for %(disposition)s, but none for all others.")
            raise Invalid(sentence % told, field="targets")


def targets_of(version: PolicyVersion) -> list[Target]:
    """Return the times of a version in their order."""
    return [target_of(row) for row in version.targets.order_by("priority", "disposition")]


def fingerprint_of_targets(version: PolicyVersion) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(version.passes_over_thanks, str(version.checked_share), *map(str, targets_of(version)))
