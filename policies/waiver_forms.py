"""What is filled in to excuse somebody from a clause."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.forms import Text
from policies.models import Clause, PolicyVersion
from policies.services.waiving import MOST_REASON, Wanted
from teams.models import Department, User


class WaiverForm(forms.Form):
    """A clause in force, for whom it does not hold, why, and until when."""

    clause = forms.TypedChoiceField(label=gettext_lazy("Clause"), coerce=UUID)
    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.none(),
        required=False,
        empty_label="–",
        help_text=gettext_lazy("Choose a person or a department."),
    )
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"), queryset=Department.objects.none(), required=False, empty_label="–"
    )
    reason = Text(label=gettext_lazy("Why"), max_length=MOST_REASON, widget=forms.Textarea(attrs={"rows": 3}))
    until = forms.DateField(
        label=gettext_lazy("Up to and including"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("At most a year ahead."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clauses = Clause.objects.filter(version__state=PolicyVersion.State.IN_FORCE).order_by("number")
        fields: dict[str, Any] = self.fields
        fields["clause"].choices = [("", "–"), *((str(clause.key), str(clause)) for clause in clauses)]
        fields["person"].queryset = User.objects.active().order_by("name", "pk")
        fields["person"].label_from_instance = lambda person: person.name
        fields["department"].queryset = Department.objects.active().by_name()

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(data["person"]) == bool(data["department"]):
            self.add_error("person", _("Choose a person or a department."))
        return data

    def wanted(self) -> Wanted:
        """Return what the form describes; it ends with its last day."""
        data = self.cleaned_data
        ends = timezone.make_aware(datetime.combine(data["until"], time.max))
        return Wanted(data["clause"], data["reason"], ends, data["person"], data["department"])
