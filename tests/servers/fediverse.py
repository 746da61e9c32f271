"""Somebody on a fediverse server, who speaks to it without any code of ours."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest


@dataclass
class Account:
    """An account, signed in as an application is; ``acct`` is how others mention it."""

    address: str
    name: str
    acct: str
    token: str = ""

    def call(self, method: str, path: str, **told: Any) -> Any:
        """Have the server do something, as an application of the network's own does."""
        answer = httpx.request(
            method, f"{self.address}{path}", headers={"Authorization": f"Bearer {self.token}"}, timeout=20, **told
        )
        answer.raise_for_status()
        return answer.json()

    def post(self, text: str, **told: str) -> Any:
        return self.call("POST", "/api/v1/statuses", data={"status": text, **told})

    def edit(self, status: Any, text: str) -> Any:
        return self.call("PUT", f"/api/v1/statuses/{status['id']}", data={"status": text})

    def mentions(self) -> list[Any]:
        """Return the posts that mention the account, the newest first."""
        heard = self.call("GET", "/api/v1/notifications")
        return [one["status"] for one in heard if one["type"] == "mention" and one["status"]]

    def await_mention(self, text: str, *, seconds: float = 90) -> Any:
        """Return the mention that contains ``text``; some servers take seconds to deliver it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for status in self.mentions():
                if text in status["content"]:
                    return status
            time.sleep(0.1)
        pytest.fail(f"“{text}” was not delivered to {self.name} within {seconds} s.")
