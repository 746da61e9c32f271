import time

import pytest
from django.utils import translation

from policies import comparing, sentences, wording
from policies.comparing import Change, Piece
from policies.engine.targets import Target
from policies.rendering import render_text
from policies.services import clauses, drafting, targets
from tests.factories.policies import RuleFactory
from tests.factories.teams import NOON


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Be** kind.", "<p><strong>Be</strong> kind.</p>\n"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        ("# Deep", "<h3>Deep</h3>\n"),
        ("###### Deepest", "<h6>Deepest</h6>\n"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<b onclick=x>b</b>", "<p>&lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"),
        ("![x](https://example.org/x.png)", "<p></p>\n"),
        (
            "[page](https://example.org)",
            '<p><a href="https://example.org" rel="noopener noreferrer nofollow">page</a></p>\n',
        ),
        ("[bad](javascript:alert(1))", "<p>[bad](javascript:alert(1))</p>\n"),
        ("[bad](data:text/html,x)", "<p>[bad](data:text/html,x)</p>\n"),
    ],
)
def test_text_is_rendered_and_nothing_in_it_runs(text, html):
    assert render_text(text).strip() in (html.strip(), f"<p>{html}</p>")


@pytest.mark.parametrize("text", [">" * 20_000, "[" * 20_000, "*a **b " * 2500, "- " * 10_000, "`" * 20_000])
def test_a_hostile_text_takes_no_long_time(text):
    began = time.thread_time()

    render_text(text)

    assert time.thread_time() - began < 5


def test_words_are_compared_one_by_one():
    assert comparing.compare_words("We answer within a day.", "We answer politely within an hour.") == [
        Piece(Change.SAME, "We answer"),
        Piece(Change.ADDED, " politely"),
        Piece(Change.SAME, " within"),
        Piece(Change.REMOVED, " a day."),
        Piece(Change.ADDED, " an hour."),
    ]


@pytest.mark.parametrize(("old", "new"), [("", ""), ("same", "same"), ("a\n\nb ", "a\n\nb "), ("", "new"), ("old", "")])
def test_a_comparison_holds_both_texts_to_the_letter(old, new):
    pieces = comparing.compare_words(old, new)

    assert "".join(piece.text for piece in pieces if piece.change != Change.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.change != Change.REMOVED) == new


def test_marked_words_are_compared_as_readers_see_them():
    old = "Be **kind**, 2 * 3 times.\n\n- **Urgent** first"
    new = "Be kind, 2 * 3 times.\n\n- **Urgent & fast** first"

    pieces = comparing.compare_text(old, new)

    assert "".join(piece.shown for piece in pieces if piece.change != Change.ADDED) == (
        "Be <strong>kind</strong>, 2 * 3 times.\n\n• <strong>Urgent</strong> first"
    )
    assert [piece.shown for piece in pieces if piece.change == Change.ADDED] == [
        " kind,",
        "<strong> &amp; fast</strong>",
    ]


@pytest.mark.parametrize("text", ["**a " * 2000, "*a" * 4000, "*" * 8000, "**a\n" * 4000])
def test_marks_that_never_end_take_no_long_time(text):
    began = time.thread_time()

    comparing.compare_text(text, text)

    assert time.thread_time() - began < 2


def test_what_reads_the_same_and_is_written_otherwise_differs():
    assert comparing.compare_text("* one", "- one") == [
        Piece(Change.REMOVED, "*"),
        Piece(Change.ADDED, "-"),
        Piece(Change.SAME, " one"),
    ]


def test_the_longest_clauses_are_compared_in_time():
    old = " ".join(f"w{n % 700}" for n in range(4500))
    new = " ".join(f"w{(n * 7) % 700}" for n in range(4500))
    began = time.thread_time()

    comparing.compare_words(old, new)

    assert time.thread_time() - began < 5


def test_versions_are_compared_clause_by_clause(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)
    first, second = draft.clauses.order_by("number")
    clauses.delete_clause(clause_id=second.pk, version_id=draft.pk)
    seen = clauses.fingerprint_of_clause(first)
    clauses.change_clause(clause_id=first.pk, version_id=draft.pk, title=first.title, body="People freeze.", seen=seen)
    new = clauses.add_clause(version_id=draft.pk, title="New", body="Text.")
    clauses.move_clause(clause_id=new.pk, version_id=draft.pk, by=-1)

    comparison = comparing.compare_versions(in_force, draft)

    assert [(row.change, row.old_label, row.new_label, row.has_moved) for row in comparison.clauses] == [
        ("added", None, "1", False),
        ("removed", "2", None, False),
        ("changed", "1", "2", True),
    ]
    assert not comparison.is_empty
    assert comparing.compare_versions(in_force, in_force).is_empty


def test_rules_and_targets_are_compared_line_by_line(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)
    RuleFactory(clause=draft.clauses.get(number=1), position=2, name="Cold", outcome={"priority": 2})
    targets.set_targets(
        version_id=draft.pk,
        targets=[Target(priority, 15, 15, 60, 240) for priority in (1, 2, 3, 4)],
        passes_over_thanks=True,
        seen=targets.fingerprint_of_targets(draft),
    )

    comparison = comparing.compare_versions(in_force, draft)

    assert list(comparison.clauses[0].rules) == [
        Piece(Change.SAME, "Outage: when it says “outage”, then priority urgent."),
        Piece(Change.ADDED, "Cold: when it says “outage”, then priority high."),
    ]
    changed = {part.name: [piece.change for piece in part.lines] for part in comparison.parts}
    assert changed["targets"] == ["same", *["removed"] * 3, *["added"] * 3]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 min"), (59, "59 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "1 d"), (1501, "1 d 1 h 1 min")],
)
def test_minutes_are_told_as_people_do(minutes, words):
    assert wording.words_for_minutes(minutes) == words


def test_a_rule_is_told_in_one_sentence():
    rule = RuleFactory.build(
        name="Press",
        condition={
            "words": ["reporter", "press"],
            "language": ["en", "da"],
            "sentiment": {"below": -0.5},
            "reach": {"at_least": 10000},
        },
        outcome={"priority": 1, "disposition": "public_response", "visibility": "private", "department": "pr"},
    )

    assert sentences.sentence_of_rule(rule, {"pr": "Public relations"}) == (
        "Press: when it says “reporter” or “press”, it is in da or en, its sentiment is below -0.50 and its author "
        "reaches at least 10,000, then priority urgent, respond publicly, in private, by Public relations."
    )


def test_the_numbers_of_a_rule_are_written_as_its_reader_writes_them():
    rule = RuleFactory.build(
        name="Laut",
        condition={"sentiment": {"below": -0.5}, "reach": {"at_least": 10000}},
        outcome={"priority": 1},
    )

    with translation.override("de"):
        told = sentences.sentence_of_rule(rule, {})

    assert ("-0,50" in told, "10.000" in told) == (True, True)
