"""Find the texts that Python code marks for translation, by functions that it imports by name.

These are Django's and our ``told``, whose text is translated where it is read.
``translation.gettext`` marks nothing: so a text is looked up that was marked elsewhere.
"""

import ast

from socialhub.translating.messages import Key, Messages, UnclearText

# Where each function takes its context, its text and its plural.
_PLACES = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
_PLACES |= {f"{name}_lazy": places for name, places in _PLACES.items() if not name.endswith("_noop")}
_PLACES["told"] = _PLACES["gettext"]
# By the module that they come from.
FUNCTIONS = {
    "django.utils.translation": _PLACES.keys() - {"told"},
    "socialhub.lib.told": {"told"},
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
        context_at, text_at, plural_at = _PLACES[function]
        key = Key(
            _constant(node, text_at, file),
            None if context_at is None else _constant(node, context_at, file),
        )
        messages.note(key, "" if plural_at is None else _constant(node, plural_at, file), file, node.lineno)


def _imported_names(tree: ast.Module) -> dict[str, str]:
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in FUNCTIONS.get(node.module or "", ())
    }


def _function_of(called: ast.expr, names: dict[str, str]) -> str | None:
    return names.get(called.id) if isinstance(called, ast.Name) else None


def _constant(call: ast.Call, index: int, file: str) -> str:
    argument = call.args[index] if index < len(call.args) else None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise UnclearText(file, call.lineno, "a text to translate has to be written out, as one string.")
