import csv
import io

import pytest

from insights.csv_files import table_rows
from insights.tables import Row, Table, number, span
from socialhub.lib.spreadsheets import csv_response, guarded


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(start):
    assert guarded(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("cell", ["Draw a map.", "", "a=b", 5, -5, None])
def test_other_cells_stay_as_they_are(cell):
    assert guarded(cell) == cell


def test_a_file_is_streamed_with_its_name():
    response = csv_response("numbers.csv", [["=1", 2], ["ø, å", None]])

    text = b"".join(response).decode()
    assert text == '\ufeff\'=1,2\r\n"ø, å",\r\n'
    assert response["Content-Disposition"] == 'attachment; filename="numbers.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_a_table_becomes_one_line_per_number():
    table = Table("Times", ["Step", "Count", "Median"], [Row("Decide", [number(3), span(None)])])

    assert list(table_rows([table])) == [
        ["Table", "Row", "Column", "Value"],
        ["Times", "Decide", "Count", 3],
        ["Times", "Decide", "Median", None],
    ]


def test_a_line_break_in_a_cell_stays_in_its_cell():
    text = b"".join(csv_response("a.csv", [["one\ntwo", "three"]])).decode("utf-8-sig")

    assert list(csv.reader(io.StringIO(text))) == [["one\ntwo", "three"]]
