"""Find the texts that templates mark for translation, in the form in which Django looks them up."""

import re

from django.template import Engine, TemplateSyntaxError
from django.template.base import Lexer, Node, Template, TokenType, Variable
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from socialhub.translating.messages import Key, Messages, UnclearText

_TAGS = {"translate", "trans", "blocktranslate", "blocktrans"}
_IN_EXPRESSIONS = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')\)""")


def note_template(messages: Messages, text: str, file: str, engine: Engine) -> None:
    """Add what ``text``, the template ``file``, marks.

    The tags are read by Django itself, so trimmed texts and percent signs come out as pages ask for them.

    :raises UnclearText: the template cannot be read, or a tag shows something else than a written text.
    """
    tokens = Lexer(text).tokenize()
    try:
        nodes = list(_all_nodes(Template(text, engine=engine)))
    except TemplateSyntaxError as wrong:
        raise UnclearText(file, 1, str(wrong)) from wrong
    for node in nodes:
        _note_node(messages, node, file)
    for token in tokens:
        for words in _IN_EXPRESSIONS.findall(token.contents) if token.token_type != TokenType.TEXT else ():
            messages.note(Key(_as_looked_up(words[0] or words[1])), "", file, token.lineno or 1)
    marked = sum(token.token_type == TokenType.BLOCK and token.contents.split()[:1][0] in _TAGS for token in tokens)
    if marked != len(nodes):
        raise UnclearText(file, 1, f"{marked} texts are marked, {len(nodes)} were found.")


def _all_nodes(template: Template) -> list[TranslateNode | BlockTranslateNode]:
    found: list[TranslateNode | BlockTranslateNode] = []
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode | BlockTranslateNode):
            found.append(node)
    return found


def _note_node(messages: Messages, node: TranslateNode | BlockTranslateNode, file: str) -> None:
    line = (node.token.lineno if node.token is not None else None) or 1
    if isinstance(node, TranslateNode):
        written = node.filter_expression.var
        if not isinstance(written, Variable) or not isinstance(written.literal, str):
            raise UnclearText(file, line, "a text to translate has to be written out.")
        context = _context(node.message_context, file, line)
        messages.note(Key(_as_looked_up(written.literal), context), "", file, line)
        return
    singular, _names = node.render_token_list(node.singular)
    plural = node.render_token_list(node.plural)[0] if node.plural else ""
    messages.note(Key(singular, _context(node.message_context, file, line)), plural, file, line)


def _context(expression: object, file: str, line: int) -> str | None:
    if expression is None:
        return None
    written = getattr(expression, "var", None)
    if isinstance(written, str):
        return written
    raise UnclearText(file, line, "a context has to be written out.")


def _as_looked_up(text: str) -> str:
    return text.replace("%", "%%")
