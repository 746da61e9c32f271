"""Visit pages as somebody, and read what they show."""

from re import findall
from uuid import uuid4

from django.test import Client

from policies.models import PolicyVersion
from teams.models import User
from tests.factories.triage import last_heard
from triage.models import Conversation

HTMX = {"HX-Request": "true"}


def browser(user: User, **headers: str) -> Client:
    """Return a browser in which ``user`` is signed in."""
    client = Client(headers=headers)
    client.force_login(user)
    return client


def rows_of(page: str) -> list[int]:
    """Return the conversations of a list in its order."""
    return [int(pk) for pk in findall(r'<li class="row" id="row-(\d+)"', page)]


def get(user: User, address: str, status: int = 200, **headers: str) -> str:
    """Return a page, which must have ``status``."""
    response = browser(user).get(address, headers=headers)
    assert response.status_code == status
    return response.content.decode()


def answer_form(conversation: Conversation, policy: PolicyVersion, **change: object) -> dict[str, object]:
    """Return the composer filled in, as the page of now would send it."""
    return {
        "body": "On our way.",
        "key": str(uuid4()),
        "fence": conversation.fence,
        "seen_mention": last_heard(conversation).pk,
        "policy_version": policy.pk,
        **change,
    }
