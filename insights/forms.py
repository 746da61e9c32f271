"""What readers ask and write."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from insights.models import Takeaway
from insights.windows import Period
from teams.models import Department


def _choices(departments: Sequence[Department]) -> list[tuple[str, str]]:
    return [(department.slug, department.name) for department in departments]


class ReportForm(forms.Form):
    """Which report."""

    period = forms.ChoiceField(label=_("Period"), choices=Period.choices, required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(self, departments: Sequence[Department], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [("", _("All departments")), *_choices(departments)]  # type: ignore[attr-defined]

    def clean_period(self) -> Period:
        """Begin with a week."""
        return Period(self.cleaned_data["period"] or Period.WEEK)


class TakeawayFilterForm(forms.Form):
    """Which takeaways."""

    department = forms.ChoiceField(label=_("Department"), required=False)
    kind = forms.ChoiceField(
        label=_("What it is"), choices=[("", _("Everything")), *Takeaway.Kind.choices], required=False
    )

    def __init__(self, departments: Sequence[Department], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [("", _("All departments")), *_choices(departments)]  # type: ignore[attr-defined]


class TakeawayForm(forms.Form):
    """A takeaway to write down."""

    department = forms.ChoiceField(label=_("For"))
    kind = forms.ChoiceField(label=_("What is it?"), choices=Takeaway.Kind.choices)
    text = forms.CharField(
        label=_("What should we remember?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, departments: Sequence[Department], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = _choices(departments)  # type: ignore[attr-defined]
        if len(departments) == 1:
            # There is nothing to choose, so nobody is asked.
            self.fields["department"].required = False
            self.fields["department"].widget = forms.HiddenInput()
            self.initial.setdefault("department", departments[0].slug)
