"""The form of the times that a draft allows."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies import wording
from policies.engine.targets import ANSWERED, Hours, Target, read_target
from policies.forms import SeenForm
from policies.models import PolicyVersion
from policies.models import Target as TargetRow
from policies.services import targets as services
from socialhub.lib.errors import Invalid


class TargetsForm(SeenForm):
    """The minutes allowed at each priority, and other ones for what is decided in one way."""

    STEPS = (
        ("decide", gettext_lazy("To decide")),
        ("claim", gettext_lazy("To claim")),
        ("answer", gettext_lazy("To answer")),
        ("resolve", gettext_lazy("To resolve")),
        ("rest", gettext_lazy("A claim may rest")),
    )
    # What a disposition may have of its own.
    OWN_STEPS = ("claim", "answer", "resolve")

    passes_over_thanks = forms.BooleanField(
        label=gettext_lazy("Pass over a word of thanks at the end"),
        required=False,
        help_text=gettext_lazy(
            "A short “thank you” without a question, after our answer or in a closed conversation, "
            "neither reopens it nor starts a clock."
        ),
    )

    checked_share = forms.IntegerField(
        label=gettext_lazy("Decisions of rules to look at, of a hundred"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=gettext_lazy("What rules decide by themselves, a triage owner confirms or reverses for so many."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(self.STEPS)
        for priority, name in wording.PRIORITIES.items():
            for step, label in self.STEPS:
                told = {"step": label, "priority": name}
                self.fields[f"{step}_{priority}"] = _minutes(
                    _("%(step)s, priority %(priority)s") % told,
                    required=step != "resolve",
                    filled_in=self._filled_in(f"{step}_{priority}"),
                )
            self.fields[f"hours_{priority}"] = forms.ChoiceField(
                label=_("Which time counts, priority %(priority)s") % {"priority": name},
                choices=TargetRow.Hours.choices,
            )
            for disposition in ANSWERED:
                for step in self.OWN_STEPS:
                    told = {
                        "step": labels[step],
                        "priority": name,
                        "disposition": wording.DISPOSITIONS[disposition],
                    }
                    own = f"{step}_{priority}_{disposition}"
                    self.fields[own] = _minutes(
                        _("%(step)s, priority %(priority)s, %(disposition)s") % told,
                        required=False,
                        filled_in=self._filled_in(own),
                    )

    def _filled_in(self, name: str) -> str:
        return str(self.data.get(name, "") if self.is_bound else self.initial.get(name, ""))

    def rows(self) -> list[dict[str, Any]]:
        """Return each priority with its fields, and those of its dispositions."""
        found = []
        for priority, name in wording.PRIORITIES.items():
            own = [
                (
                    str(wording.DISPOSITIONS[disposition]).capitalize(),
                    [self[f"{step}_{priority}_{disposition}"] for step in self.OWN_STEPS],
                )
                for disposition in ANSWERED
            ]
            found.append(
                {
                    "name": str(name).capitalize(),
                    "fields": [(label, self[f"{step}_{priority}"]) for step, label in self.STEPS],
                    "hours": self[f"hours_{priority}"],
                    "own": own,
                    "has_own": any(field.value() or field.errors for _name, fields in own for field in fields),
                }
            )
        return found

    def clean(self) -> dict[str, Any]:
        """Read the targets, and say at the field what cannot be."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.targets: list[Target] = []
        for priority in wording.PRIORITIES:
            self._read(priority, "", {step: data.get(f"{step}_{priority}") for step, _label in self.STEPS})
            for disposition in ANSWERED:
                own = {step: data.get(f"{step}_{priority}_{disposition}") for step in self.OWN_STEPS}
                own = {step: minutes for step, minutes in own.items() if minutes is not None}
                if own:
                    usual = {step: data.get(f"{step}_{priority}") for step, _label in self.STEPS}
                    self._read(priority, disposition, {**usual, **own})
        return data

    def _read(self, priority: int, disposition: str, minutes: dict[str, int | None]) -> None:
        written = {
            **minutes,
            "priority": priority,
            "disposition": disposition,
            "hours": self.cleaned_data.get(f"hours_{priority}", Hours.ALWAYS),
        }
        if any(minutes[step] is None for step in ("decide", "claim", "answer", "rest")):
            # The field says so itself.
            return
        try:
            self.targets.append(read_target(written))
        except Invalid as invalid:
            step = invalid.field or ""
            own = f"{step}_{priority}_{disposition}"
            if disposition and self.cleaned_data.get(own) is not None:
                self.add_error(own, str(invalid))
            elif not disposition:
                self.add_error(f"{step}_{priority}", str(invalid))

    @classmethod
    def of(cls, version: PolicyVersion) -> "TargetsForm":
        """Return the form filled in."""
        initial: dict[str, Any] = {
            "seen": services.fingerprint_of_targets(version),
            "passes_over_thanks": version.passes_over_thanks,
            "checked_share": version.checked_share,
        }
        found = {(target.priority, target.disposition): target for target in services.targets_of(version)}
        for (priority, disposition), target in found.items():
            if not disposition:
                initial |= {f"{step}_{priority}": getattr(target, step) for step, _label in cls.STEPS}
                initial[f"hours_{priority}"] = target.hours.value
                continue
            usual = found[priority, ""]
            for step in cls.OWN_STEPS:
                if getattr(target, step) != getattr(usual, step):
                    initial[f"{step}_{priority}_{disposition}"] = getattr(target, step)
        return cls(initial=initial)


def _minutes(label: str, *, required: bool, filled_in: str) -> forms.IntegerField:
    """Return the field of a time; where it is an hour or more, what is filled in stands below it as people say it."""
    is_long = filled_in.isascii() and filled_in.isdecimal() and int(filled_in[:9]) >= 60
    return forms.IntegerField(
        label=label,
        required=required,
        help_text=wording.words_for_minutes(int(filled_in[:9])) if is_long else "",
        widget=forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
    )
