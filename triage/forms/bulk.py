"""What people fill in for an act on many conversations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.models import Department, Membership, User
from teams.roles import CAN
from triage.forms.tags import TagsField
from triage.models import BulkRun
from triage.services.bulk.preparing import RIGHTS
from triage.states import CLOSING_OUTCOMES, Departure, Disposition, Priority, Reason, Visibility

Act = BulkRun.Act


class ManyForm(forms.Form):
    """What is done to each; ``how`` returns it as a run keeps it."""

    def how(self) -> dict[str, Any]:
        """Return what was filled in as it is kept."""
        return dict(self.cleaned_data)


class _Answering(ManyForm):
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose the department that answers.")},
    )
    person = forms.ModelChoiceField(
        label=_("Person"), queryset=User.objects.none(), required=False, empty_label=_("Whoever claims it")
    )
    note = forms.CharField(
        label=_("Note for the department"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments, people = self.fields["department"], self.fields["person"]
        assert isinstance(departments, forms.ModelChoiceField)  # noqa: S101 - declared above
        assert isinstance(people, forms.ModelChoiceField)  # noqa: S101 - declared above
        departments.queryset = Department.objects.active().by_name()
        answering = Membership.objects.filter(role__in=CAN["conversation.claim"])
        people.queryset = User.objects.active().filter(pk__in=answering.values("user")).by_name()

    def how(self) -> dict[str, Any]:
        """Return whom it goes to by id."""
        department, person = self.cleaned_data["department"], self.cleaned_data["person"]
        return {
            "department": department.pk if department else None,
            "offered_to": person.pk if person else None,
            "note": self.cleaned_data["note"],
        }


class DecideManyForm(_Answering):
    """A decision on many; what is left open stays as it is with each, or as it was suggested."""

    disposition = forms.ChoiceField(
        label=_("What do we do with them?"),
        choices=Disposition.choices,
        widget=forms.RadioSelect,
        initial=Disposition.CUSTOMER_SERVICE,
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Only when nobody answers")), *Reason.choices],
        required=False,
        error_messages={"required": _("Say why nobody answers.")},
    )
    visibility = forms.ChoiceField(
        label=_("Answer"),
        choices=Visibility.choices,
        widget=forms.RadioSelect,
        required=False,
        initial=Visibility.PUBLIC,
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[("", _("Each keeps its own")), *Priority.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty leaves each its own, or those that were suggested."),
    )
    departure = forms.ChoiceField(
        label=_("Why not as suggested?"),
        choices=[("", _("Only where it departs from the suggestion")), *Departure.choices],
        required=False,
    )
    field_order = ("disposition", "reason", "department", "person", "visibility", "priority", "tags")
    # Which fields are asked for depends on another: the browser does not know.
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_answered = self.data.get("disposition") != Disposition.NO_RESPONSE
        for name, is_asked in (("reason", not is_answered), ("department", is_answered), ("visibility", is_answered)):
            # Those of the other choice are not shown; unfilled, whichever are shown are asked for.
            self.fields[name].required = is_asked or not self.is_bound

    def how(self) -> dict[str, Any]:
        """Return the decision. Parts that a disposition does not have are left out."""
        data = self.cleaned_data
        is_answered = data["disposition"] != Disposition.NO_RESPONSE
        nobody = {"department": None, "offered_to": None, "note": data["note"]}
        return {
            **(super().how() if is_answered else nobody),
            "disposition": data["disposition"],
            "reason": "" if is_answered else data["reason"],
            "visibility": data["visibility"] if is_answered else "",
            "priority": data["priority"],
            "tags": list(data["tags"]) or None,
            "departure": data["departure"],
        }


class AssignManyForm(_Answering):
    """Other people for what is decided already."""


class TagManyForm(ManyForm):
    """Tags to add and to take away."""

    add = TagsField(label=_("Add tags"), required=False, max_length=1000, help_text=_("With commas between."))
    remove = TagsField(label=_("Take tags away"), required=False, max_length=1000)

    def how(self) -> dict[str, Any]:
        """Return the tags; one that is added and taken away is added."""
        add = list(self.cleaned_data["add"])
        return {"add": add, "remove": [tag for tag in self.cleaned_data["remove"] if tag not in add]}


class CloseManyForm(ManyForm):
    """How they ended."""

    outcome = forms.ChoiceField(
        label=_("How did they end?"), choices=[(each.value, each.label) for each in CLOSING_OUTCOMES]
    )


FORMS: dict[str, type[ManyForm]] = {
    Act.DECIDE: DecideManyForm,
    Act.ASSIGN: AssignManyForm,
    Act.TAG: TagManyForm,
    Act.CLOSE: CloseManyForm,
}


class ChosenForm(forms.Form):
    """What was chosen in a list, and what is to be done with it."""

    act = forms.ChoiceField(choices=[(act.value, act.label) for act in RIGHTS])
    list = forms.SlugField(max_length=100)
    q = forms.CharField(required=False, strip=False)
    profile = forms.CharField(required=False)
    everything = forms.BooleanField(required=False)
