"""The tag around what is the same for everybody: it is printed once, and kept."""

from typing import Any

from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader_tags import BlockNode
from django.utils.functional import LazyObject, Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = Library()

# Of one place in one template: few languages, times the few things that it may say.
MOST_KEPT = 100


class KeptNode(Node):
    """A part of a template, kept by language and by the values that it was given."""

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self._values = values
        self._kept: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """Return the part as it was printed before."""
        values = tuple(_plain(value.resolve(context)) for value in self._values.values())
        key = (get_language(), *values)
        printed = self._kept.get(key)
        if printed is None:
            printed = self._print(context, values)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = printed
        return printed

    def _print(self, context: Context, values: tuple[Any, ...]) -> SafeString:
        # A context of its own: what is personal is not known in here, and cannot be kept for somebody else.
        apart = Context(dict(zip(self._values, values, strict=True)), autoescape=context.autoescape)
        apart.template = context.template
        return self.nodelist.render(apart)


def _plain(value: Any) -> Any:
    """Return a value without what it holds on to while it is not asked: a request, for as long as it is kept."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, LazyObject):
        bool(value)
        return value._wrapped
    return value


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Print what stands until ``endkept`` once for each language and each of the values given as ``name=value``.

    Inside nothing else is known: no request, no person, no token of a form. The values must be
    hashable, and few: where one is new each time, all is forgotten again and again.

    :raises TemplateSyntaxError: a block is inside, which other templates fill, or a value has no name.
    """
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"Values are given as name=value, not as {bits[0]}.")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("What is kept has no blocks: other templates fill them otherwise.")
    return KeptNode(nodelist, values)
