"""What the first visitor fills in."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from socialhub.setup.installing import Beginning
from teams.models import Department, User
from teams.time_zones import zone_choices

TEMPLATE = [kind for kind in Department.Kind if kind != Department.Kind.OTHER]
USUAL = {Department.Kind.MARKETING, Department.Kind.PUBLIC_RELATIONS, Department.Kind.CUSTOMER_SERVICE}


class SetUpForm(forms.Form):
    """The company, its departments, and the person who looks after this installation."""

    organisation = forms.CharField(label=gettext_lazy("Name of the company"), max_length=120)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zone_choices, initial="UTC")
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=gettext_lazy("You sign in with it."),
    )
    password = forms.CharField(
        label=gettext_lazy("Choose a password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters, and none of the passwords that everybody uses."),
    )
    answers_for_first = forms.BooleanField(
        label=gettext_lazy("I also answer customers, in the first department of the list"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].widget.attrs["data-guess-time-zone"] = ""
        for kind in TEMPLATE:
            self.fields[f"has_{kind}"] = forms.BooleanField(label=kind.label, required=False, initial=kind in USUAL)
            self.fields[f"name_{kind}"] = forms.CharField(
                label=_("Name of %(department)s here") % {"department": kind.label},
                required=False,
                max_length=80,
                initial=kind.label,
            )

    def department_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Return a checkbox and a name for each department of the template."""
        for kind in TEMPLATE:
            yield self[f"has_{kind}"], self[f"name_{kind}"]

    def clean(self) -> dict[str, Any]:
        """Check the password against the person, and the departments against each other."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("password"):
            person = User(name=data.get("name", ""), email=data.get("email", ""))
            try:
                password_validation.validate_password(data["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        seen: set[str] = set()
        for kind in TEMPLATE:
            if not data.get(f"has_{kind}"):
                continue
            name = data.get(f"name_{kind}", "")
            if not name and f"name_{kind}" not in self.errors:
                self.add_error(f"name_{kind}", _("Give this department a name, or leave it out."))
            elif name.casefold() in seen:
                self.add_error(f"name_{kind}", _("Two departments cannot have the same name."))
            seen.add(name.casefold())
        if not any(data.get(f"has_{kind}") for kind in TEMPLATE):
            self.add_error(None, _("Choose at least one department: somebody has to answer."))
        return data

    def beginning(self) -> Beginning:
        """Return what was chosen."""
        data = self.cleaned_data
        chosen = [(kind.value, data[f"name_{kind}"]) for kind in TEMPLATE if data[f"has_{kind}"]]
        return Beginning(
            organisation=data["organisation"],
            time_zone=data["time_zone"],
            # That of the page on which they were chosen.
            language=get_language() or settings.LANGUAGE_CODE,
            name=data["name"],
            email=data["email"],
            password=data["password"],
            departments=chosen,
            answers_for_first=data["answers_for_first"],
        )
