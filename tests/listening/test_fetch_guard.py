import gzip
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from socialhub.lib import fetch, guarded_network
from tests.listening.web_server import Answer, elapsed_since, packed_zeros

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.0.8",
    "192.88.99.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "not an address",
]


@pytest.mark.parametrize("address", INSIDE)
def test_is_public_refuses_what_leads_inside(address):
    assert guarded_network.is_public(address) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_is_public_accepts_the_internet(address):
    assert guarded_network.is_public(address) is True


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/feed",
        "gopher://example.com",
        "example.com/feed",
        "",
        "http://",
        "http://user:secret@example.com/",
        "http://user@example.com/",
        "http://exa mple.com/",
    ],
)
def test_fetch_refuses_what_is_no_plain_web_address(url):
    with pytest.raises(fetch.AddressForbidden):
        fetch.fetch_page(url)


def test_fetch_refuses_the_own_machine_and_asks_it_nothing(web):
    web.answers["/"] = Answer(body=b"secret")

    with pytest.raises(fetch.AddressForbidden) as refusal:
        fetch.fetch_page(web.url("/"))

    assert str(refusal.value) == "127.0.0.1 leads to an address inside the network, which is not read."
    assert web.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_fetch_refuses_the_own_machine_in_every_spelling(web, host):
    with pytest.raises((fetch.AddressForbidden, fetch.NotReachable)):
        fetch.fetch_page(f"http://{host}:{web.port}/")

    assert web.asked == []


def test_fetch_refuses_a_name_of_which_one_address_is_inside(web, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, web.port)) for address in ("8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found)

    with pytest.raises(fetch.AddressForbidden):
        fetch.fetch_page(f"http://rebinding.example:{web.port}/")

    assert web.asked == []


def test_fetch_connects_to_the_address_it_checked(web, monkeypatch):
    asked = []

    def answer_once(host, port, **_options):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    web.answers["/"] = Answer(body=b"inner page")
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **options: (
            answer_once(host, *rest, **options) if host == "inner.example" else real(host, *rest, **options)
        ),
    )

    page = fetch.fetch_page(f"http://inner.example:{web.port}/", allowed_internal_hosts=["inner.example"])

    assert page.body == b"inner page"
    assert asked == ["inner.example"]
    assert web.asked[0][1]["Host"] == f"inner.example:{web.port}"


def test_fetch_returns_an_allowed_page_with_its_headers(web):
    headers = {
        "Content-Type": "application/rss+xml",
        "ETag": 'W/"abc"',
        "Last-Modified": "then",
        "X-Other": "1",
    }
    web.answers["/feed"] = Answer(headers=headers, body=b"<rss/>")

    page = fetch.fetch_page(web.url("/feed"), allowed_internal_hosts=[web.host])

    assert page == fetch.FetchedPage(
        status=200,
        headers={"content-type": "application/rss+xml", "etag": 'W/"abc"', "last-modified": "then"},
        body=b"<rss/>",
        final_url=web.url("/feed"),
    )
    assert page.is_unchanged is False


def test_fetch_allows_an_inner_host_only_on_the_port_that_is_named(web):
    with pytest.raises(fetch.AddressForbidden):
        fetch.fetch_page(web.url("/"), allowed_internal_hosts=[f"127.0.0.1:{web.port + 1}"])

    assert web.asked == []


def test_fetch_sends_validators_back_unchanged_and_recognises_304(web):
    web.answers["/feed"] = Answer(headers={"ETag": 'W/"abc"'}, body=b"<rss/>")

    page = fetch.fetch_page(
        web.url("/feed"),
        etag='W/"abc"',
        last_modified="Sat, 01 Jan 2022 00:00:00 GMT",
        allowed_internal_hosts=[web.host],
    )

    assert (page.status, page.body, page.is_unchanged) == (304, b"", True)
    assert web.asked[0][1]["If-None-Match"] == 'W/"abc"'
    assert web.asked[0][1]["If-Modified-Since"] == "Sat, 01 Jan 2022 00:00:00 GMT"


def test_fetch_takes_no_proxy_from_the_environment(web, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    web.answers["/"] = Answer(body=b"direct")

    assert fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host]).body == b"direct"


def test_fetch_follows_redirects_and_says_where_the_page_lives_for_good(web):
    web.answers["/old"] = Answer(301, {"Location": "/newer"})
    web.answers["/newer"] = Answer(308, {"Location": web.url("/new")})
    web.answers["/new"] = Answer(302, {"Location": "today"})
    web.answers["/today"] = Answer(body=b"page")

    page = fetch.fetch_page(web.url("/old"), allowed_internal_hosts=[web.host])

    assert (page.body, page.final_url, page.moved_to) == (b"page", web.url("/today"), web.url("/new"))


def test_fetch_checks_where_a_redirect_leads(web):
    web.answers["/out"] = Answer(302, {"Location": f"http://localhost:{web.port}/secret"})

    with pytest.raises(fetch.AddressForbidden):
        fetch.fetch_page(web.url("/out"), allowed_internal_hosts=[web.host])

    assert [path for path, _headers in web.asked] == ["/out"]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "gopher://127.0.0.1/"])
def test_fetch_refuses_a_redirect_to_what_is_no_web_address(web, location):
    web.answers["/out"] = Answer(302, {"Location": location})

    with pytest.raises(fetch.AddressForbidden):
        fetch.fetch_page(web.url("/out"), allowed_internal_hosts=[web.host])


def test_fetch_gives_up_after_five_redirects(web):
    web.answers["/round"] = Answer(302, {"Location": "/round"})

    with pytest.raises(fetch.NotReachable) as refusal:
        fetch.fetch_page(web.url("/round"), allowed_internal_hosts=[web.host])

    assert str(refusal.value) == "The address leads on and on: more than 5 redirects."
    assert len(web.asked) == 6


def test_fetch_unpacks_gzip(web):
    web.answers["/"] = Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"page"))

    assert fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host]).body == b"page"


def test_fetch_stops_a_gzip_bomb_at_the_limit(web):
    web.answers["/"] = Answer(headers={"Content-Encoding": "gzip"}, body=packed_zeros(100_000_000))

    with pytest.raises(fetch.TooLarge) as refusal:
        fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host])

    assert str(refusal.value) == "The answer has more than 5 MB, which is more than is read."


def test_fetch_reads_exactly_the_limit_and_no_byte_more(web):
    web.answers["/fits"] = Answer(body=b"x" * 1000)
    web.answers["/over"] = Answer(body=b"x" * 1001)

    page = fetch.fetch_page(web.url("/fits"), allowed_internal_hosts=[web.host], max_bytes=1000)

    assert len(page.body) == 1000
    with pytest.raises(fetch.TooLarge):
        fetch.fetch_page(web.url("/over"), allowed_internal_hosts=[web.host], max_bytes=1000)


@pytest.mark.parametrize(
    ("encoding", "body", "told"),
    [
        ("gzip", b"not gzip at all", "The packed answer is damaged."),
        ("gzip", gzip.compress(b"page" * 99)[:-9], "The packed answer broke off."),
        ("br", b"whatever", "The answer is packed as br, which was not asked for."),
    ],
)
def test_fetch_refuses_a_body_that_cannot_be_unpacked(web, encoding, body, told):
    web.answers["/"] = Answer(headers={"Content-Encoding": encoding}, body=body)

    with pytest.raises(fetch.NotReachable) as refusal:
        fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host])

    assert str(refusal.value) == told


def test_fetch_ends_a_slow_drip_at_its_deadline(web):
    web.answers["/"] = Answer(body=b"x" * 1000, drip=0.05)

    with pytest.raises(fetch.TooSlow) as refusal:
        fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host], seconds=0.4)

    assert str(refusal.value) == "127.0.0.1 did not answer completely within 0.4 seconds."
    assert web.dripped < 1000


def test_fetch_ends_a_slow_drip_of_headers_at_its_deadline(socket_enabled):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        start = time.monotonic()

        # The listener never accepts: the connection stands, and nothing is ever said.
        with pytest.raises(fetch.TooSlow):
            fetch.fetch_page(f"http://127.0.0.1:{port}/", allowed_internal_hosts=["127.0.0.1"], seconds=0.3)

    assert elapsed_since(start) < fetch.SECONDS


def test_fetch_tells_when_nobody_listens(socket_enabled):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(fetch.NotReachable) as refusal:
        fetch.fetch_page(f"http://127.0.0.1:{port}/", allowed_internal_hosts=["127.0.0.1"])

    assert str(refusal.value) == "127.0.0.1 cannot be reached."


@pytest.mark.parametrize(
    ("told", "expected"),
    [({}, None), ({"Retry-After": "120"}, 120), ({"Retry-After": "9" * 30}, 86400), ({"Retry-After": "soon"}, None)],
)
def test_fetch_passes_on_when_to_come_back(web, told, expected):
    web.answers["/"] = Answer(503, told)

    with pytest.raises(fetch.BadStatus) as refusal:
        fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host])

    assert (refusal.value.status, refusal.value.retry_after) == (503, expected)
    assert str(refusal.value) == "127.0.0.1 answered “503 Service Unavailable”."


def test_fetch_understands_a_date_to_come_back_at(web):
    moment = datetime.now(UTC) + timedelta(seconds=600)
    web.answers["/"] = Answer(429, {"Retry-After": format_datetime(moment, usegmt=True)})

    with pytest.raises(fetch.BadStatus) as refusal:
        fetch.fetch_page(web.url("/"), allowed_internal_hosts=[web.host])

    assert refusal.value.retry_after is not None
    assert 580 <= refusal.value.retry_after <= 600
