import gzip
import json
import os
import random
import tracemalloc
from pathlib import Path

import pytest

from listening.importing.lines import MAX_ROW_BYTES, NotReadable
from listening.importing.reading import RejectedRow, Row, RowFile

TOO_LONG = "It is longer than 1,000,000 bytes, which is more than one row may have."
SAVE_AS = "Save it as CSV in UTF-8, or as one JSON object per line."
DAMAGED = "its contents do not match its checksum or are not packed data"
NOT_UTF8 = "It is not text in UTF-8: byte 0xE9 at position 4 belongs to another encoding."


@pytest.fixture
def read(tmp_path):
    def read(content: bytes | str, *, skip_to: int = 0) -> list[Row | RejectedRow]:
        path = tmp_path / "file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with RowFile(path) as file:
            file.skip_to(skip_to)
            return list(file)

    return read


def lines_and_reasons(rows):
    return [(row.line, row.reason) for row in rows if isinstance(row, RejectedRow)]


def ids(rows):
    return [row.values["id"] for row in rows if isinstance(row, Row)]


def test_csv_rows_carry_their_line_offset_and_values(read):
    assert read("id,text\n1,Hello\n2,World\n") == [
        Row(2, 8, {"id": "1", "text": "Hello"}),
        Row(3, 16, {"id": "2", "text": "World"}),
    ]


def test_csv_row_over_several_lines_has_the_line_on_which_it_begins(read):
    rows = read('id,text\n1,"a\nb ""quoted""\n\nc"\n2,d\n')

    assert rows == [
        Row(2, 8, {"id": "1", "text": 'a\nb "quoted"\n\nc'}),
        Row(6, 30, {"id": "2", "text": "d"}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfid,text\r\n1,Hello\r\n",
        b"id;text\n1;Hello",
        b"id\ttext\n1\tHello\n",
        b"sep=;\nid;text\n1;Hello\n",
        b'\n\n"id","text"\n"1","Hello"\n\n',
        gzip.compress(b"id,text\n1,Hello\n"),
        gzip.compress(b"id,text\n") + gzip.compress(b"1,Hello\n"),
        gzip.compress(b"id,text\n1,Hello\n") + bytes(100),
        b'{"id": "1", "text": "Hello"}\n',
        gzip.compress(b'\xef\xbb\xbf\n{"id": "1", "text": "Hello"}'),
    ],
)
def test_every_dialect_says_the_same(read, content):
    assert [row.values for row in read(content)] == [{"id": "1", "text": "Hello"}]


def test_columns_are_known_before_the_first_row(tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text('{"id": 1}\n{"id": 2, "user": {"name": "Ada", "address": {"city": "X"}}}\n', encoding="utf-8")

    with RowFile(path) as file:
        assert (file.kind, file.columns) == ("ndjson", ("id", "user.name", "user.address.city"))
        assert [row.values for row in file] == [{"id": 1}, {"id": 2, "user.name": "Ada", "user.address.city": "X"}]
        assert file.bytes_read == file.total_bytes == path.stat().st_size


def test_header_without_rows_has_none(read):
    assert read("id,text\n") == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"2", "It has 1 columns where the header has 2."),
        (b"2,a,b", "It has 3 columns where the header has 2."),
        (b"2,a\x00b", "It contains a NUL byte."),
        (b"2,caf\xe9", "It is not text in UTF-8: byte 0xE9 at position 6 belongs to another encoding."),
        (b'2,"a"b', "Its quotation marks do not pair up (',' expected after '\"')."),
        (b"2,a\rb", "It has a line end (a bare carriage return) in the middle of a column."),
    ],
)
def test_csv_row_that_cannot_be_read_costs_only_itself(read, row, reason):
    rows = read(b"id,text\n1,a\n" + row + b"\n3,c\n")

    assert lines_and_reasons(rows) == [(3, reason)]
    assert ids(rows) == ["1", "3"]


def test_rejected_row_shows_how_it_begins(read):
    rejected = read(b"id,text\n1,a," + b"x" * 500 + b"\n")[0]

    assert rejected.excerpt == "1,a," + "x" * 196


@pytest.mark.parametrize("tail", ['3,c\n4,"d"\n', "3,c\n4,d\n", "3,c\n4,d\n" + "5,e\n" * 400_000])
def test_stray_quotation_mark_costs_only_its_own_line(read, tail):
    rows = read('id,text\n1,a\n2,"b\n' + tail)

    assert [line for line, _reason in lines_and_reasons(rows)] == [3]
    assert ids(rows)[:3] == ["1", "3", "4"]
    assert len(ids(rows)) == 1 + tail.count("\n")


@pytest.mark.parametrize(
    "middle",
    [
        "2," + "x" * 10_000_000,
        '2,"' + "x" * 10_000_000 + '"',
        '2,"' + "x,y\n" * 2_500_000 + '"',
        '2,"' + "x" * 10_000_000 + '\n3,c\n"',
        '2,"a\n' + "x" * 10_000_000 + '\n3,c"',
    ],
)
def test_row_of_ten_megabytes_costs_only_itself(read, middle):
    rows = read(f"id,text\n1,a\n{middle}\n9,z\n")

    assert lines_and_reasons(rows) == [(3, TOO_LONG)]
    assert ids(rows) == ["1", "9"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "It is not valid JSON: expecting property name enclosed in double quotes at position 2."),
        ("[1]", "It is valid JSON, but not an object with named values."),
        ('"text"', "It is valid JSON, but not an object with named values."),
        ("[" * 100_000, "It is not JSON that can be read: a number is too long or it is nested too deeply."),
        (
            '{"id": ' + "9" * 5000 + "}",
            "It is not JSON that can be read: a number is too long or it is nested too deeply.",
        ),
        ('{"id": "\x00"}', "It contains a NUL byte."),
        ('{"id": "' + "x" * MAX_ROW_BYTES + '"}', TOO_LONG),
    ],
)
def test_json_line_that_cannot_be_read_costs_only_itself(read, line, reason):
    rows = read('{"id": "1"}\n' + line + '\n\n{"id": "3"}\n')

    assert lines_and_reasons(rows) == [(2, reason)]
    assert [(row.line, row.values["id"]) for row in rows if isinstance(row, Row)] == [(1, "1"), (4, "3")]


@pytest.mark.parametrize("cut", [1, 100, 5_000])
def test_gzip_that_ends_too_early_keeps_every_whole_row(read, cut):
    numbers = random.Random(7)
    rows = [f"{number},{numbers.random()}" for number in range(20_000)]
    whole = gzip.compress(("id,text\n" + "\n".join(rows) + "\n").encode())

    found = read(whole[: len(whole) - cut])

    last = found[-1]
    assert isinstance(last, RejectedRow)
    assert last.line == len(found) + 1
    assert last.reason == (
        f"The gzip file is damaged here: it ends too early. "
        f"Everything before line {last.line} was read, nothing after it can be."
    )
    assert ids(found) == [str(number) for number in range(len(found) - 1)]
    assert len(found) > 18_000 - cut


def test_gzip_that_is_broken_in_the_middle_keeps_what_comes_before(read):
    numbers = random.Random(7)
    rows = [f"{number},{numbers.random()}" for number in range(50_000)]
    packed = bytearray(gzip.compress(("id,text\n" + "\n".join(rows) + "\n").encode()))
    middle = len(packed) // 2
    packed[middle : middle + 4000] = bytes(4000)

    found = read(bytes(packed))

    assert isinstance(found[-1], RejectedRow)
    assert found[-1].reason.startswith("The gzip file is damaged here: ")
    good = ids(found)
    assert good[:20_000] == [str(number) for number in range(20_000)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (gzip.compress(b""), "The file is empty."),
        (b"PK\x03\x04rest", f"The file is an Excel workbook or a ZIP archive. {SAVE_AS}"),
        (b"%PDF-1.7", f"The file is a PDF. {SAVE_AS}"),
        ("id,text\n1,a".encode("utf-16"), f"The file is text in UTF-16. {SAVE_AS}"),
        (b"\n<!DOCTYPE html><p>", "The file is a web page (HTML), perhaps an error message instead of the download."),
        (b"<?xml version='1.0'?><rss/>", f"The file is XML. {SAVE_AS}"),
        (bytes(range(256)) * 10, "The file is not text, so it has no rows to read."),
        (b"id,text\r1,a\r", "The file ends its lines as Mac OS 9 did. Save it again as CSV in UTF-8."),
        (b'[{"id": 1}]', "The file is one JSON list. Write one object per line instead (jq -c '.[]' does it)."),
        (b"id,id\n1,2\n", "The header names the column “id” twice."),
        (b"caf\xe9,text\n", f"The header cannot be read. {NOT_UTF8}"),
        (b"x" * 2_000_000, "The first line of the file is not a header that names the columns."),
        (b"\x1f\x8bnot gzip", f"The file is gzip, but damaged from its beginning: {DAMAGED}."),
    ],
)
def test_file_that_has_no_rows_says_what_it_is(read, content, told):
    with pytest.raises(NotReadable) as refusal:
        read(content)

    assert str(refusal.value) == told


def test_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(NotReadable) as refusal:
        RowFile(tmp_path / "nothing.csv")

    assert str(refusal.value) == "There is no file nothing.csv."


def test_folder_is_not_a_file(tmp_path):
    with pytest.raises(NotReadable) as refusal:
        RowFile(tmp_path)

    assert str(refusal.value) == f"The file {tmp_path.name} cannot be opened: Is a directory."


def test_reading_goes_on_where_it_stopped(read):
    content = "id,text\n1,a\n2\n3,c\n4,d\n"

    assert read(content, skip_to=4) == read(content)[2:]


def test_reading_takes_constant_memory(tmp_path):
    path = tmp_path / "big.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write("id,text\n")
        file.writelines(f"{number},{'x' * 500}\n" for number in range(60_000))

    tracemalloc.start()
    with RowFile(path) as rows:
        count = sum(1 for _row in rows)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 60_000
    assert peak < 8_000_000


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
def test_real_tweets_are_all_readable():
    with RowFile(Path(os.environ["SOCIALHUB_REALDATA"]) / "twcs_tweets.csv.gz") as file:
        rows = list(file)

    assert lines_and_reasons(rows) == []
    assert len(rows) == 14_819
    assert len({row.values["tweet_id"] for row in rows if isinstance(row, Row)}) == 14_819


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
def test_real_conversations_are_all_readable():
    path = Path(os.environ["SOCIALHUB_REALDATA"]) / "cdp_conversations.ndjson.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        expected = [json.loads(line)["conversation_id"] for line in lines]

    with RowFile(path) as file:
        assert [row.values["conversation_id"] for row in file if isinstance(row, Row)] == expected
