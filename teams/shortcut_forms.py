"""Changing one's keys."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.shortcuts import BY_NAME, TABLE, AfterAct, Group, is_key


class ShortcutsForm(forms.Form):
    """A field for each key, and what is shown after an act."""

    after = forms.ChoiceField(
        label=gettext_lazy("After you decided, closed or handed on"),
        choices=AfterAct.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in TABLE:
            signs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "key-field"}
            widget = forms.TextInput(attrs={**signs, "data-key-field": each.key})
            self.fields[each.name] = forms.CharField(label=each.title, max_length=1, widget=widget)

    def clean(self) -> dict[str, Any]:
        """Refuse what is no key, and the same key twice."""
        data = super().clean() or {}
        had: dict[str, str] = {}
        for each in TABLE:
            pressed = data.get(each.name, "")
            if not pressed:
                continue
            if not is_key(pressed):
                self.add_error(each.name, _("Choose a letter, a digit or a sign."))
            elif pressed in had:
                told = {"key": pressed, "title": BY_NAME[had[pressed]].title}
                self.add_error(each.name, _("“%(key)s” is taken: %(title)s.") % told)
            else:
                had[pressed] = each.name
        return data

    def keys(self) -> dict[str, str]:
        """Return the keys by name."""
        return {each.name: self.cleaned_data[each.name] for each in TABLE}

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Return the fields as they are listed."""
        for group in Group:
            yield str(group.label), [self[each.name] for each in TABLE if each.group is group]
