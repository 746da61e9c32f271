import csv
from pathlib import Path

import pytest

from listening.importing.mapping import automatic_mapping, parse_mapping
from listening.importing.reading import RowFile
from listening.models import Channel, ImportRun, Mention
from listening.services import importing
from socialhub.lib.errors import Invalid
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON

pytestmark = pytest.mark.django_db

HEADER = "id,text,created_at,author,lang\n"


class Killed(BaseException):
    """The process ended."""


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory()


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "posts.csv"


@pytest.fixture
def rejected(tmp_path) -> Path:
    return tmp_path / "rejected.csv"


def write(path: Path, count: int, *, bad: tuple[int, ...] = ()) -> None:
    """Write ``count`` rows; those numbered in ``bad`` have no text. Row n stands on line n + 1."""
    rows = [f"{n},{'' if n in bad else f'Text {n}'},2026-03-01T10:00:00Z,anna,en\n" for n in range(1, count + 1)]
    path.write_text(HEADER + "".join(rows))


def read(channel, path, rejected, after_batch=lambda progress: None, told="") -> ImportRun:
    with RowFile(path) as file:
        mapping = parse_mapping(told, file.columns) if told else automatic_mapping(file.columns)
        run = importing.begin_run(channel=channel, path=path, mapping=mapping, at=NOON)
        importing.read_file(
            run=run, file=file, mapping=mapping, rejected_path=rejected, at=NOON, after_batch=after_batch
        )
    return ImportRun.objects.get(pk=run.pk)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.read_count, run.new_count, run.known_count, run.rejected_count


def lines_of(rejected: Path) -> list[list[str]]:
    with rejected.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_file_is_read_and_counted(channel, path, rejected, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    write(path, 5)

    run = read(channel, path, rejected)

    assert counts(run) == (5, 5, 0, 0)
    assert (run.last_line, run.finished_at, run.file_name) == (6, NOON, "posts.csv")
    assert channel.mentions.count() == 5
    assert not rejected.exists()


def test_a_second_run_knows_everything(channel, path, rejected):
    write(path, 5, bad=(2,))
    read(channel, path, rejected)
    first = lines_of(rejected)

    run = read(channel, path, rejected)

    assert counts(run) == (5, 0, 4, 1)
    assert channel.mentions.count() == 4
    assert ImportRun.objects.count() == 1
    assert lines_of(rejected) == first


def test_rejected_rows_are_told_with_line_and_reason(channel, path, rejected):
    path.write_text(HEADER + "1,Hello,,,\n2,,,,\n,Lost,,,\n4,Late,0000-01-01,,\n5,one,too,many,en,x\n6,Bye,,,\n")

    run = read(channel, path, rejected)

    assert counts(run) == (6, 2, 0, 4)
    told = lines_of(rejected)
    assert told[0] == ["line", "reason", "excerpt"]
    assert [(line, reason) for line, reason, _excerpt in told[1:]] == [
        ("3", "It has neither text nor a title."),
        ("4", "It has no id, so a second copy could not be told from the first."),
        ("5", told[3][1]),
        ("6", "It has 6 columns where the header has 5."),
    ]
    assert "0000-01-01" in told[3][1]


def test_a_reason_that_quotes_half_a_character_is_written(channel, tmp_path, rejected):
    path = tmp_path / "posts.ndjson"
    path.write_text('{"id": "1", "text": "Hello", "inbound": "\\ud800"}\n{"id": "2", "text": "Bye", "inbound": true}\n')

    run = read(channel, path, rejected, told="external_id=id,text=text,inbound=inbound")

    assert counts(run) == (2, 1, 0, 1)
    assert lines_of(rejected)[1][:2] == [
        "1",
        "The column for inbound says “\\ud800”, which is neither true nor false.",
    ]


@pytest.mark.parametrize("killed_after", [1, 2, 3, 4])
def test_a_killed_run_goes_on_behind_its_last_batch(channel, path, rejected, monkeypatch, killed_after):
    monkeypatch.setattr(importing, "BATCH", 3)
    write(path, 14, bad=(2, 6, 9, 14))
    batches = []

    def kill(progress: importing.Progress) -> None:
        batches.append(progress.run.last_line)
        if len(batches) == killed_after:
            raise Killed

    with pytest.raises(Killed):
        read(channel, path, rejected, kill)
    half = ImportRun.objects.get()
    assert counts(half)[0] == killed_after * 3
    assert half.finished_at is None

    run = read(channel, path, rejected, lambda progress: batches.append(progress.run.last_line))

    assert batches == [4, 7, 10, 13, 15]
    assert counts(run) == (14, 10, 0, 4)
    assert [row[0] for row in lines_of(rejected)] == ["line", "3", "7", "10", "15"]
    assert channel.mentions.count() == 10


def test_a_run_killed_within_a_batch_counts_it_once(channel, path, rejected, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 3)
    write(path, 8, bad=(2, 5))
    store, stored = importing.ingest.store_items, []

    def kill(**arguments: object) -> object:
        stored.append(arguments)
        if len(stored) == 2:
            store(**arguments)
            raise Killed
        return store(**arguments)

    monkeypatch.setattr(importing.ingest, "store_items", kill)
    with pytest.raises(Killed):
        read(channel, path, rejected)
    assert Mention.objects.count() == 2

    run = read(channel, path, rejected)

    assert counts(run) == (8, 6, 0, 2)
    assert [row[0] for row in lines_of(rejected)] == ["line", "3", "6"]


def test_another_mapping_of_a_file_is_another_run(channel, path, rejected):
    write(path, 3)
    read(channel, path, rejected)

    run = read(channel, path, rejected, told="external_id=id,text=author")

    assert ImportRun.objects.count() == 2
    assert counts(run) == (3, 0, 3, 0)


def test_a_channel_for_an_import_is_made_once_whatever_the_case():
    made = importing.import_channel(name=" Archive ", owner=None, at=NOON)

    assert importing.import_channel(name="ARCHIVE", owner=None, at=NOON) == made
    assert (made.name, made.kind) == ("Archive", "import")
    assert Channel.objects.count() == 1


def test_our_handles_are_added_to_those_of_the_channel():
    ChannelFactory(name="Archive", our_handles=["@nordlys"])

    channel = importing.import_channel(name="Archive", owner=None, at=NOON, our_handles=["@nordlys", "@help"])

    channel.refresh_from_db()
    assert channel.our_handles == ["@nordlys", "@help"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_channel_needs_a_name_that_fits(name):
    with pytest.raises(Invalid, match="A channel's name has from 1 to 80 characters\\."):
        importing.import_channel(name=name, owner=None, at=NOON)

    assert not Channel.objects.exists()
