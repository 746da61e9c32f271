import re

import pytest

from socialhub.api_docs import read_groups
from tests.factories.teams import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    OrganisationFactory()
    client.force_login(UserFactory())
    return client.get("/api/docs/").content.decode()


def test_docs_show_every_operation_with_an_example(page):
    operations = [operation for group in read_groups() for operation in group.operations]

    assert len(operations) >= 30
    assert [f'id="{operation.anchor}"' in page for operation in operations] == [True] * len(operations)
    assert page.count("curl &quot;$SITE/api/") == len(operations)


def test_docs_load_nothing_from_outside(page):
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"([^\"]*)\"", page)

    assert loaded
    assert [address for address in loaded if not address.startswith("/")] == []
    assert "style=" not in page
    assert re.findall(r"<script(?![^>]*src=)", page) == []


def test_every_operation_has_a_title_a_scope_and_its_refusals():
    for group in read_groups():
        for operation in group.operations:
            statuses = {answer.status for answer in operation.answers}
            assert operation.title
            assert operation.scope in {"read", "decide", "answer", "listen", "policy"}
            assert statuses >= {"401", "403", "429"}
