"""The first policy of a new company."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies import starter
from policies.models import Clause, PolicyVersion, Rule
from policies.models import Target as TargetRow
from policies.services import publishing
from policies.services.reading import row_of
from teams.models import User


def publish_starter(*, author: User, departments: Mapping[str, str], at: datetime) -> PolicyVersion:
    """Write the starter policy and put it in force; ``departments`` maps kinds to the slugs that there are.

    A rule keeps what it says about departments only where the company has one.
    """
    with transaction.atomic():
        version = PolicyVersion.objects.create(
            number=1, title=starter.TITLE, summary=starter.SUMMARY, created_by=author, created_at=at
        )
        for number, written in enumerate(starter.CLAUSES, start=1):
            clause = Clause.objects.create(
                version=version, number=number, label=str(number), title=written.title, body=written.body
            )
            Rule.objects.bulk_create(
                [
                    Rule(
                        clause=clause,
                        position=position,
                        name=rule.name,
                        condition=_condition(rule),
                        outcome=_outcome(rule, departments),
                    )
                    for position, rule in enumerate(written.rules, start=1)
                    if _outcome(rule, departments)
                ]
            )
        add_targets(version)
        return publishing.publish_version(
            version_id=version.pk, publisher=author, at=at, reason=_("It is the first policy of the company.")
        )


def add_targets(version: PolicyVersion) -> None:
    """Give a draft without targets those of the starter policy."""
    TargetRow.objects.bulk_create(row_of(target, version) for target in starter.TARGETS)


def _condition(rule: starter.StarterRule) -> dict[str, object]:
    condition: dict[str, object] = {}
    if rule.any_words:
        condition["words"] = list(rule.any_words)
    if rule.sentiment_below is not None:
        condition["sentiment"] = {"below": rule.sentiment_below}
    if rule.reach_at_least is not None:
        condition["reach"] = {"at_least": rule.reach_at_least}
    return condition


def _outcome(rule: starter.StarterRule, departments: Mapping[str, str]) -> dict[str, object]:
    said: dict[str, object] = {
        "priority": rule.priority,
        "disposition": rule.disposition,
        "visibility": rule.visibility,
        "department": next((departments[kind] for kind in rule.departments if kind in departments), ""),
    }
    return {part: value for part, value in said.items() if value}
