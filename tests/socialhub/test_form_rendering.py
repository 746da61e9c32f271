import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from socialhub.lib.form_rendering import FormRenderer

CHOICES = [("", "Choose <one>"), ("1", mark_safe("<b>One</b>")), ("Group & co", [("2", "Two"), (3, "Three")])]


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.Select(choices=CHOICES), "2"),
        (forms.Select(attrs={"disabled": True, "hidden": False, "title": 'a "b"'}, choices=CHOICES), None),
        (forms.SelectMultiple(choices=CHOICES), ["1", "3"]),
        (forms.NullBooleanSelect(), True),
        (forms.TextInput(attrs={"autocomplete": "off", "required": True}), "<a> & 'b'"),
        (forms.TextInput(), None),
        (forms.HiddenInput(), 7),
        (forms.NumberInput(attrs={"min": 0, "max": 5}), 0),
        (forms.EmailInput(), "a@b.example"),
        (forms.DateInput(), "2026-11-22"),
        (forms.Textarea(), "<text>"),
        (forms.RadioSelect(choices=CHOICES[:2]), "1"),
    ],
)
def test_a_widget_is_printed_as_its_template_prints_it(widget, value):
    attrs = {"id": "id_field", "aria-describedby": "x"}
    printed = widget.render("field", value, attrs, renderer=FormRenderer())

    assert _told(printed) == _told(widget.render("field", value, attrs, renderer=DjangoTemplates()))


def _told(html):
    return re.sub(r">\s+", ">", re.sub(r"\s+<", "<", html.strip()))
