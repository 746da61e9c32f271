"""A program that talks to the API."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from teams.models import ApiKey, User
from teams.services import api_keys

EVERY_SCOPE = tuple(ApiKey.Scope.values)


class Program:
    """Acts for ``user`` with a key of its own."""

    def __init__(self, user: User, scopes: Sequence[str] = EVERY_SCOPE) -> None:
        self.key, self.token = api_keys.create_api_key(
            user=user, name="Program", scopes=scopes, expires_at=None, at=timezone.now()
        )
        self._client = Client()

    def ask(self, method: str, address: str, body: Any = None) -> HttpResponse:
        """Send one request; ``body`` goes as JSON."""
        return self._client.generic(
            method,
            f"/api/{address}" if not address.startswith("http") else address,
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def get(self, address: str) -> HttpResponse:
        """Read."""
        return self.ask("GET", address)

    def post(self, address: str, body: Any = None) -> HttpResponse:
        """Do."""
        return self.ask("POST", address, body)
