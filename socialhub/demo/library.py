"""The saved answers of the invented company."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from socialhub.demo.founding import Company
from triage.models import SavedAnswer

ANSWERS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))[
    "answers"
]
# The last use of what is used most is the latest.
LEAST_RECENT = timedelta(days=60)


def keep_answers(company: Company, *, at: datetime) -> None:
    """Keep what the company answers again and again, each as old as its use tells."""
    keys = dict(company.current.clauses.values_list("number", "key"))
    rows = []
    for place, spec in enumerate(ANSWERS):
        review = spec.get("review")
        rows.append(
            SavedAnswer(
                title=spec["title"],
                body=spec["body"].strip(),
                owner=company.people[spec["owner"]],
                clause_key=keys[spec["clause"]] if "clause" in spec else None,
                language=spec.get("language", ""),
                expires_on=timezone.localdate(at) + timedelta(days=review) if review is not None else None,
                is_retired=spec.get("is_retired", False),
                use_count=spec["used"],
                used_at=at - min(LEAST_RECENT / spec["used"], LEAST_RECENT),
                changed_at=at - timedelta(days=20 + 3 * place),
            )
        )
    SavedAnswer.objects.bulk_create(rows)
