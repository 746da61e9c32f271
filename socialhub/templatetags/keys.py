"""The keys of the person who looks, as pages print them."""

from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from teams.shortcuts import BY_NAME, changed_keys, keys_of

register = Library()


@register.simple_tag(takes_context=True)
def key(context: Context, name: str) -> str:
    """Return the key of an act; empty where the person has given it away.

    A part that is kept knows no person: it is handed their ``own_keys`` as ``kept_keys``.
    """
    handed: tuple[tuple[str, str], ...] | None = context.get("kept_keys")
    if handed is not None:
        return dict(handed).get(name, BY_NAME[name].key)
    user = getattr(context.get("request"), "user", None)
    # Hardly anybody has changed one, and a page asks for a dozen.
    return keys_of(user)[name] if changed_keys(user) else BY_NAME[name].key


@register.simple_tag(takes_context=True)
def shortcut(context: Context, name: str) -> SafeString:
    """Return the attributes by which an element is reached with its key."""
    pressed = key(context, name)
    if not pressed:
        return format_html('data-command="{}"', name)
    return format_html('data-shortcut="{}" aria-keyshortcuts="{}"', pressed, pressed)


@register.simple_tag(takes_context=True)
def kbd(context: Context, name: str) -> SafeString:
    """Return the key of an act as a label; the element beside it names the key for those who hear the page."""
    pressed = key(context, name)
    return format_html('<kbd class="key" aria-hidden="true">{}</kbd>', pressed) if pressed else SafeString("")
