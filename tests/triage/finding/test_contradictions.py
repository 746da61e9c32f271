import pytest

from triage.finding.contradictions import contradiction
from triage.finding.language import read


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a stage:new stage:closed", "stage:new stage:closed"),
        ("stage:open -stage:new,assigned,claimed,waiting", "stage:open -stage:new,assigned,claimed,waiting"),
        ("lang:de lang:en,fr", "lang:de lang:en,fr"),
        ("reach:>5 reach:<3", "reach:>5 reach:<3"),
        ("reach:5..10 reach:>20 OR reach:1", "reach:5..10 reach:>20 OR reach:1"),
        ("priority:urgent priority:>1", "priority:urgent priority:>1"),
        ("priority:>4", "priority:>4"),
        ("sentiment:positive sentiment:negative", "sentiment:positive sentiment:negative"),
        ("before:2026-01-31 after:2026-01-30", "before:2026-01-31 after:2026-01-30"),
        ("before:2026-01-31 on:2026-01-31", "before:2026-01-31 on:2026-01-31"),
    ],
)
def test_what_cannot_be_at_once_is_told(text, terms):
    told = f"Nothing can be “{terms}” at once, so nothing can be found."

    assert contradiction(read(text)) == told


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("late -Late", "late"),
        ('"on time" -"on time"', '"on time"'),
        ("tag:a,b -tag:A,b,c", "tag:a,b"),
        ("has:note -has:note", "has:note"),
    ],
)
def test_what_is_wanted_and_excluded_is_told(text, term):
    assert contradiction(read(text)) == f"“{term}” is wanted and excluded at once, so nothing can be found."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "late",
        "late OR stage:new stage:closed",
        "stage:new OR stage:closed",
        "stage:open stage:new",
        "has:note has:draft",
        "is:press is:customer",
        "-stage:new -stage:assigned,claimed,waiting,closed",
        "reach:>5 reach:<7",
        "reach:>=5 reach:<=5",
        "sentiment:>0.5 sentiment:<0.6",
        "after:2026-01-30 before:2026-02-01",
        "after:7d before:2020-01-01",
        "tag:a -tag:b",
        "dept:mine dept:support",
    ],
)
def test_what_may_be_is_not_told(text):
    assert contradiction(read(text)) == ""
