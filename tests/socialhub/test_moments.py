import re
from datetime import date
from pathlib import Path

import pytest
from django.template import engines
from django.utils import translation

from socialhub.lib.moments import OTHERWISE, date_format, decimal, grouped
from socialhub.translating.catalogues import PACKAGES, ROOT
from tests.factories.teams import OrganisationFactory, UserFactory
from tests.support.catalogue import speak

DAY = date(2026, 3, 4)
IN_TEMPLATES = re.compile(r"""\|date:["']([^"']+)["']""")
IN_CODE = re.compile(r"""date_format\([^"\n]*"([^"]+)"(?: if [^"\n]* else "([^"]+)")?""")


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "4 March 2026", "4 Mar 2026"),
        ("de", "4. März 2026", "4. Mär 2026"),
        ("es", "4 de marzo de 2026", "4 mar 2026"),
        ("fr", "4 mars 2026", "4 mar 2026"),
    ],
)
def test_dates_are_written_as_in_the_language(language, long, short):
    with translation.override(language):
        written = engines["django"].from_string('{{ day|date:"j F Y" }}').render({"day": DAY})

        assert [written, date_format(DAY, "j F Y")] == [long, long]
        assert date_format(DAY, "j M Y").casefold().replace(".", "") == short.casefold().replace(".", "")


@pytest.mark.parametrize(
    ("language", "number"), [("en", "1,234,567"), ("de", "1.234.567"), ("fr", "1\xa0234\xa0567"), (None, "1,234,567")]
)
def test_whole_numbers_are_grouped_as_in_the_language(language, number):
    with translation.override(language or "en"):
        assert grouped(1_234_567) == number


@pytest.mark.parametrize(("language", "numbers"), [("en", ["1", "1.5"]), ("de", ["1", "1,5"]), ("fr", ["1", "1,5"])])
def test_decimals_are_written_as_in_the_language(language, numbers):
    with translation.override(language):
        assert [decimal(1), decimal(1.5)] == numbers


def used_formats():
    used = set()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        used |= set(IN_TEMPLATES.findall(path.read_text()))
    for package in PACKAGES:
        for path in sorted(Path(ROOT / package).rglob("*.py")):
            used |= {shape for pair in IN_CODE.findall(path.read_text()) for shape in pair if shape}
    return used


def test_every_format_with_a_day_has_one_for_german():
    with_days = {shape for shape in used_formats() if "j" in shape}

    assert with_days
    assert sorted(with_days - OTHERWISE["de"].keys()) == []


def test_every_format_with_a_written_month_has_one_for_spanish():
    assert sorted({shape for shape in used_formats() if "F" in shape} - OTHERWISE["es"].keys()) == []


def test_pages_are_told_how_spans_are_written_since_their_script_counts_on(client, settings, tmp_path, db):
    texts = {"%(n)d min": "%(n)d Min.", "%(n)d h": "%(n)d Std.", "%(n)d d": "%(n)d T.", "%(n)d y": "%(n)d J."}
    speak(settings, tmp_path, "de", texts)
    OrganisationFactory()
    client.force_login(UserFactory(language="de"))

    page = client.get("/account/").content.decode()

    assert 'data-units="%(n)d Min.|%(n)d Std.|%(n)d T.|%(n)d J."' in page
