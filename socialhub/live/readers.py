"""Who listens, and what may be hinted at to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest

from teams.models import User
from teams.rights import Rights

RIGHTS = """
SELECT teams_user.id, ARRAY(
    SELECT json_build_array(role, NULL) FROM teams_appointment WHERE user_id = teams_user.id
    UNION ALL
    SELECT json_build_array(role, department_id) FROM teams_membership WHERE user_id = teams_user.id
)
FROM teams_user WHERE teams_user.id = ANY(%s) AND teams_user.is_active
"""

# None is everything, else what concerns one of these departments.
Scope = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who listens. Readers of one ``scope`` are told the same of conversations."""

    user_id: int
    rights: Rights
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what every message is held against."""
        seen = self.rights.departments_for("conversation.view")
        everywhere = self.rights.everywhere("conversation.view")
        object.__setattr__(self, "scope", None if everywhere else frozenset(seen))

    @property
    def may_hear_something(self) -> bool:
        """Whether there is any conversation at all that could be theirs."""
        return self.scope is None or bool(self.scope)

    def may_hear(self, departments: Iterable[int], learner_id: int | None = None) -> bool:
        """Say whether a conversation that concerns these departments may be mentioned; practice only to its learner."""
        if learner_id is not None:
            return learner_id == self.user_id
        return self.scope is None or not self.scope.isdisjoint(departments)

    def may_hear_of_stop(self, department_id: int | None) -> bool:
        """Say whether a stop may be mentioned: of a department to its people, of everything else to everybody."""
        return self.may_hear_something if department_id is None else self.may_hear([department_id])


def read_reader(session_key: str) -> Reader | None:
    """Return who is signed in under a session, or None."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        return None
    return Reader(user.pk, user.rights)


def read_readers(user_ids: Iterable[int]) -> dict[int, Reader]:
    """Return what these people may hear now; who may not sign in any more is missing."""
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS, [sorted(user_ids)])
        return {pk: Reader(pk, Rights.from_rows(held)) for pk, held in cursor.fetchall()}
