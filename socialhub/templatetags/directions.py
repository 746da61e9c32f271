"""What other people wrote, beside our own words: each keeps its direction."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter(is_safe=False)
def isolated(text: object) -> SafeString:
    """Write a name from outside so that it turns nothing around it, whichever way its script runs."""
    return format_html("<bdi>{}</bdi>", text)
