import pytest

from socialhub.lib import fetch
from tests.listening.hub_server import hub_server

FORM = {"hub.mode": "subscribe", "hub.topic": "https://news.example/?a=1&b=é"}


@pytest.fixture
def hub(socket_enabled):
    with hub_server() as server:
        yield server


def test_a_form_arrives_as_it_was_written(hub):
    page = fetch.post_form(hub.url, FORM, allowed_internal_hosts=[hub.host])

    assert (page.status, hub.asked) == (202, [("/hub", FORM)])


@pytest.mark.parametrize("status", [307, 308])
def test_a_form_goes_where_a_redirect_asks_for_it_again(hub, status):
    hub.answers = [(status, {"Location": "/new"})]

    fetch.post_form(hub.url, FORM, allowed_internal_hosts=[hub.host])

    assert hub.asked == [("/hub", FORM), ("/new", FORM)]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_form_does_not_become_a_question(hub, status):
    hub.answers = [(status, {"Location": "/new"})]

    with pytest.raises(fetch.BadStatus) as refusal:
        fetch.post_form(hub.url, FORM, allowed_internal_hosts=[hub.host])

    assert (refusal.value.status, hub.asked) == (status, [("/hub", FORM)])


def test_a_form_is_not_led_inside(hub):
    hub.answers = [(307, {"Location": f"http://localhost:{hub.port}/inside"})]

    with pytest.raises(fetch.AddressForbidden):
        fetch.post_form(hub.url, FORM, allowed_internal_hosts=[hub.host])

    assert hub.asked == [("/hub", FORM)]


def test_a_form_is_not_handed_to_the_own_machine(hub):
    with pytest.raises(fetch.AddressForbidden):
        fetch.post_form(hub.url, FORM)

    assert hub.asked == []
