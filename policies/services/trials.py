"""Whether a version was tried on the past as it stands: written by the back-test, asked before publishing."""

from datetime import datetime

from policies.fingerprints import fingerprint
from policies.models import PolicyVersion
from policies.parts import PARTS
from policies.services.documents import document_of


def content_fingerprint(version: PolicyVersion) -> str:
    """Return what is another one as soon as a version would decide anything otherwise.

    Texts for people do not count: who mends a typing error need not try the rules again.
    """
    document = document_of(version)
    rules = [
        (rule.kind, rule.condition, rule.outcome, sorted(clause.may_decide))
        for clause in document.clauses
        for rule in clause.rules
    ]
    parts = {part.name: document.parts[part.name] for part in PARTS if part.is_tried}
    return fingerprint(rules, parts)


def record_trial(*, version_id: int, fingerprint: str, at: datetime) -> bool:
    """Keep that a version was tried on the past when its ``content_fingerprint`` was this one.

    Returns False for a version that is in force or was: nothing of it changes any more.
    """
    open_states = ("draft", "in_review", "approved", "scheduled")
    found = PolicyVersion.objects.filter(pk=version_id, state__in=open_states)
    return bool(found.update(tried_fingerprint=fingerprint, tried_at=at))


def was_tried(version: PolicyVersion) -> bool:
    """Say whether a version was tried on the past as it stands now."""
    return bool(version.tried_fingerprint) and version.tried_fingerprint == content_fingerprint(version)
