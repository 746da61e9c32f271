"""What administrators and people fill in."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import ApiKey, Department, User
from teams.roles import COMPANY_ROLES, DEPARTMENT_ROLES, Role
from teams.time_zones import zone_choices

MOST_WORDS = 200
LONGEST_WORD = 60
MOST_HELD = 1000

COMPANY_CHOICES = [(role.value, role.label) for role in Role if role in COMPANY_ROLES]
NOT_A_MEMBER = "none"
PLACE_CHOICES = [
    *((r.value, r.label) for r in Role if r in DEPARTMENT_ROLES),
    (NOT_A_MEMBER, gettext_lazy("Not a member")),
]


class DepartmentForm(forms.Form):
    """A department's name and what makes a conversation concern it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Department.Kind.choices)
    offering = forms.ChoiceField(
        label=gettext_lazy("Who is offered the next conversation"),
        choices=Department.Offering.choices,
        required=False,
        help_text=gettext_lazy(
            "Offered are the most urgent and longest waiting first, to people who have attested the policy and hold "
            "fewer than they may. What nobody takes within the time to claim is offered to the next."
        ),
    )
    listens_for = forms.CharField(
        label=gettext_lazy("Listens for"),
        required=False,
        max_length=13_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Words or phrases, one on each line or with commas between. "
            "Who works here sees every conversation in which one occurs, whoever answers it."
        ),
    )

    def clean_listens_for(self) -> list[str]:
        """Return the words, each once."""
        words = [" ".join(word.split()) for word in re.split(r"[,;\n]", self.cleaned_data["listens_for"])]
        words = list(dict.fromkeys(word for word in words if word))
        if len(words) > MOST_WORDS:
            raise forms.ValidationError(_("A department listens for at most %(n)d words.") % {"n": MOST_WORDS})
        for word in words:
            if len(word) > LONGEST_WORD:
                raise forms.ValidationError(_("“%(word)s…” is too long to be found.") % {"word": word[:30]})
        return words

    @classmethod
    def of(cls, department: Department) -> "DepartmentForm":
        """Return the form filled in."""
        words = "\n".join(department.listens_for)
        return cls(
            initial={
                "name": department.name,
                "kind": department.kind,
                "offering": department.offering,
                "listens_for": words,
            }
        )


class PersonForm(forms.Form):
    """A person's name and the address with which they sign in."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)

    def clean_email(self) -> str:
        """Return the address as it is kept."""
        return str(self.cleaned_data["email"]).lower()


class CapacityForm(forms.Form):
    """How many conversations a person holds at once."""

    capacity = forms.IntegerField(
        label=gettext_lazy("Holds at most"),
        required=False,
        min_value=1,
        max_value=MOST_HELD,
        help_text=gettext_lazy(
            "Conversations at once; those that wait for a customer are not counted. Empty: as many as they like."
        ),
    )


class CompanyRolesForm(forms.Form):
    """What somebody is in the whole company."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles in the company"),
        choices=COMPANY_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class PlaceForm(forms.Form):
    """A person's place in a department."""

    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose a person")
    )
    role = forms.ChoiceField(label=gettext_lazy("Place"), choices=PLACE_CHOICES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = User.objects.active().by_name()

    def clean_role(self) -> str:
        """Return the role, empty for none."""
        role: str = self.cleaned_data["role"]
        return "" if role == NOT_A_MEMBER else role


class SeatForm(forms.Form):
    """Who represents a department."""

    representative = forms.ModelChoiceField(
        label=gettext_lazy("Representative"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose a member")
    )

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["representative"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = User.objects.active().filter(memberships__department=department).by_name()
        # Several of these forms stand on one page.
        self.auto_id = f"seat-{department.slug}-%s"


class OrganisationForm(forms.Form):
    """The company's name and clock."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        help_text=gettext_lazy("For everybody who has not chosen their own."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("Of mails, and of pages for browsers that ask for none of ours."),
    )


class AccountForm(forms.ModelForm[User]):
    """What people choose for themselves."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        choices=lambda: [("", _("That of the company")), *zone_choices()],
        help_text=gettext_lazy("Times on pages are shown in it."),
    )

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=lambda: [("", _("As the browser asks for")), *settings.LANGUAGES],
        help_text=gettext_lazy("Of pages and of mails to you."),
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme", "wants_email"]
        help_texts = {
            "theme": gettext_lazy("How pages look on this and every other device of yours."),
            "wants_email": gettext_lazy("What is told under the bell is told there in any case."),
        }


class DeviceForm(forms.Form):
    """What a browser says of itself that wants to be told things."""

    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=120)
    auth = forms.CharField(max_length=40)


class ApiKeyForm(forms.Form):
    """A key for a program."""

    EXPIRIES = (
        ("30", gettext_lazy("After 30 days")),
        ("90", gettext_lazy("After 90 days")),
        ("365", gettext_lazy("After a year")),
        ("never", gettext_lazy("Never")),
    )

    name = forms.CharField(
        label=gettext_lazy("What is it for?"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What may it do?"),
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiKey.Scope.READ],
        help_text=gettext_lazy("At most; your own rights limit it further."),
    )
    expires = forms.ChoiceField(label=gettext_lazy("When does it end?"), choices=EXPIRIES, initial="90")

    def expires_at(self, at: datetime) -> datetime | None:
        """Return when the key ends, if ever."""
        days = self.cleaned_data["expires"]
        return None if days == "never" else at + timedelta(days=int(days))
