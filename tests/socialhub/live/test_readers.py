import pytest

from socialhub.live.hub import tell
from socialhub.live.readers import Reader
from socialhub.live.record import Change, News, Position
from socialhub.live.stream import MOST_PENDING, Stream, hint, say
from teams.rights import Rights
from teams.roles import Role

RESPONDER = Reader(1, Rights(departments={5: Role.RESPONDER}))
LISTENER = Reader(2, Rights(departments={6: Role.LISTENER, 5: Role.LISTENER}))
OUTSIDER = Reader(3, Rights(departments={9: Role.RESPONDER}))
MANAGER = Reader(4, Rights(company=frozenset({Role.MANAGER})))
TRIAGE_OWNER = Reader(5, Rights(company=frozenset({Role.TRIAGE_OWNER})))
EDITOR = Reader(6, Rights(company=frozenset({Role.POLICY_EDITOR})))
NOBODY = Reader(7, Rights())
READERS = [RESPONDER, LISTENER, OUTSIDER, MANAGER, TRIAGE_OWNER, EDITOR, NOBODY]
SEERS = [RESPONDER, LISTENER, OUTSIDER, MANAGER, TRIAGE_OWNER]


@pytest.mark.parametrize(
    ("message", "hearers"),
    [
        ({"conversation": 7, "departments": []}, [MANAGER, TRIAGE_OWNER]),
        ({"conversation": 7, "departments": [5]}, [RESPONDER, LISTENER, MANAGER, TRIAGE_OWNER]),
        ({"conversation": 7, "departments": [6, 8]}, [LISTENER, MANAGER, TRIAGE_OWNER]),
        ({"practice": 7, "learner": 6}, [EDITOR]),
        ({"here": 7, "departments": [5], "people": [1, 3, 4]}, [RESPONDER, MANAGER]),
        ({"inbox": True}, SEERS),
        ({"policy": True}, SEERS),
        ({"sending": True, "department": None}, SEERS),
        ({"sending": True, "department": 6}, [LISTENER, MANAGER, TRIAGE_OWNER]),
        ({"incidents": True}, [*SEERS, EDITOR]),
        ({"people": [1, 7]}, [RESPONDER, NOBODY]),
        ({"people": []}, []),
        ({"everybody": True}, READERS),
        ({}, []),
    ],
)
def test_a_message_reaches_those_whom_it_concerns(message, hearers):
    assert [reader for reader in READERS if hint(message, reader)] == hearers


@pytest.mark.parametrize(
    ("departments", "learner", "hearers"),
    [
        (set(), None, [MANAGER, TRIAGE_OWNER]),
        ({5}, None, [RESPONDER, LISTENER, MANAGER, TRIAGE_OWNER]),
        ({8, 9}, None, [OUTSIDER, MANAGER, TRIAGE_OWNER]),
        ({5}, 7, [NOBODY]),
    ],
)
def test_a_line_of_the_record_reaches_those_whom_it_concerns(departments, learner, hearers):
    change = Change(7, frozenset(departments), learner, {"claimed"}, {3})
    news = News(Position("90:90:", 0), [change])

    told = {reader.user_id: tell(news, reader) for reader in READERS}

    expected = b'id: 90:90:\nevent: changed\ndata: [{"conversation": 7, "kinds": ["claimed"], "by": [3]}]\n\n'
    assert [told[reader.user_id] for reader in hearers] == [expected] * len(hearers)
    assert [told[reader.user_id] for reader in READERS if reader not in hearers] == [b""] * (7 - len(hearers))


def test_too_much_at_once_is_told_without_saying_what():
    news = News(Position("90:90:", 0), None)

    assert [reader for reader in READERS if tell(news, reader)] == SEERS
    assert tell(news, RESPONDER) == b"id: 90:90:\nevent: reload\ndata: {}\n\n"


def test_more_than_a_page_shows_is_told_as_one_reload():
    changes = [Change(pk, frozenset({5}), None, {"tagged"}, {3}) for pk in range(101)]

    assert tell(News(Position("90:90:", 0), changes), RESPONDER) == b"id: 90:90:\nevent: reload\ndata: {}\n\n"
    assert tell(News(Position("90:90:", 0), changes[:100]), RESPONDER).startswith(b"id: 90:90:\nevent: changed\n")
    assert tell(News(Position("90:90:", 0), changes), OUTSIDER) == b""


def test_the_same_thing_twice_is_said_once():
    stream = Stream(RESPONDER)
    for _ in range(2):
        stream.take({"conversation": 9, "departments": [5]})
        stream.take({"people": [1]})
        stream.take({"sending": True, "department": 5})

    assert stream.drain() == (
        b'event: changed\ndata: [{"conversation": 9, "kinds": [], "by": []}]\n\n'
        b"event: notification\ndata: {}\n\n"
        b"event: sending\ndata: {}\n\n"
    )
    assert stream.drain() == b""
    assert not stream.woken.is_set()


def test_a_browser_that_takes_nothing_is_told_to_load_anew():
    stream = Stream(RESPONDER)
    for number in range(MOST_PENDING + 1):
        stream.put(say("changed", number))

    assert stream.drain() == say("reload")


def test_what_waits_for_somebody_who_lost_a_right_is_not_sent():
    stream = Stream(RESPONDER)
    stream.take({"conversation": 9, "departments": [5]})

    stream.become(RESPONDER)
    assert b"9" in b"".join(stream.pending)
    stream.become(OUTSIDER)

    assert stream.drain() == say("reload")
    stream.take({"conversation": 9, "departments": [5]})
    assert stream.drain() == b""


def test_nothing_is_sent_to_somebody_who_was_shut_out():
    stream = Stream(RESPONDER)
    stream.take({"conversation": 9, "departments": [5]})

    stream.end()

    assert (stream.drain(), stream.is_over) == (b"", True)
