import csv
import gzip
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from listening.models import Channel, Mention, WaitingMention
from triage.models import Conversation, Event
from triage.states import Outcome, Stage

# The command stores on one connection and takes in on another.
pytestmark = pytest.mark.django_db(transaction=True)

POSTS = """id,text,date,author,parent_id,inbound
3,Still dark here,2026-03-01T10:20:00Z,anna,2,True
1,The power is out,2026-03-01T10:00:00Z,anna,,True
2,We are on it,2026-03-01T10:10:00Z,nordlys,1,False
4,Lovely solar roof,2026-03-01T11:00:00Z,bo,,True
5,Good morning,2026-03-01T08:00:00Z,nordlys,,False
6,,2026-03-01T08:00:00Z,bo,,True
7,Cold radiators,2026-03-01T09:00:00Z,cy,99,True
8,Seen,2026-03-01T09:30:00Z,nordlys,7,False
"""
TOLD = "external_id=id,text=text,published_at=date,author_id=author,in_reply_to=parent_id,inbound=inbound"


@pytest.fixture
def posts(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "posts.csv"
    path.write_text(POSTS)
    return path


def run(path: object, *arguments: str, channel: str = "Archive") -> list[str]:
    out = StringIO()
    call_command("import_mentions", str(path), "--channel", channel, *arguments, stdout=out)
    return out.getvalue().splitlines()


def threads() -> list[tuple[list[str], str, str]]:
    return sorted(
        (
            sorted(entry.mention.external_id for entry in conversation.entries.select_related("mention")),
            conversation.stage,
            conversation.outcome,
        )
        for conversation in Conversation.objects.all()
    )


def rejected_rows() -> list[list[str]]:
    with Path("posts.csv.rejected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_file_goes_through_the_whole_pipeline(policy, posts):
    told = run(posts, "--map", TOLD)

    assert [line.split(" in ")[0] for line in told[:1]] == ["8 rows read"]
    assert told[0].split(": ")[1] == "7 new mentions, 0 known already, 1 rejected."
    assert told[1:] == [
        "The channel “Archive” now has 7 mentions in 3 conversations.",
        f"Rejected rows, with line and reason: {Path.cwd() / 'posts.csv.rejected.csv'}",
    ]
    assert threads() == [
        (["1", "2", "3"], Stage.NEW, ""),
        (["4"], Stage.NEW, ""),
        (["7", "8"], Stage.CLOSED, Outcome.ELSEWHERE),
    ]
    assert rejected_rows()[1][:2] == ["7", "It has neither text nor a title."]
    assert not WaitingMention.objects.exists()


def test_a_second_run_changes_nothing(policy, posts):
    run(posts, "--map", TOLD)
    events = Event.objects.count()

    told = run(posts, "--map", TOLD)

    assert told[0].split(": ")[1] == "0 new mentions, 7 known already, 1 rejected."
    assert told[1] == "The channel “Archive” now has 7 mentions in 3 conversations."
    assert Event.objects.count() == events


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_threads_are_the_same_however_the_file_is_cut(policy, posts, monkeypatch, batch):
    monkeypatch.setattr("listening.services.importing.BATCH", batch)

    run(posts, "--map", TOLD)

    assert [thread for thread in threads() if thread[2] != Outcome.MERGED] == [
        (["1", "2", "3"], Stage.NEW, ""),
        (["4"], Stage.NEW, ""),
        (["7", "8"], Stage.CLOSED, Outcome.ELSEWHERE),
    ]


def test_a_packed_file_is_read_like_a_plain_one(policy, posts, tmp_path):
    packed = tmp_path / "posts.csv.gz"
    packed.write_bytes(gzip.compress(POSTS.encode()))

    assert run(packed, "--map", TOLD)[0].split(": ")[1] == "7 new mentions, 0 known already, 1 rejected."


def test_our_handles_tell_our_own_posts(policy, posts):
    run(
        posts,
        "--ours",
        "@Nordlys, @other",
        "--map",
        "external_id=id,text=text,published_at=date,author_id=author,in_reply_to=parent_id",
    )

    assert sorted(Mention.objects.filter(is_ours=True).values_list("external_id", flat=True)) == ["2", "5", "8"]
    assert Channel.objects.get().our_handles == ["@Nordlys", "@other"]


def test_a_killed_import_goes_on_where_it_stopped(policy, posts, monkeypatch):
    monkeypatch.setattr("listening.services.importing.BATCH", 3)
    store, calls = Mention.objects.count, []

    def kill(*_: object, **__: object) -> None:
        calls.append(store())
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("triage.management.commands.import_mentions.Command._show", kill)
        with pytest.raises(KeyboardInterrupt):
            run(posts, "--map", TOLD)
    assert calls == [3, 5]

    told = run(posts, "--map", TOLD)

    assert told[0] == "Going on after line 7, where an earlier run stopped."
    assert told[1].split(": ")[1] == "7 new mentions, 0 known already, 1 rejected."
    assert told[2] == "The channel “Archive” now has 7 mentions in 3 conversations."
    assert [row[0] for row in rejected_rows()] == ["line", "7"]


def test_a_missing_file_is_told(policy, tmp_path):
    with pytest.raises(CommandError, match=r"There is no file .*nothing\.csv\."):
        run(tmp_path / "nothing.csv")

    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("external_id=id,text=nope", "The file has no column “nope” for the field “text”. The columns are: "),
        ("external_id=id", "No column is mapped to text. Say which with --map text=…. The columns are: "),
        ("external_id=id,txt=text", "There is no field “txt”. The fields are: "),
    ],
)
def test_a_wrong_mapping_is_told(policy, posts, told, sentence):
    with pytest.raises(CommandError) as refused:
        run(posts, "--map", told)

    assert str(refused.value).startswith(sentence)
    assert not Channel.objects.exists()


def test_a_channel_name_that_does_not_fit_is_told(policy, posts):
    with pytest.raises(CommandError, match="A channel's name has from 1 to 80 characters\\."):
        run(posts, "--map", TOLD, channel="x" * 81)


def test_a_file_for_rejected_rows_that_cannot_be_written_is_told(policy, posts, tmp_path):
    with pytest.raises(CommandError, match=r"No such file or directory: .*nowhere/rejected\.csv"):
        run(posts, "--map", TOLD, "--rejected", str(tmp_path / "nowhere" / "rejected.csv"))


def test_an_import_needs_a_policy_in_force(posts):
    with pytest.raises(CommandError, match="No policy is in force"):
        run(posts, "--map", TOLD)

    assert not Channel.objects.exists()


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder")
def test_real_tweets_import_twice_with_the_same_counts(policy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path(os.environ["SOCIALHUB_REALDATA"]) / "twcs_tweets.csv.gz"

    first = run(path)
    counted = (Mention.objects.count(), Conversation.objects.count(), Event.objects.count())
    second = run(path)

    assert first[0].split(": ")[1] == "14,819 new mentions, 0 known already, 0 rejected."
    assert second[0].split(": ")[1] == "0 new mentions, 14,819 known already, 0 rejected."
    assert first[1] == second[1]
    assert counted[0] == 14_819
    assert (Mention.objects.count(), Conversation.objects.count(), Event.objects.count()) == counted
    assert not WaitingMention.objects.exists()
    assert not Path("twcs_tweets.csv.gz.rejected.csv").exists()


def test_an_error_while_taking_in_is_told_and_loses_nothing(policy, posts, monkeypatch):
    def fail(**_: object) -> int:
        raise RuntimeError("the intake broke")

    with monkeypatch.context() as patch:
        patch.setattr("triage.services.arriving.intake.take_in_everything", fail)
        with pytest.raises(RuntimeError, match="the intake broke"):
            run(posts, "--map", TOLD)
    assert WaitingMention.objects.count() == Mention.objects.count() == 7

    run(posts, "--map", TOLD)

    assert not WaitingMention.objects.exists()
    assert Conversation.objects.count() == 3
