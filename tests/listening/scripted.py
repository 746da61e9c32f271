"""A network that answers each look as a test tells it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from listening.connectors.base import FetchResult, SettingField
from listening.models import Channel
from listening.services import fetching
from tests.factories.teams import NOON


class Network:
    """Answers each fetch with the next thing in ``script``: a result, a failure, or what a call of it gives."""

    kind = "scripted"
    title = "Scripted"
    can_reply = False
    can_search = False
    fields: tuple[SettingField, ...] = ()

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.asked: list[tuple[dict[str, object], dict[str, object]]] = []

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        self.asked.append((dict(settings), dict(cursor)))
        answer = self.script.pop(0) if self.script else FetchResult()
        if isinstance(answer, BaseException):
            raise answer
        result: FetchResult = answer() if callable(answer) else answer
        return result


class Account(Network):
    """A network with an account; it lets us in unless ``refusals`` has something to say."""

    kind = "account"
    title = "Account"
    summary = "Hear what is said to an account."
    poll_seconds = 180
    fields = (
        SettingField("handle", "Handle"),
        SettingField("server", "Server", is_required=False, input_type="url"),
        SettingField("tone", "Tone", choices=(("calm", "Calm"), ("lively", "Lively"))),
        SettingField("port", "Port", input_type="number"),
        SettingField("password", "Password", is_secret=True),
    )

    def __init__(self) -> None:
        super().__init__()
        self.checked: list[dict[str, object]] = []
        self.refusals: list[Exception] = []

    def renew(self, settings: Mapping[str, object], *, at: datetime) -> Mapping[str, str]:
        return {}

    def check(self, settings: Mapping[str, object]) -> str:
        self.checked.append(dict(settings))
        if self.refusals:
            raise self.refusals.pop(0)
        return "The account answers."


class Look:
    """Looks at a channel some minutes after noon, and has it answered so."""

    def __init__(self, channel: Channel, network: Network) -> None:
        self.channel, self.network = channel, network

    def __call__(self, minute: float, answer: Any = None) -> None:
        at = NOON + timedelta(minutes=minute)
        Channel.objects.filter(pk=self.channel.pk, claimed_at=None).update(next_fetch_at=at)
        self.network.script = [answer or FetchResult()]
        fetching.fetch_channel(channel_id=self.channel.pk, at=at)
