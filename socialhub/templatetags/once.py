"""The key by which a form that is sent twice is known (see ``teams.once``)."""

from uuid import uuid4

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = Library()


@register.simple_tag
def once() -> SafeString:
    """Return a hidden field with a new key, for forms that make something."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid4())
