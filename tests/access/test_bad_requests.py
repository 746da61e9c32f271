"""No address answers 500, whatever is sent."""

import json
import re
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from django.db import transaction

from tests.access.asking import client_for
from tests.access.routes import ROUTES

pytestmark = pytest.mark.django_db

CASES = [(route, method) for route, uses in sorted(ROUTES.items()) for method in uses]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BODIES = {
    "nothing": ("application/json", b""),
    "another type": ("text/plain", b"hello"),
    "a type that is none": ("???", b"{}"),
    "a form": ("application/x-www-form-urlencoded", b"fence=x&body=%00&key=1&name=%00"),
    "a broken form": ("multipart/form-data; boundary=x", b"--y\r\nContent-Disposition: form-data"),
    "broken JSON": ("application/json", b'{"fence":'),
    "a list": ("application/json", b"[1, 2]"),
    "a word": ("application/json", b'"hello"'),
    "null": ("application/json", b"null"),
    "not a number": ("application/json", b'{"fence": NaN}'),
    "bytes": ("application/json", b"\xff\xfe\x00"),
    "a deep nest": ("application/json", b"[" * 100_000),
    "a long number": ("application/json", b'{"fence": ' + b"9" * 5000 + b"}"),
}
STRANGE_VALUES = ("\\u0000", "\\ud800", "9" * 30, "-1", "", "[]", "{}", "null", "true", "1.5", "x" * 20_000)
QUERIES = (
    "cursor=tampered",
    "cursor=" + "9" * 5000,
    "cursor=%00",
    "cursor=%ff",
    "after=tampered&before=%00",
    "page=" + "9" * 30,
    "page_size=-1",
    "page_size=" + "9" * 5000,
    "q=%00",
    "q=%ff%22-",
    "stage=%00&department=%00&channel=" + "9" * 30 + "&priority=x&holder=" + "9" * 30,
    "conversation=" + "9" * 30,
    "conversation=%00&kind=%00",
    "fence=%00",
    "fence=" + "9" * 30,
    "from=%00&to=%00&days=" + "9" * 30,
    "next=%00",
    "format=%00",
    "lang=%00",
)


@pytest.mark.parametrize(("route", "method"), CASES)
def test_strange_requests_are_never_our_fault(world, able, route, method):
    used = ROUTES[route][method]
    client = client_for(world, able)
    path, _separator, asked = ("/" + used.at.format(**world.ids)).partition("?")
    answers = {}

    def answer(name, send):
        with transaction.atomic():
            answers[name] = send().status_code
            transaction.set_rollback(True)

    for other in METHODS:
        answer(f"method {other}", lambda other=other: client.generic(other, f"{path}?{asked}"))
    for query in QUERIES if method in ("GET", "DELETE") else ():
        answer(f"query {query[:60]}", lambda query=query: client.generic(method, f"{path}?{query}"))
    for name, (kind, body) in BODIES.items() if method != "GET" else ():
        answer(
            f"body {name}",
            lambda kind=kind, body=body: client.generic(method, f"{path}?{asked}", body, content_type=kind),
        )
    for number in ("0", "999999999", "9" * 30, "-1", "x", "%00", "%F0%9F%92%A1"):
        strange = re.sub(r"\d+", number, path)
        answer(f"path {strange[:60]}", lambda strange=strange: client.generic(method, strange))

    assert {name: status for name, status in answers.items() if status >= HTTPStatus.INTERNAL_SERVER_ERROR} == {}


@pytest.mark.parametrize(("route", "method"), [case for case in CASES if ROUTES[case[0]][case[1]].send])
def test_strange_values_are_never_our_fault(world, able, route, method):
    used = ROUTES[route][method]
    client = client_for(world, able)
    path = "/" + used.at.format(**world.ids)
    answers = {}

    for field in used.send:
        for value in STRANGE_VALUES:
            with transaction.atomic():
                answers[field, value[:10]] = _with(client, method, path, used, world, field, value).status_code
                transaction.set_rollback(True)

    assert {name: status for name, status in answers.items() if status >= HTTPStatus.INTERNAL_SERVER_ERROR} == {}


def _with(client, method, path, used, world, field, value):
    if not path.startswith("/api/"):
        text = value.encode().decode("unicode_escape")
        sent = {**used.send, field: text.encode("utf-8", "surrogatepass")}
        return client.generic(
            method, path, urlencode(_filled(sent, world)), content_type="application/x-www-form-urlencoded"
        )
    others = {name: text for name, text in _filled(used.send, world).items() if name != field}
    literal = value if re.fullmatch(r"-?\d[\d.]*|\[\]|\{\}|null|true", value) else f'"{value}"'
    body = json.dumps(others)[:-1] + (", " if others else "") + f'"{field}": {literal}}}'
    return client.generic(method, path, body, content_type="application/json")


def _filled(sent, world):
    return {name: value.format(**world.ids) if isinstance(value, str) else value for name, value in sent.items()}
