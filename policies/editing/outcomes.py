"""What a rule says when it applies, as a form for each kind of rule."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies import sentences, wording
from policies.engine.outcomes import (
    DISPOSITIONS,
    MOST_DAYS,
    MOST_POINTS,
    REASONS,
    VISIBILITIES,
    Kind,
    Mode,
    Verdict,
    What,
)
from teams.models import Department
from teams.roles import Role

# So many people, roles and departments can be named without asking for more rows.
SPARE_ROWS = 2
MOST_ROWS = 20
MODES = {
    Mode.ANY: gettext_lazy("One of them is enough"),
    Mode.ALL: gettext_lazy("All of them"),
    Mode.IN_ORDER: gettext_lazy("All of them, one after the other"),
}

Outcome = dict[str, Any]


def _begin_large(names: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    """Offer what stands in the middle of a sentence elsewhere."""
    return [(str(value), capfirst(told)) for value, told in names.items()]


class OutcomeForm(forms.Form):
    """The parts of one kind of outcome. ``NAMES`` are those that it writes; others stay as they were."""

    prefix = "o"
    NAMES: tuple[str, ...] = ()

    def __init__(self, *args: Any, rows: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_rows = rows

    def written(self, before: Mapping[str, Any]) -> Outcome:
        """Return the outcome; what the form does not know of is kept as it was ``before``."""
        kept = {name: value for name, value in before.items() if name not in self.NAMES}
        return kept | {name: value for name, value in self.parts().items() if value not in (None, "", [], False)}

    def parts(self) -> Outcome:
        """Return what was filled in."""
        return {name: self.cleaned_data[name] for name in self.NAMES}

    @classmethod
    def initial_of(cls, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored outcome."""
        return dict(outcome)


class RoutingForm(OutcomeForm):
    """Where a mention goes, and how urgent it is."""

    NAMES = ("priority", "points", "disposition", "department", "person", "visibility", "tags", "decides", "reason")

    priority = forms.TypedChoiceField(label=gettext_lazy("Priority"), required=False, coerce=int, empty_value=None)
    points = forms.IntegerField(
        label=gettext_lazy("Points"),
        required=False,
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        help_text=gettext_lazy("Added to the score. A normal mention begins at 25; 50 is high, 75 urgent."),
    )
    disposition = forms.ChoiceField(label=gettext_lazy("What to do"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), required=False, help_text=gettext_lazy("Only when nobody answers.")
    )
    visibility = forms.ChoiceField(label=gettext_lazy("Answer"), required=False)
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)
    person = forms.EmailField(
        label=gettext_lazy("Person"), required=False, help_text=gettext_lazy("Their e-mail address.")
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"), required=False, max_length=450, help_text=gettext_lazy("With commas between.")
    )
    decides = forms.BooleanField(
        label=gettext_lazy("Decides by itself, without a person"),
        required=False,
        help_text=gettext_lazy("Only where its clause lets its rules decide this."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department = self.initial.get("department")
        offered = {
            "priority": {str(number): name for number, name in wording.PRIORITIES.items()},
            "disposition": {name: wording.DISPOSITIONS[name] for name in DISPOSITIONS},
            "visibility": {name: wording.VISIBILITIES[name] for name in VISIBILITIES},
            "reason": {name: wording.REASONS[name] for name in REASONS},
        }
        for name, choices in offered.items():
            _offer(self.fields[name], ((value, str(label).capitalize()) for value, label in choices.items()))
        _offer(self.fields["department"], _departments([department] if department else ()).items())

    def clean_tags(self) -> list[str]:
        """Return the tags, each once."""
        tags = (" ".join(tag.split()) for tag in self.cleaned_data["tags"].split(","))
        return list(dict.fromkeys(tag for tag in tags if tag))

    @classmethod
    def initial_of(cls, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored outcome."""
        priority = str(outcome.get("priority") or "")
        return {**outcome, "priority": priority, "tags": ", ".join(map(str, outcome.get("tags") or ()))}


class NamingForm(OutcomeForm):
    """An outcome that names people, each in a row: a department, a role, or a person by their address."""

    NAMED = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = self.initial.get(self.NAMED) or []
        filled = [_value_of(one) for one in named]
        self.row_count = min(max(self.asked_rows, len(filled) + SPARE_ROWS), MOST_ROWS)
        departments = _departments(value.partition(":")[2] for value, _p in filled if value.startswith("department:"))
        choices = [
            ("", "–"),
            (_("Departments"), [(f"department:{slug}", name) for slug, name in departments.items()]),
            (_("Roles"), [(f"role:{role.value}", role.label) for role in Role]),
            ("person", _("A person, by e-mail address")),
        ]
        for row in range(1, self.row_count + 1):
            value, person = filled[row - 1] if row <= len(filled) else ("", "")
            self.fields[f"who_{row}"] = forms.ChoiceField(
                label=_("Who, %(row)d") % {"row": row}, required=False, choices=choices, initial=value
            )
            self.fields[f"person_{row}"] = forms.EmailField(
                label=_("E-mail address, %(row)d") % {"row": row}, required=False, initial=person
            )

    def rows(self) -> Iterable[tuple[forms.BoundField, forms.BoundField]]:
        """Yield the two fields of each row."""
        return [(self[f"who_{row}"], self[f"person_{row}"]) for row in range(1, self.row_count + 1)]

    def named(self) -> list[dict[str, str]]:
        """Return who was named, in their order."""
        found = []
        for row in range(1, self.row_count + 1):
            kind, _colon, name = self.cleaned_data[f"who_{row}"].partition(":")
            person = self.cleaned_data[f"person_{row}"]
            if kind in ("", "person") and person:
                found.append({"person": person})
            elif kind and kind != "person":
                found.append({kind: name})
        return found

    def clean(self) -> dict[str, Any]:
        """Ask for the address of a person who was chosen."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for row in range(1, self.row_count + 1):
            if data.get(f"who_{row}") == "person" and not data.get(f"person_{row}") and not self.errors:
                self.add_error(f"person_{row}", _("Enter the person's e-mail address."))
        return data


class ApprovalForm(NamingForm):
    """Who must approve."""

    NAMES = ("mode", "asked")
    NAMED = "asked"

    mode = forms.ChoiceField(label=gettext_lazy("How many must approve"), choices=MODES.items())

    def parts(self) -> Outcome:
        """Return what was filled in."""
        return {"mode": self.cleaned_data["mode"], "asked": self.named()}

    @classmethod
    def initial_of(cls, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored outcome."""
        return {"mode": "any", **outcome}


class ConductForm(NamingForm):
    """What is wrong with an answer, and what follows."""

    NAMES = ("verdict", "message", "approval", "may_skip")
    NAMED = "asked"

    verdict = forms.ChoiceField(label=gettext_lazy("Then"), choices=_begin_large(sentences.VERDICTS))
    message = forms.CharField(
        label=gettext_lazy("What whoever writes is told"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    may_skip = forms.BooleanField(
        label=gettext_lazy("A lead may send it all the same, with a reason"),
        required=False,
        help_text=gettext_lazy("Only for what cannot be sent otherwise."),
    )
    mode = forms.ChoiceField(label=gettext_lazy("How many must approve"), required=False, choices=MODES.items())

    def parts(self) -> Outcome:
        """Return what was filled in."""
        data = self.cleaned_data
        asked = self.named()
        needs = data["verdict"] == Verdict.APPROVAL or asked
        approval = {"mode": data["mode"] or Mode.ANY.value, "asked": asked} if needs else None
        return {**{name: data[name] for name in ("verdict", "message", "may_skip")}, "approval": approval}

    @classmethod
    def initial_of(cls, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored outcome."""
        return {"mode": "any", "verdict": "warn", **(outcome.get("approval") or {}), **outcome}


class EscalationForm(NamingForm):
    """Who is told when nobody acts."""

    NAMES = ("step", "minutes", "tell")
    NAMED = "tell"

    step = forms.ChoiceField(
        label=gettext_lazy("When this is not done"),
        choices=_begin_large(sentences.STEPS),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes after it was due"),
        required=False,
        help_text=gettext_lazy("Before it, when below 0."),
    )

    def parts(self) -> Outcome:
        """Return what was filled in."""
        data = self.cleaned_data
        return {"step": data["step"], "minutes": data["minutes"], "tell": self.named()}

    @classmethod
    def initial_of(cls, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored outcome."""
        return {"step": "decide", "minutes": 0, **outcome}


class RetentionForm(OutcomeForm):
    """How long what is kept."""

    NAMES = ("what", "keep_days")

    what = forms.ChoiceField(label=gettext_lazy("What is erased"), choices=_begin_large(sentences.WHAT))
    keep_days = forms.IntegerField(
        label=gettext_lazy("Days after the conversation is closed"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("What is on legal hold is kept all the same. Such a rule looks at no words."),
    )

    @classmethod
    def initial_of(cls, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored outcome."""
        return {"what": What.CONTENT.value, "keep_days": 730, **outcome}


FORMS: Mapping[str, type[OutcomeForm]] = {
    Kind.ROUTING: RoutingForm,
    Kind.APPROVAL: ApprovalForm,
    Kind.CONDUCT: ConductForm,
    Kind.ESCALATION: EscalationForm,
    Kind.RETENTION: RetentionForm,
}


def _offer(field: forms.Field, choices: Iterable[tuple[str, Any]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", "–"), *choices]


def _departments(named: Iterable[str]) -> dict[str, str]:
    """Return the departments by slug, and those that a rule names although they are gone."""
    offered = dict(Department.objects.active().by_name().values_list("slug", "name"))
    for slug in named:
        offered.setdefault(slug, _("%(name)s (gone)") % {"name": slug})
    return offered


def _value_of(one: Any) -> tuple[str, str]:
    kind, name = next(iter(one.items()), ("", "")) if isinstance(one, Mapping) else ("", "")
    return ("person", str(name)) if kind == "person" else (f"{kind}:{name}", "")
