"""What is wrong with the rules of a draft, in sentences."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.conditions import read_condition
from policies.engine.conflicts import Conflict, Trouble, find_conflicts
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Rule
from policies.models import Clause, PolicyVersion
from policies.models import Rule as RuleRow
from policies.names import known_names, words_for_unknown
from policies.services.clauses import WrittenRule
from socialhub.lib.errors import Invalid

PARTS = {
    "priority": gettext_lazy("the priority"),
    "disposition": gettext_lazy("what to do"),
    "department": gettext_lazy("the department"),
    "person": gettext_lazy("the person"),
    "visibility": gettext_lazy("public or private"),
    "tags": gettext_lazy("the tags"),
}
# A rule that is not stored yet.
NEW = 0


def troubles_of(version: PolicyVersion) -> Mapping[int, list[str]]:
    """Return what is wrong with the rules of a version, by rule."""
    return _told(version, _rules(version))


def troubles_with(clause: Clause, written: WrittenRule, *, rule_id: int | None) -> list[str]:
    """Return what would be wrong with a rule if it were saved so; a new one comes at the end of its clause."""
    rules = _rules(clause.version)
    try:
        condition, outcome = read_condition(written.condition), read_outcome(written.kind, written.outcome)
    except Invalid:
        return []
    place = next((at for at, rule in enumerate(rules) if rule.rule_id == rule_id), None)
    if place is not None:
        rules[place] = replace(rules[place], name=written.name, condition=condition, outcome=outcome)
        return _told(clause.version, rules, about=rules[place].rule_id).get(rules[place].rule_id, [])
    before = {label for (label,) in clause.version.clauses.filter(number__lte=clause.number).values_list("label")}
    at = sum(1 for rule in rules if rule.clause_label in before)
    allowed = frozenset(clause.may_decide)
    rules.insert(at, Rule(NEW, clause.pk, clause.label, written.name, condition, outcome, allowed))
    return _told(clause.version, rules, about=NEW).get(NEW, [])


def _told(version: PolicyVersion, rules: Iterable[Rule], *, about: int | None = None) -> dict[int, list[str]]:
    rules = list(rules)
    lists = dict(version.word_lists.values_list("slug", "words"))
    known = known_names(rules, lists=lists)
    told: dict[int, list[str]] = defaultdict(list)
    for conflict in find_conflicts(rules, known=known, lists=lists, about=about):
        told[conflict.rule.rule_id].append(_sentence(conflict))
    return dict(told)


def _rules(version: PolicyVersion) -> list[Rule]:
    rows = RuleRow.objects.filter(clause__version=version).select_related("clause")
    found = []
    for row in rows.order_by("clause__number", "position"):
        try:
            condition, outcome = read_condition(row.condition), read_outcome(row.kind, row.outcome)
        except Invalid:
            # Its own sentence says so.
            continue
        allowed = frozenset(row.clause.may_decide)
        found.append(Rule(row.pk, row.clause_id, row.clause.label, row.name, condition, outcome, allowed))
    return found


def _sentence(conflict: Conflict) -> str:
    others = [_("%(clause)s “%(rule)s”") % {"clause": one.clause_label, "rule": one.name} for one in conflict.others]
    told = {
        "others": get_text_list(others, _("and")),
        "parts": get_text_list([str(PARTS[part]) for part in conflict.parts], _("and")),
    }
    match conflict.trouble:
        case Trouble.NEVER:
            return _("It never applies: its conditions exclude each other.")
        case Trouble.UNREACHABLE:
            return _("It never gives anything: %(others)s always comes before it.") % told
        case Trouble.SAME if conflict.parts:
            return _("%(others)s has the same condition and gives %(parts)s first.") % told
        case Trouble.SAME:
            return _("%(others)s says the same.") % told
        case Trouble.UNKNOWN:
            return words_for_unknown(conflict.thing, conflict.names) if conflict.thing is not None else ""
        case Trouble.NOT_ALLOWED:
            return _(
                "Its clause does not let its rules decide this by themselves. Allow it there, or let the rule only "
                "suggest: as it is, the draft can be neither sent to review nor published."
            )
