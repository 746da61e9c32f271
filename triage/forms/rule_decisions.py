"""What somebody fills in who checks what rules decide, and who stops them."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from policies.models import PolicyVersion, Rule
from triage.services.reasons import MAX_REASON
from triage.states import Departure

EVERY = "every"


class ReversalForm(forms.Form):
    """Why a decision of a rule is reversed."""

    departure = forms.ChoiceField(choices=Departure.choices)


class DecidingStopForm(forms.Form):
    """Which rule must not decide any more, and why."""

    rule = forms.ChoiceField(label=_("What must not decide?"))
    reason = forms.CharField(
        label=_("Reason"), max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_force = PolicyVersion.objects.in_force()
        rules = Rule.objects.filter(clause__version__in=in_force, outcome__decides=True).select_related("clause")
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        offered = [
            (str(rule.key), f"{rule.clause.label} {rule.name}")
            for rule in rules.order_by("clause__number", "position")
            if rule.outcome.get("disposition") in rule.clause.may_decide
        ]
        field.choices = [(EVERY, _("Every rule")), *offered]
        # Whether any rule of the version in force decides by itself.
        self.offers_rules = bool(offered)

    def rule_key(self) -> UUID | None:
        """Return the rule that is meant; None is every one."""
        chosen: str = self.cleaned_data["rule"]
        return None if chosen == EVERY else UUID(chosen)
