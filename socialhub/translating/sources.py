"""Find the texts that Python code marks for translation, by functions that it imports by name.

``translation.gettext`` marks nothing: so a text is looked up that was marked elsewhere.
"""

import ast

from socialhub.translating.messages import Key, Messages, UnclearText

MODULE = "django.utils.translation"
# Where each function takes its context, its text and its plural.
_PLACES = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
FUNCTIONS = {
    name: places
    for base, places in _PLACES.items()
    for name in ((base,) if base.endswith("_noop") else (base, f"{base}_lazy"))
}


def note_python(messages: Messages, text: str, file: str) -> None:
    """Add what ``text``, the Python file ``file``, marks.

    :raises UnclearText: a text is put together instead of written out.
    """
    tree = ast.parse(text, filename=file)
    names = _imported_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = _function_of(node.func, names)
        if function is None:
            continue
        context_at, text_at, plural_at = FUNCTIONS[function]
        key = Key(
            _constant(node, text_at, file),
            None if context_at is None else _constant(node, context_at, file),
        )
        messages.note(key, "" if plural_at is None else _constant(node, plural_at, file), file, node.lineno)


def _imported_names(tree: ast.Module) -> dict[str, str]:
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == MODULE
        for alias in node.names
        if alias.name in FUNCTIONS
    }


def _function_of(called: ast.expr, names: dict[str, str]) -> str | None:
    return names.get(called.id) if isinstance(called, ast.Name) else None


def _constant(call: ast.Call, index: int, file: str) -> str:
    argument = call.args[index] if index < len(call.args) else None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise UnclearText(file, call.lineno, "a text to translate has to be written out, as one string.")
