import ast
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext

from listening.connectors import registry
from listening.connectors.base import ConnectorFailed, TemporaryFailure
from listening.models import Channel, Gap
from listening.services import beginning, channels, coverage, fetching, secrets, settings
from socialhub.lib.told import ToldFailure, told
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.listening.scripted import Account
from tests.support.api import Program

ROOT = Path(__file__).resolve().parent.parent.parent
# Where there are connectors, what they are built on, and who speaks through them.
PARTS = ("listening", "socialhub/lib", "triage/services/sending")
BUSY = "%(host)s cannot be reached."
GERMAN = "news.example ist nicht erreichbar."


@pytest.fixture
def channel(db, network) -> Channel:
    OrganisationFactory()
    return ChannelFactory(kind="scripted", next_fetch_at=NOON, poll_seconds=60)


@pytest.fixture
def german(channel) -> User:
    reader: User = AppointmentFactory(role=Role.MANAGER).user
    reader.language = "de"
    reader.save()
    return reader


def failed(channel, network, failure):
    network.script = [failure]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    channel.refresh_from_db()


def test_a_failure_is_kept_without_the_names_in_it_and_read_in_the_language_of_its_reader(
    client, channel, network, german
):
    failed(channel, network, TemporaryFailure(told(BUSY) % {"host": "news.example"}))
    client.force_login(german)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    gap = Gap.objects.get()
    assert (channel.last_error, channel.last_error_words) == (BUSY, {"host": "news.example"})
    assert (gap.detail, gap.detail_words) == (BUSY, {"host": "news.example"})
    assert page.count(GERMAN) == 2
    assert GERMAN in client.get("/channels/").content.decode()
    assert str(channel.problem) == "news.example cannot be reached."


def test_a_program_is_answered_in_the_language_that_its_request_asks_for(channel, network):
    failed(channel, network, TemporaryFailure(told(BUSY) % {"host": "news.example"}))
    person = AppointmentFactory(role=Role.MANAGER).user
    program = Program(person)

    assert program.get(f"channels/{channel.pk}/").json()["last_error"] == "news.example cannot be reached."
    assert [gap["detail"] for gap in program.get(f"channels/{channel.pk}/gaps/").json()["results"]] == [
        "news.example cannot be reached."
    ]
    headers = {"Authorization": f"Bearer {program.token}", "Accept-Language": "de"}
    assert program._client.get(f"/api/channels/{channel.pk}/", headers=headers).json()["last_error"] == GERMAN


def test_what_was_kept_as_a_whole_sentence_is_shown_as_it_is(client, channel, german):
    said = "news.example cannot be reached at 100% of %(host)s."
    Channel.objects.filter(pk=channel.pk).update(last_error=said, failure_count=1)
    Gap.objects.create(channel=channel, reason=Gap.Reason.NETWORK, detail=said, began_at=NOON - timedelta(hours=1))
    client.force_login(german)

    assert client.get(f"/channels/{channel.pk}/").content.decode().count(said) == 2


def test_secrets_are_in_no_word_that_is_kept_however_deep(channel, network):
    secrets.keep_secrets(channel_id=channel.pk, secrets={"token": "s3cret-token", "port": "host"})
    inner = told("%(answer)s") % {"answer": ValueError("Bearer s3cret-token")}
    failed(channel, network, TemporaryFailure(told("%(host)s: %(reason)s") % {"host": "a host", "reason": inner}))

    words = {"host": "a •••", "reason": {"text": "%(answer)s", "words": {"answer": "Bearer •••"}}}
    assert (channel.last_error, channel.last_error_words) == ("%(host)s: %(reason)s", words)
    assert Gap.objects.get().detail_words == words
    assert str(channel.problem) == "a •••: Bearer •••"


def test_what_no_database_takes_and_what_is_far_too_long_is_kept_all_the_same(channel, network):
    failed(channel, network, TemporaryFailure(told(BUSY) % {"host": "a\x00b\ud800" + "c" * 5_000}))

    assert channel.last_error_words == {"host": "a b?" + "c" * (settings.LONGEST_WORD - 4)}


def test_a_look_that_succeeds_leaves_nothing_of_the_failure(channel, network):
    failed(channel, network, TemporaryFailure(told(BUSY) % {"host": "news.example"}))
    Channel.objects.update(next_fetch_at=NOON + timedelta(minutes=9))

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=9))

    channel.refresh_from_db()
    assert (channel.last_error, channel.last_error_words) == ("", {})


def test_a_second_failure_for_the_same_reason_is_the_one_that_is_told(channel):
    for host in ("one", "two"):
        coverage.note_failure(channel, reason=Gap.Reason.NETWORK, problem=told(BUSY) % {"host": host}, at=NOON)

    assert str(Gap.objects.get().problem) == "two cannot be reached."


def test_whoever_tries_a_channel_is_told_in_their_language_without_its_secrets(db, monkeypatch):
    account = Account()
    monkeypatch.setitem(registry.CONNECTORS, "account", account)
    channel = ChannelFactory(kind="account")
    secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "open sesame"})
    account.refusals = [ConnectorFailed(told(BUSY) % {"host": "open sesame"})]

    with translation.override("de"), pytest.raises(ConnectorFailed) as refused:
        channels.try_channel(channel_id=channel.pk, at=NOON)

    with translation.override("de"):
        assert str(refused.value) == "••• ist nicht erreichbar."


class Months(Account):
    """Tells in the language of whoever asks how it is doing."""

    def check(self, settings: Mapping[str, object]) -> str:
        super().check(settings)
        return gettext("March")


def test_whoever_connects_is_told_in_their_language_that_it_works_and_why_not(db, monkeypatch, fetch_task):
    months = Months()
    monkeypatch.setitem(registry.CONNECTORS, "account", months)
    months.refusals = [ConnectorFailed(told(BUSY) % {"host": "news.example"})]
    proposed = beginning.Proposed("account", "Account", {})

    with translation.override("de"):
        outcomes = [beginning.connect(proposed=[proposed], owner=UserFactory(), at=NOON)[0] for _look in range(2)]
        tried = channels.try_connection(kind="account", settings={})

    assert [one.told for one in outcomes] == [GERMAN, "März"]
    assert tried == "März"


def failure_names() -> set[str]:
    """Name every class of failures that are told."""
    found, left = set(), [ToldFailure]
    while left:
        kind = left.pop()
        found.add(kind.__name__)
        left += kind.__subclasses__()
    return found


class Sentences:
    """Judges whether what a failure is made of is told in every language."""

    def __init__(self, tree: ast.Module) -> None:
        self._marks = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "socialhub.lib.told"
            for alias in node.names
            if alias.name == "told"
        }
        self._declared = {
            node.target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.annotation, ast.Name)
            and node.annotation.id == "Told"
        }

    def untold(self, function: ast.AST) -> Iterator[int]:
        """Return the lines of a function that make a failure of anything else."""
        names = failure_names()
        for node in ast.walk(function):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if (
                isinstance(node, ast.Call)
                and name in names
                and not (node.args and self._is_told(node.args[0], function))
            ):
                yield node.lineno

    def _is_told(self, said: ast.expr, function: ast.AST) -> bool:
        match said:
            case ast.BinOp(left=left, op=ast.Mod()):
                return self._is_told(left, function)
            case ast.Call(func=ast.Name(id=name)):
                return name in self._marks or name in {"placed", "told_without_secrets"}
            case ast.Attribute(attr=name):
                return name == "told" or name in self._declared
            case ast.Name(id=name):
                return self._is_told_by_name(name, function)
        return False

    def _is_told_by_name(self, name: str, function: ast.AST) -> bool:
        arguments = [one for one in ast.walk(function) if isinstance(one, ast.arg) and one.arg == name]
        values = [
            one.value
            for one in ast.walk(function)
            if isinstance(one, ast.Assign) and any(isinstance(at, ast.Name) and at.id == name for at in one.targets)
        ]
        is_typed = all(isinstance(one.annotation, ast.Name) and one.annotation.id == "Told" for one in arguments)
        return bool(arguments or values) and is_typed and all(self._is_told(value, function) for value in values)


def untold(text: str) -> list[int]:
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return sorted({line for function in functions for line in Sentences(tree).untold(function)})


def test_every_failure_of_a_connector_is_told_in_the_language_of_its_reader():
    files = [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))]
    sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}

    assert {name: lines for name, text in sources.items() if (lines := untold(text))} == {}


@pytest.mark.parametrize(
    "said",
    ["f'{host} is busy.'", "'Busy.'", "str(failure)", "gettext('Busy.')", "gettext('%(a)s') % {}", "sentence", "other"],
)
def test_a_failure_that_one_language_only_could_tell_is_found(said):
    head = "from socialhub.lib.told import told as _\ndef f(sentence: str) -> None:\n    other = gettext('Busy.')\n"

    assert untold(f"{head}    raise TemporaryFailure({said})\n") == [4]
    assert untold(f"{head}    raise TemporaryFailure(_('%(a)s') % {{}})\n") == []
