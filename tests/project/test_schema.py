from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


def test_committed_schema_is_that_of_the_code(tmp_path):
    made = tmp_path / "openapi.yaml"

    call_command("spectacular", file=str(made), fail_on_warn=True, validate=True, stdout=StringIO())

    assert COMMITTED.read_text() == made.read_text(), "Run manage.py spectacular --file docs/openapi.yaml"
