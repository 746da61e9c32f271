import pytest
from django.contrib.sessions.backends import cached_db
from redis.exceptions import RedisError

from socialhub.lib.forgiving_cache import ForgivingCache

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def away():
    return ForgivingCache("unix:///nowhere/valkey.sock", {})


def test_what_nobody_keeps_is_not_there(away):
    assert (away.get("name"), away.get("name", "default"), away.has_key("name")) == (None, "default", False)
    assert (away.set("name", 1), away.add("name", 1), away.touch("name")) == (None, True, False)


def test_a_session_is_read_from_the_database_and_does_not_end_by_halves(away, db):
    session = cached_db.SessionStore()
    session["reader"] = 3
    session.save()
    again = cached_db.SessionStore(session.session_key)
    again._cache = away

    assert again["reader"] == 3
    with pytest.raises(RedisError):
        again.delete()
