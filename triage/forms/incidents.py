"""What somebody fills in who declares an incident, or changes one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from policies.editing.condition import ConditionEditor
from policies.editing.menus import MENUS
from policies.editing.posted import tree_in
from policies.editing.shown import shown
from policies.editing.tree import Group, Leaf, number, tree_of
from policies.engine.incidents import TERMS_OF_INCIDENTS, read_belonging
from policies.models import Incident
from policies.models.incident import MOST_HOLDING, MOST_NAME
from policies.services.incidents import Said
from socialhub.lib.errors import Invalid

# What the menus of the condition offer here.
OFFERED = tuple(
    (group, tuple(entry for entry in entries if entry.name in TERMS_OF_INCIDENTS))
    for group, entries in MENUS
    if any(entry.name in TERMS_OF_INCIDENTS for entry in entries)
)


class IncidentHead(forms.Form):
    """What an incident is called, how grave it is, and what may be said meanwhile."""

    # The revision that whoever changes it had before them.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Name"), max_length=MOST_NAME, help_text=_("Everybody reads it, on every page: “Outage in Oslo”.")
    )
    level = forms.TypedChoiceField(
        label=_("How grave it is"), choices=Incident.Level.choices, coerce=int, initial=1, widget=forms.RadioSelect
    )
    holding_text = forms.CharField(
        label=_("Holding text"),
        max_length=MOST_HOLDING,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("What may be said until there is more to say. It is offered to whoever answers."),
    )


class IncidentEditor(ConditionEditor):
    """One incident on the page: its head, and what belongs to it."""

    def __init__(self, head: IncidentHead, root: Group, before: Mapping[str, Any] | None = None) -> None:
        super().__init__(root)
        self.head = head
        self._before = before

    @classmethod
    def of(cls, incident: Incident | None) -> "IncidentEditor":
        """Return the editor filled in with an incident, or for a new one with a place for its words."""
        if incident is None:
            root = Group("all", [Leaf("words", {})])
            number(root)
            return cls(IncidentHead(), root)
        initial = {
            "seen": incident.revision,
            "name": incident.name,
            "level": incident.level,
            "holding_text": incident.holding_text,
        }
        return cls(IncidentHead(initial=initial), tree_of(incident.condition), incident.condition)

    @classmethod
    def acted(cls, posted: QueryDict) -> "IncidentEditor":
        """Return what was posted after a button other than the one that saves; nothing is refused yet."""
        head = IncidentHead(initial={name: posted.get(name, "") for name in IncidentHead.base_fields})
        editor = cls(head, tree_in(posted))
        editor.act(posted)
        return editor

    @classmethod
    def saved(cls, incident: Incident | None, posted: QueryDict) -> "IncidentEditor":
        """Return what was posted, with what is wrong at its place."""
        return cls(IncidentHead(posted), tree_in(posted), incident.condition if incident is not None else None)

    def said(self, posted: QueryDict) -> Said | None:
        """Return what was posted, or None after entering what is wrong."""
        condition = self.belonging(posted)
        if not self.head.is_valid() or condition is None:
            return None
        held = self.head.cleaned_data
        return Said(held["name"], held["level"], condition, held["holding_text"].replace("\r\n", "\n"))

    def belonging(self, posted: QueryDict) -> Mapping[str, Any] | None:
        """Return the condition that was posted, or None after entering what is wrong with it."""
        condition = self.take(posted, self._before)
        if condition is not None:
            try:
                read_belonging(condition)
            except Invalid as refusal:
                self.refuse(str(refusal))
                self.condition = None
        return self.condition

    def anew(self, incident: Incident) -> None:
        """Let what was posted be saved over what somebody else wrote."""
        self.head = IncidentHead(initial={**self.head.cleaned_data, "seen": incident.revision})

    def refuse_field(self, refusal: Invalid) -> None:
        """Say at its field why a service refused what was posted."""
        if refusal.field == "condition":
            self.refuse(str(refusal))
        else:
            self.head.add_error(refusal.field, str(refusal))

    def shown(self) -> dict[str, Any]:
        """Return the condition as templates draw it."""
        return shown(self.root, {}, newest=self.newest, menus=OFFERED)
