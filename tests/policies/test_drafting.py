import pytest

from policies.engine.targets import Hours, Target
from policies.models import Clause, PolicyVersion, Rule
from policies.models import Target as TargetRow
from policies.services import clauses, drafting, publishing, targets
from policies.services.clauses import WrittenRule
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON
from tests.support.race import race

RULE = WrittenRule("Refund", {"words": ["refund"]}, {"priority": 2})


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


def titles(draft):
    return list(Clause.objects.filter(version=draft).order_by("number").values_list("number", "title"))


def test_a_draft_begins_as_a_copy_of_what_is_in_force(in_force, draft, editor):
    assert (draft.number, draft.state, draft.title, draft.summary, draft.created_by) == (
        2,
        "draft",
        in_force.title,
        "",
        editor,
    )
    copied = ("key", "number", "title", "body")
    assert list(draft.clauses.order_by("number").values_list(*copied)) == list(
        in_force.clauses.order_by("number").values_list(*copied)
    )
    rule = Rule.objects.get(clause__version=draft)
    assert (rule.clause.number, rule.name, rule.condition, rule.outcome) == (
        1,
        "Outage",
        {"words": ["outage"]},
        {"priority": 1},
    )
    minutes = ("priority", "decide_minutes", "claim_minutes", "answer_minutes")
    assert sorted(draft.targets.values_list(*minutes)) == sorted(in_force.targets.values_list(*minutes))
    assert AuditEntry.objects.get().verb == "policy.drafted"


def test_a_draft_without_a_former_version_has_targets_and_no_clause(editor):
    draft = drafting.start_draft(editor=editor, at=NOON)

    assert draft.number == 1
    assert draft.targets.count() == 4
    assert not draft.clauses.exists()


def test_there_is_one_draft(draft, editor):
    with pytest.raises(drafting.DraftExists):
        drafting.start_draft(editor=editor, at=NOON)

    assert PolicyVersion.objects.count() == 2


def test_a_draft_is_discarded_with_its_parts(in_force, draft, editor):
    drafting.discard_draft(version_id=draft.pk, editor=editor, at=NOON)

    assert PolicyVersion.objects.get() == in_force
    assert Clause.objects.count() == 2
    assert AuditEntry.objects.latest("pk").verb == "policy.discarded"
    with pytest.raises(publishing.NotADraft):
        drafting.discard_draft(version_id=draft.pk, editor=editor, at=NOON)


def test_a_draft_is_described(draft):
    seen = drafting.fingerprint_of_description(draft)

    drafting.describe_draft(version_id=draft.pk, title="New", summary="Faster.", seen=seen)

    draft.refresh_from_db()
    assert (draft.title, draft.summary) == ("New", "Faster.")
    with pytest.raises(drafting.ChangedMeanwhile):
        drafting.describe_draft(version_id=draft.pk, title="Other", summary="", seen=seen)
    draft.refresh_from_db()
    assert draft.title == "New"


def test_targets_are_set_exactly(draft):
    seen = targets.fingerprint_of_targets(draft)
    wanted = [
        Target(1, 5, 6, 7, 8),
        Target(1, 5, 6, 20, 8, resolve=60, disposition="public_response", hours=Hours.BUSINESS),
    ]

    targets.set_targets(version_id=draft.pk, targets=wanted, passes_over_thanks=False, seen=seen)

    draft.refresh_from_db()
    assert targets.targets_of(draft) == wanted
    assert not draft.passes_over_thanks
    with pytest.raises(drafting.ChangedMeanwhile):
        targets.set_targets(version_id=draft.pk, targets=[], passes_over_thanks=True, seen=seen)
    assert draft.targets.count() == 2


@pytest.mark.parametrize(
    "wanted",
    [
        [Target(1, 5, 6, 7, 8), Target(1, 6, 6, 7, 8)],
        [Target(1, 5, 6, 7, 8), Target(2, 6, 6, 7, 8, disposition="customer_service")],
    ],
)
def test_targets_that_do_not_go_together_are_refused(draft, wanted):
    seen = targets.fingerprint_of_targets(draft)

    with pytest.raises(Invalid):
        targets.set_targets(version_id=draft.pk, targets=wanted, passes_over_thanks=True, seen=seen)

    assert targets.fingerprint_of_targets(draft) == seen


def test_the_next_draft_allows_what_the_version_in_force_allows(editor, draft):
    wanted = [Target(3, 5, 6, 7, 8, hours=Hours.BUSINESS), Target(3, 5, 6, 9, 8, disposition="customer_service")]
    seen = targets.fingerprint_of_targets(draft)
    targets.set_targets(version_id=draft.pk, targets=wanted, passes_over_thanks=False, seen=seen)
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="A test.")

    following = drafting.start_draft(editor=editor, at=NOON)

    assert targets.targets_of(following) == wanted
    assert not following.passes_over_thanks


def test_clauses_are_added_moved_and_deleted(draft):
    third = clauses.add_clause(version_id=draft.pk, title="Third", body="Text.")
    assert titles(draft) == [(1, "Answer outages first"), (2, "Be kind"), (3, "Third")]

    clauses.move_clause(clause_id=third.pk, version_id=draft.pk, by=-1)
    assert titles(draft) == [(1, "Answer outages first"), (2, "Third"), (3, "Be kind")]

    clauses.move_clause(clause_id=third.pk, version_id=draft.pk, by=-1)
    clauses.move_clause(clause_id=third.pk, version_id=draft.pk, by=-1)
    assert titles(draft) == [(1, "Third"), (2, "Answer outages first"), (3, "Be kind")]

    clauses.delete_clause(clause_id=third.pk, version_id=draft.pk)
    assert titles(draft) == [(1, "Answer outages first"), (2, "Be kind")]

    for act in (
        lambda: clauses.move_clause(clause_id=third.pk, version_id=draft.pk, by=1),
        lambda: clauses.delete_clause(clause_id=third.pk, version_id=draft.pk),
        lambda: clauses.change_clause(clause_id=third.pk, version_id=draft.pk, title="x", body="x", seen=""),
        lambda: clauses.add_rule(clause_id=third.pk, version_id=draft.pk, rule=RULE),
    ):
        with pytest.raises(clauses.Gone):
            act()


def test_the_second_editor_of_a_clause_overwrites_nothing(draft):
    clause = draft.clauses.get(number=1)
    seen = clauses.fingerprint_of_clause(clause)
    clauses.change_clause(clause_id=clause.pk, version_id=draft.pk, title="First", body="One.", seen=seen)

    with pytest.raises(drafting.ChangedMeanwhile):
        clauses.change_clause(clause_id=clause.pk, version_id=draft.pk, title="Second", body="Two.", seen=seen)

    clause.refresh_from_db()
    assert (clause.title, clause.body) == ("First", "One.")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_editors_who_save_a_clause_at_once_one_wins():
    from tests.factories.policies import ClauseFactory

    clause = ClauseFactory(version=PolicyVersionFactory())
    seen = clauses.fingerprint_of_clause(clause)

    outcomes = race(
        *[
            lambda title=title: clauses.change_clause(
                clause_id=clause.pk, version_id=clause.version_id, title=title, body="Text.", seen=seen
            )
            for title in ("A", "B", "C", "D")
        ]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ChangedMeanwhile"] * 3 + ["NoneType"]
    clause.refresh_from_db()
    assert clause.title == "ABCD"[outcomes.index(None)]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_clauses_added_and_moved_at_once_keep_their_numbers():
    from tests.factories.policies import ClauseFactory

    draft = PolicyVersionFactory()
    first = ClauseFactory(version=draft)

    outcomes = race(
        *[lambda n=n: clauses.add_clause(version_id=draft.pk, title=f"C{n}", body="Text.") for n in range(3)],
        lambda: clauses.move_clause(clause_id=first.pk, version_id=draft.pk, by=1),
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert [number for number, _title in titles(draft)] == [1, 2, 3, 4]


def test_rules_are_added_changed_and_deleted(draft):
    clause = draft.clauses.get(number=1)

    rule = clauses.add_rule(clause_id=clause.pk, version_id=draft.pk, rule=RULE)
    assert rule.position == 2

    seen = clauses.fingerprint_of_rule(rule)
    other = WrittenRule("Money", {"reach": {"at_least": 0}}, {"visibility": "private"})
    clauses.change_rule(rule_id=rule.pk, version_id=draft.pk, rule=other, seen=seen)
    rule.refresh_from_db()
    assert (rule.name, rule.condition, rule.outcome) == ("Money", {"reach": {"at_least": 0}}, {"visibility": "private"})

    with pytest.raises(drafting.ChangedMeanwhile):
        clauses.change_rule(rule_id=rule.pk, version_id=draft.pk, rule=RULE, seen=seen)

    for _ in range(2):
        clauses.delete_rule(rule_id=rule.pk, version_id=draft.pk)
    assert [rule.name for rule in clause.rules.all()] == ["Outage"]
    with pytest.raises(clauses.Gone):
        clauses.change_rule(rule_id=rule.pk, version_id=draft.pk, rule=RULE, seen=seen)


@pytest.mark.parametrize(
    "rule",
    [
        WrittenRule("x", {}, {"priority": 1}),
        WrittenRule("x", {"words": ["a"]}, {}),
        WrittenRule("x", {"moon": "full"}, {"priority": 1}),
        WrittenRule("x", {"words": ["a"]}, {"disposition": "sing"}),
        WrittenRule("x", {"sentiment": {"below": 2}}, {"priority": 1}),
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_refused(draft, rule):
    clause = draft.clauses.get(number=1)
    present = clause.rules.get()

    with pytest.raises(Invalid):
        clauses.add_rule(clause_id=clause.pk, version_id=draft.pk, rule=rule)
    with pytest.raises(Invalid):
        clauses.change_rule(
            rule_id=present.pk, version_id=draft.pk, rule=rule, seen=clauses.fingerprint_of_rule(present)
        )

    assert clause.rules.get().condition == {"words": ["outage"]}


def test_nothing_of_a_published_version_is_edited(in_force):
    clause = in_force.clauses.get(number=1)
    rule = clause.rules.get()
    before = list(Clause.objects.values()), list(Rule.objects.values()), list(TargetRow.objects.values())

    for act in (
        lambda: clauses.add_clause(version_id=in_force.pk, title="x", body="x"),
        lambda: clauses.change_clause(clause_id=clause.pk, version_id=in_force.pk, title="x", body="x", seen=""),
        lambda: clauses.move_clause(clause_id=clause.pk, version_id=in_force.pk, by=1),
        lambda: clauses.delete_clause(clause_id=clause.pk, version_id=in_force.pk),
        lambda: clauses.add_rule(clause_id=clause.pk, version_id=in_force.pk, rule=RULE),
        lambda: clauses.change_rule(rule_id=rule.pk, version_id=in_force.pk, rule=RULE, seen=""),
        lambda: clauses.delete_rule(rule_id=rule.pk, version_id=in_force.pk),
        lambda: targets.set_targets(version_id=in_force.pk, targets=[], passes_over_thanks=True, seen=""),
        lambda: drafting.describe_draft(version_id=in_force.pk, title="x", summary="", seen=""),
    ):
        with pytest.raises(publishing.NotADraft):
            act()

    assert before == (list(Clause.objects.values()), list(Rule.objects.values()), list(TargetRow.objects.values()))
