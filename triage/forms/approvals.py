"""What people fill in about approvals: whose word is needed, and what they say."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import Department, User
from teams.roles import Role
from triage.models import Approval
from triage.services.approving.standing import Needed
from triage.services.approving.steps import MOST_ASKED, ROLES, may_approve
from triage.services.approving.verdicts import MAX_NOTE

PLACES = [f"approval_{number}" for number in range(1, MOST_ASKED + 1)]


class ApprovalFields(forms.Form):
    """Whose approval the answer needs: names as the list beside the fields offers them, in their order."""

    approval_mode = forms.ChoiceField(
        label=gettext_lazy("How many"), choices=Approval.Mode.choices, required=False, initial=Approval.Mode.ANY
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, place in enumerate(PLACES, start=1):
            attrs = {"list": "approvers", "autocomplete": "off"}
            self.fields[place] = forms.CharField(
                label=_("Approver %(number)d") % {"number": number},
                required=False,
                max_length=300,
                widget=forms.TextInput(attrs=attrs),
            )

    @cached_property
    def departments(self) -> list[Department]:
        """The departments that the page names, read once."""
        return list(Department.objects.active().by_name())

    def approvers(self) -> list[str]:
        """Return whom the list beside the fields offers: departments, roles and people."""
        people = [_person(one) for one in may_approve().only("name", "email")]
        return [*map(_department, self.departments), *map(_role, ROLES), *people]

    def approval_fields(self) -> list[forms.BoundField]:
        """Return the fields of those who are asked."""
        return [self[place] for place in PLACES]

    @property
    def has_approval(self) -> bool:
        """Whether somebody is asked, so that the part stands open."""
        return any(self[place].value() for place in PLACES)

    def clean(self) -> dict[str, Any]:
        """Find everybody who was named."""
        data = super().clean() or self.cleaned_data
        asked = []
        for place in PLACES:
            name = data.get(place, "")
            if not name:
                continue
            found = _find(name)
            if found is None:
                self.add_error(place, _("Nobody who may approve is called so. Choose from the list."))
            elif found not in asked:
                asked.append(found)
        data["needed"] = Needed(Approval.Mode(data.get("approval_mode") or "any"), tuple(asked)) if asked else None
        return data

    @staticmethod
    def told(needed: Needed | None) -> dict[str, Any]:
        """Return the initial values that say ``needed`` again."""
        if needed is None:
            return {}
        values = [_say(one) for one in needed.asked]
        return {"approval_mode": needed.mode.value, **dict(zip(PLACES, values, strict=False))}


class VerdictForm(forms.Form):
    """What an approver says."""

    verdict = forms.ChoiceField(choices=[("approve", ""), ("edit", ""), ("reject", "")])
    body = forms.CharField(required=False, max_length=10_000)
    note = forms.CharField(required=False, max_length=MAX_NOTE)


def _person(user: User) -> str:
    return f"{user.name} · {user.email}"


def _department(department: Department) -> str:
    return _("%(name)s · department") % {"name": department.name}


def _role(role: Role) -> str:
    return _("%(name)s · role") % {"name": role.label}


def _say(one: dict[str, Any]) -> str:
    if "role" in one:
        return _role(Role(one["role"]))
    if "person" in one:
        person = User.objects.filter(pk=one["person"]).first()
        return _person(person) if person is not None else ""
    department = Department.objects.filter(pk=one["department"]).first()
    return _department(department) if department is not None else ""


def _find(said: str) -> dict[str, Any] | None:
    """Return whom a line of the list means; a name or an e-mail address alone does too, where it is one's only."""
    wanted = said.strip().casefold()
    for role in ROLES:
        if wanted in (_role(role).casefold(), str(role.label).casefold()):
            return {"role": role.value}
    departments = [
        one for one in Department.objects.active() if wanted in (_department(one).casefold(), one.name.casefold())
    ]
    people = [
        one for one in may_approve() if wanted in (_person(one).casefold(), one.name.casefold(), one.email.casefold())
    ]
    if len(departments) + len(people) != 1:
        return None
    return {"department": departments[0].pk} if departments else {"person": people[0].pk}
