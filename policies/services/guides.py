"""What the guide of a version asked, for who reads a decision years later."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from policies.models import Clause, PolicyVersion


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answers by their keys, in words."""

    text: str
    answers: Mapping[str, str]


# Versions in force never change, and only under them anything is decided: what was read of one stays right.
@lru_cache(maxsize=50)
def questions_of(version_id: int) -> Mapping[str, Asked]:
    """Return the questions of a version by their keys; one query the first time."""
    stored = PolicyVersion.objects.values_list("guide", flat=True).get(pk=version_id)
    return MappingProxyType(
        {
            question["key"]: Asked(
                question["text"], {str(answer["key"]): answer["text"] for answer in question["answers"]}
            )
            for question in stored
        }
    )


@lru_cache(maxsize=50)
def clause_labels(version_id: int) -> Mapping[str, str]:
    """Return the labels of the clauses of a version in force by their keys; one query the first time."""
    rows = Clause.objects.filter(version=version_id).values_list("key", "label")
    return MappingProxyType({str(key): label for key, label in rows})
