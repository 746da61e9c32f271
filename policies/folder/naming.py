"""What the rules of a folder name and this installation does not have, with its line."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from policies.checking import check_rule
from policies.document import Document
from policies.engine.naming import unknown_in
from policies.engine.rules import Rule
from policies.folder.packing import MAIN
from policies.folder.problems import Problem
from policies.folder.yaml_text import read_yaml
from policies.names import known_names, words_for_unknown


def unknown_names(texts: Mapping[str, str], document: Document) -> Iterator[Problem]:
    """Yield a problem for every name that nothing has; ``document`` is what the texts say. Asks the database."""
    lines = read_yaml(texts[MAIN], MAIN)
    rules: list[tuple[int, int, Rule]] = []
    for at, (label, clause) in enumerate(zip(document.labels(), document.clauses, strict=True)):
        for place, written in enumerate(clause.rules):
            condition, outcome = check_rule(written)
            rules.append((at, place, Rule(0, 0, label, written.name, condition, outcome)))
    known = known_names([rule for _at, _place, rule in rules], lists=set(document.parts.get("lists") or ()))
    for at, place, rule in rules:
        for thing, names in unknown_in(rule, known):
            told = {"rule": rule.name, "clause": rule.clause_label, "what": words_for_unknown(thing, names)}
            text = _("The rule “%(rule)s” of clause %(clause)s: %(what)s") % told
            yield Problem(MAIN, lines.line(("clauses", at, "rules", place)), text)
