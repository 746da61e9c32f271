"""A rule while it is edited: from a row or from what was posted, to a page and to a rule."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from policies.editing.condition import ConditionEditor
from policies.editing.outcomes import FORMS, OutcomeForm
from policies.editing.posted import tree_in
from policies.editing.tree import Group, tree_of
from policies.engine.conditions import read_condition
from policies.engine.keeping import check_looks_at_no_text
from policies.engine.outcomes import Kind, read_outcome
from policies.models import Rule
from policies.services.clauses import WrittenRule, fingerprint_of_rule
from socialhub.lib.errors import Invalid


class RuleHead(forms.Form):
    """What a rule is called, what it is about, and what its writer had before them."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    # Of a new rule: it tells a form that is sent twice from another.
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    name = forms.CharField(label=gettext_lazy("Name of the rule"), max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("What it is about"), choices=Rule.Kind.choices, required=False)


class RuleEditor(ConditionEditor):
    """One rule on the page: its condition, and what it says then."""

    def __init__(self, *, rule: Rule | None, head: RuleHead, root: Group, outcome: OutcomeForm) -> None:
        super().__init__(root)
        self.rule = rule
        self.head = head
        self.outcome = outcome
        # What was posted, where it can be used.
        self.written: WrittenRule | None = None

    @classmethod
    def of(cls, rule: Rule | None) -> "RuleEditor":
        """Return the editor filled in with a rule, or empty for a new one."""
        if rule is None:
            return cls(rule=None, head=RuleHead(), root=Group("all", [], "1"), outcome=FORMS[Kind.ROUTING](initial={}))
        form = FORMS[rule.kind]
        head = RuleHead(initial={"name": rule.name, "kind": rule.kind, "seen": fingerprint_of_rule(rule)})
        return cls(
            rule=rule,
            head=head,
            root=tree_of(rule.condition),
            outcome=form(initial=form.initial_of(rule.outcome)),
        )

    @classmethod
    def acted(cls, rule: Rule | None, posted: QueryDict) -> "RuleEditor":
        """Return what was posted after a button other than the one that saves; nothing is refused yet."""
        held = {name.removeprefix("o-"): posted[name] for name in posted if name.startswith("o-")}
        head = RuleHead(initial={name: posted.get(name, "") for name in RuleHead.base_fields})
        act = posted.get("act", "")
        form = FORMS[kind_in(posted)]
        editor = cls(
            rule=rule, head=head, root=tree_in(posted), outcome=form(initial=held, rows=_rows(posted) + (act == "more"))
        )
        editor.act(posted)
        return editor

    @classmethod
    def saved(cls, rule: Rule | None, posted: QueryDict) -> "RuleEditor":
        """Return what was posted, with ``written`` where it can be saved, else with what is wrong at its place."""
        kind = kind_in(posted)
        form = FORMS[kind]
        before: Mapping[str, Any] = rule.outcome if rule is not None and rule.kind == kind else {}
        outcome = form(posted, initial=form.initial_of(before), rows=_rows(posted))
        editor = cls(rule=rule, head=RuleHead(posted), root=tree_in(posted), outcome=outcome)
        condition = editor.take(posted, rule.condition if rule is not None else None)
        said = editor._outcome(kind, before)
        if condition is not None and said is not None:
            condition = editor._looked_at(condition, kind, said)
        if editor.head.is_valid() and condition is not None and said is not None:
            editor.written = WrittenRule(editor.head.cleaned_data["name"], condition, said, kind)
        return editor

    def anew(self, seen: str) -> None:
        """Let what was posted be saved over what another editor wrote."""
        self.head = RuleHead(initial={**self.head.cleaned_data, "seen": seen})

    @property
    def kind(self) -> str:
        """The kind of rule that is edited."""
        return next(kind for kind, form in FORMS.items() if isinstance(self.outcome, form))

    def _looked_at(self, condition: Mapping[str, Any], kind: str, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the condition if a rule of its kind may look at what it looks at."""
        try:
            check_looks_at_no_text(read_condition(condition), read_outcome(kind, said))
        except Invalid as refusal:
            self.refuse(str(refusal))
            return None
        return condition

    def _outcome(self, kind: str, before: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not self.outcome.is_valid():
            return None
        if before and not self.outcome.has_changed():
            return before
        said = self.outcome.written(before)
        try:
            read_outcome(kind, said)
        except Invalid as refusal:
            self.outcome.add_error(None, str(refusal))
            return None
        return said


def kind_in(posted: QueryDict) -> str:
    """Return the kind of rule that was posted."""
    kind = posted.get("kind", "")
    return kind if kind in FORMS else Kind.ROUTING.value


def _rows(posted: QueryDict) -> int:
    numbers = (name.removeprefix("o-who_") for name in posted if name.startswith("o-who_"))
    return max((int(number) for number in numbers if number.isdecimal() and len(number) < 3), default=0)
