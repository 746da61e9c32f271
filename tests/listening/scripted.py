"""A network that answers each look as a test tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listening.connectors.base import FetchResult


class Network:
    """Answers each fetch with the next thing in ``script``: a result, a failure, or what a call of it gives."""

    kind = "scripted"
    title = "Scripted"
    can_reply = False
    can_search = False

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
