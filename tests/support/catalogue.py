"""A small catalogue of translations, for tests that have to see another language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polib
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.template.autoreload import reset_loaders

from socialhub.translating import catalogues


def speak(settings: Any, folder: Path, language: str, texts: Mapping[str, str]) -> None:
    """Let the product have these translations, and no other of ours, until the test ends."""
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": catalogues.PLURALS[language],
    }
    catalogue.extend(polib.POEntry(msgid=text, msgstr=translation) for text, translation in texts.items())
    catalogues.write(language, catalogue, folder)
    settings.LOCALE_PATHS = [folder / "locale"]


@receiver(setting_changed)
def _print_anew(*, setting: str, **_about: object) -> None:
    # Templates keep what they printed in a language.
    if setting == "LOCALE_PATHS":
        reset_loaders()
