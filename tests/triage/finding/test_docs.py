from pathlib import Path

import pytest
from django.conf import settings

from triage.finding.vocabulary import VOCABULARY

PAGE = (Path(settings.BASE_DIR) / "docs" / "search.md").read_text()


@pytest.mark.parametrize("name", VOCABULARY)
def test_every_field_stands_in_the_documentation(name):
    field = VOCABULARY[name]
    words = ", ".join(f"`{word}`" for word in [*field.options, *field.named])

    assert f"| `{name}:` | {field.title} | `{field.example}` | {words} |\n" in PAGE
