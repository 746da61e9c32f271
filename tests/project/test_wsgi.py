import io

import pytest
from django.core.signals import request_started
from django.db import close_old_connections

from socialhub.wsgi import application
from tests.factories.teams import OrganisationFactory


@pytest.fixture
def _connection_of_the_test(db):
    # A new request would close it, as it should between the requests of a server.
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


@pytest.mark.usefixtures("_connection_of_the_test")
@pytest.mark.parametrize("kind", ["application/json; charset=bz2", "text/plain; charset=none", "a; charset=", "???"])
def test_a_character_set_that_is_none_is_ignored(kind):
    OrganisationFactory()
    statuses = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/me/",
        "QUERY_STRING": "page=1",
        "CONTENT_TYPE": kind,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }

    list(application(environ, lambda status, headers, *_: statuses.append(status)))

    assert statuses == ["401 Unauthorized"]
