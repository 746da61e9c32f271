import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.functional import Promise

from socialhub.settings import base
from socialhub.translating import catalogues
from socialhub.translating.checking import problems

LANGUAGES = [code for code, _name in base.LANGUAGES if code != "en"]
WORDS, PLACEHOLDERS = re.compile(r"[^\W\d]{2,}"), re.compile(r"%\(\w+\)\w")


@pytest.fixture(scope="module")
def messages():
    return catalogues.messages_of_the_code()


def test_every_language_that_is_offered_has_a_catalogue():
    found = sorted(path.parent.parent.name for path in (catalogues.ROOT / "locale").rglob("django.po"))

    assert found == sorted(LANGUAGES) == sorted(catalogues.PLURALS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_of_the_code_translated_and_no_other(language, messages):
    assert problems(language, messages) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_as_the_command_writes_it(language, messages, tmp_path):
    catalogues.write(language, catalogues.renewed(language, messages, catalogues.read(language)), tmp_path)

    assert catalogues.path_of(language).read_text() == catalogues.path_of(language, tmp_path).read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_texts_stay_english(language, messages):
    # A catalogue that was filled with its own originals has hundreds of them.
    same = [entry.msgid for entry in catalogues.read(language) if entry.msgstr == entry.msgid]

    assert [text for text in same if len(WORDS.findall(PLACEHOLDERS.sub("", text))) > 3] == []


def all_below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from all_below(one)


def said_of_fields() -> Iterator[tuple[str, object]]:
    """Give what pages say of the fields of models and forms: their choices, and what stands at those of forms."""
    import_module(settings.ROOT_URLCONF)
    for model in apps.get_models():
        for field in model._meta.fields:
            # What has no other labels than the names of its values is shown nowhere.
            if field.flatchoices not in UNLABELLED:
                yield from ((str(field), label) for _value, label in field.flatchoices)
    for kind in all_below(forms.BaseForm):
        for name, field in getattr(kind, "base_fields", {}).items():
            choices = field.__dict__.get("_choices", ())
            labels = [label for _value, label in choices] if isinstance(choices, list | tuple) else []
            for said in (field.label, field.help_text, field.widget.attrs.get("placeholder"), *labels):
                yield f"{kind.__module__}.{kind.__name__}.{name}", said


UNLABELLED = [
    kind.choices
    for kind in all_below(models.Choices)
    if kind not in (models.TextChoices, models.IntegerChoices)
    and not any(isinstance(label, Promise) for _value, label in kind.choices)
]
LANGUAGE_NAMES = {name for _code, name in base.LANGUAGES}


def test_no_field_is_described_in_one_language_only(messages):
    # What is translated while the code is read speaks to everybody as the process does that reads it.
    texts = {key.singular.casefold() for key in messages}

    assert [
        (name, said)
        for name, said in said_of_fields()
        if isinstance(said, str) and said.casefold() in texts and said not in LANGUAGE_NAMES
    ] == []


def test_no_module_translates_while_it_is_read():
    found = []
    for package in catalogues.PACKAGES:
        for path in sorted((catalogues.ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found += [f"{path.relative_to(catalogues.ROOT)}:{line}" for line in said_at_once(path.read_text())]

    assert found == []


def said_at_once(source: str) -> list[int]:
    """Return the lines that translate at once, outside of any function."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if not alias.name.endswith(("_lazy", "_noop"))
    }
    lines = []
    left: list[ast.AST] = [tree]
    while left:
        for node in ast.iter_child_nodes(left.pop()):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                lines.append(node.lineno)
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                left.append(node)
    return lines


def test_a_text_that_a_module_translates_is_found():
    head = "from django.utils.translation import gettext as _, gettext_lazy\n"

    assert said_at_once(f"{head}class A:\n    names = [_('Up')]\n") == [3]
    assert said_at_once(f"{head}A = gettext_lazy('Up')\ndef f():\n    return _('Up')\n") == []
