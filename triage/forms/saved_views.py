"""The form of a saved view."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.models import Department, User
from triage.finding.language import LONGEST
from triage.lists.filtering import read_filter
from triage.lists.queues import NEWEST_OF_ALL
from triage.services.saved_views import Wanted


class SavedViewForm(forms.Form):
    """A name for a filter, and who has it in their menu."""

    name = forms.CharField(label=_("Name"), max_length=60)
    query = forms.CharField(
        label=_("What it lists"),
        max_length=LONGEST,
        help_text=_("As in the filter, for example stage:open priority:urgent lang:de."),
    )
    sort = forms.ChoiceField(label=_("First"), choices=[(sort.value, sort.label) for sort in NEWEST_OF_ALL])
    department = forms.ModelChoiceField(
        label=_("Who sees it"),
        queryset=Department.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("Only you"),
        help_text=_("Shared with a department, it lists what concerns the department."),
    )

    def __init__(self, *args: Any, user: User, owner: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        field.queryset = shareable_with(user)  # type: ignore[attr-defined]
        if owner is not None and owner != user:
            # Taken back by somebody else, it would be gone for them too.
            field.required = True
            field.empty_label = None  # type: ignore[attr-defined]
        if not field.queryset.exists():  # type: ignore[attr-defined]
            del self.fields["department"]

    def clean_query(self) -> str:
        """Ask for a filter that can be read, and that something may fulfil."""
        found = read_filter(self.cleaned_data["query"])
        if found.problem:
            raise forms.ValidationError(found.problem)
        return found.sought.text()

    def wanted(self) -> Wanted:
        """Return what was filled in."""
        data = self.cleaned_data
        return Wanted(data["name"], data["query"], data["sort"], data.get("department"))


def shareable_with(user: User) -> Any:
    """Return the departments with which a person may share views."""
    every = Department.objects.by_name()
    if user.rights.everywhere("view.share"):
        return every
    return every.filter(pk__in=user.rights.departments_for("view.share"))
