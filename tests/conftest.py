from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

from policies.models import PolicyVersion
from teams.services import hours, organisation
from tests.factories.policies import PolicyVersionFactory
from triage import names
from triage.showing import stops


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    organisation.forget()
    hours.forget()
    names.forget()
    stops.forget()
    cache.clear()
    yield
    organisation.forget()
    hours.forget()
    names.forget()
    stops.forget()


@pytest.fixture(autouse=True)
def _locks_need_a_transaction_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse what would be refused outside a test, whose own transaction would hide it."""
    compiled = SQLCompiler.as_sql

    def as_sql(self: SQLCompiler, *arguments: Any, **named: Any) -> Any:
        blocks = self.connection.atomic_blocks
        if self.query.select_for_update and blocks and all(block._from_testcase for block in blocks):
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        return compiled(self, *arguments, **named)

    monkeypatch.setattr(SQLCompiler, "as_sql", as_sql)


@pytest.fixture
def policy(db: None) -> PolicyVersion:
    return PolicyVersionFactory.published()
