"""Widgets as Django's templates print them, without the templates: a menu of a hundred people costs no time."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape as _escape
from django.utils.safestring import SafeString, mark_safe

_INPUTS = frozenset(f"django/forms/widgets/{kind}.html" for kind in ("text", "hidden", "number", "email", "date"))
_SELECT = "django/forms/widgets/select.html"
_OPTION = "django/forms/widgets/select_option.html"


class FormRenderer(DjangoTemplates):
    """Django's own renderer, but for the widgets that pages print by the dozen."""

    def render(self, template_name: str, context: Any, request: Any = None) -> SafeString:
        """Print a widget; what is not among the plain ones is left to its template."""
        widget = context.get("widget") if isinstance(context, dict) else None
        if widget is not None and template_name in _INPUTS:
            return mark_safe(_input(widget))  # noqa: S308 - every part is escaped
        if widget is not None and template_name == _SELECT and _is_plain(widget["optgroups"]):
            return mark_safe(_select(widget))  # noqa: S308 - every part is escaped
        return SafeString(super().render(template_name, context, request))


def _is_plain(groups: Iterable[tuple[Any, list[dict[str, Any]], int]]) -> bool:
    return all(option["template_name"] == _OPTION for _name, options, _index in groups for option in options)


def _input(widget: Mapping[str, Any]) -> str:
    value = {} if widget["value"] is None else {"value": str(widget["value"])}
    named = {"type": widget["type"], "name": widget["name"], **value}
    return f"<input{_attributes(named)}{_attributes(widget['attrs'])}>"


def _select(widget: Mapping[str, Any]) -> str:
    parts = [f"<select{_attributes({'name': widget['name'], **widget['attrs']})}>"]
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f"<optgroup{_attributes({'label': group})}>")
        for option in options:
            attributes = _attributes({"value": str(option["value"]), **option["attrs"]})
            parts.append(f"<option{attributes}>{_escape(option['label'])}</option>")
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return "".join(parts)


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "".join(
        f" {_escape(name)}" if value is True else f' {_escape(name)}="{_escape(str(value))}"'
        for name, value in attributes.items()
        if value is not False
    )
