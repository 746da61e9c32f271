import pytest

from listening.connectors.base import PermanentFailure
from listening.connectors.webhook import WebhookConnector
from listening.models import Channel
from listening.services import webhook_secrets, webhooks
from listening.webhooks.signatures import standard_key
from socialhub.lib.errors import Invalid
from socialhub.lib.sealing import open_sealed
from teams.models import AuditEntry, User
from teams.roles import Role
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.support.signing import ENDPOINT, FORMER, SECRET, call, webhook_channel
from tests.support.visiting import browser, get

pytestmark = pytest.mark.django_db

NEWEST = webhook_secrets.make_secret()


@pytest.fixture
def admin(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(role=Role.ADMINISTRATOR).user


def replace(channel, secret, admin):
    webhook_secrets.replace_secret(channel_id=channel.pk, secret=secret, actor=admin, at=NOON)
    channel.refresh_from_db()


def test_a_replaced_secret_is_accepted_until_it_is_ended(admin):
    channel = webhook_channel(secrets={"secret": FORMER, "verify_token": "our word"})

    replace(channel, SECRET, admin)

    assert webhooks.secrets_of(channel) == [SECRET, FORMER]
    assert open_sealed(channel.sealed)["verify_token"] == "our word"
    webhook_secrets.end_former_secret(channel_id=channel.pk, actor=admin, at=NOON)
    channel.refresh_from_db()
    assert webhooks.secrets_of(channel) == [SECRET]


def test_two_secrets_are_accepted_and_never_three(admin):
    channel = webhook_channel(secrets={"secret": FORMER})

    replace(channel, SECRET, admin)
    replace(channel, NEWEST, admin)

    assert webhooks.secrets_of(channel) == [NEWEST, SECRET]


def test_every_change_of_secrets_is_on_record_without_them(admin):
    channel = webhook_channel(secrets={"secret": FORMER})
    replace(channel, SECRET, admin)
    for _ in range(2):
        webhook_secrets.end_former_secret(channel_id=channel.pk, actor=admin, at=NOON)

    entries = list(AuditEntry.objects.order_by("pk"))
    assert [(entry.verb, entry.actor, entry.subject) for entry in entries] == [
        ("channel.secret_replaced", admin, channel.name)
    ] * 2
    assert [SECRET in str(entry.detail) for entry in entries] == [False, False]


@pytest.mark.parametrize(
    ("scheme", "secret"),
    [
        ("hub", "too short"),
        ("hub", "with a line break\nin the middle"),
        ("standard", "whsec_not base64 at all"),
        ("standard", "whsec_c2hvcnQ="),
        ("standard", SECRET),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused(scheme, secret, admin):
    channel = webhook_channel(scheme=scheme)

    with pytest.raises(Invalid):
        replace(channel, secret, admin)

    channel.refresh_from_db()
    assert webhooks.secrets_of(channel) == [SECRET]


def test_a_secret_whose_seal_is_broken_is_replaced_whole(admin):
    channel = webhook_channel()
    Channel.objects.filter(pk=channel.pk).update(sealed="gAAAAA")

    replace(channel, NEWEST, admin)

    assert webhooks.secrets_of(channel) == [NEWEST]


def test_a_made_secret_is_long_and_never_the_same():
    assert len(standard_key(webhook_secrets.make_secret())) == 32
    assert webhook_secrets.make_secret() != webhook_secrets.make_secret()


@pytest.mark.parametrize("scheme", ["standard", "hub", "slack", "x"])
def test_a_made_secret_suits_every_scheme(scheme, admin):
    channel = webhook_channel(scheme=scheme, secrets={})

    replace(channel, webhook_secrets.make_secret(), admin)

    assert len(webhooks.secrets_of(channel)) == 1


def test_a_made_secret_is_shown_once_and_works(admin, time_machine):
    time_machine.move_to(NOON, tick=False)
    channel = webhook_channel(secrets={})
    client = browser(admin)

    response = client.post(f"/channels/{channel.pk}/secret/", {"secret": ""})

    channel.refresh_from_db()
    (made,) = webhooks.secrets_of(channel)
    assert response.headers["Location"] == f"/channels/{channel.pk}/secret/"
    pages = [client.get(f"/channels/{channel.pk}/secret/").content.decode() for _ in range(2)]
    assert [made in page for page in pages] == [True, False]
    assert call({"external_id": "1", "text": "Dark."}, secret=made).status_code == 200


def test_the_secret_of_one_channel_is_not_shown_on_the_page_of_another(admin):
    channel, other = webhook_channel(secrets={}), webhook_channel()
    client = browser(admin)
    client.post(f"/channels/{channel.pk}/secret/", {"secret": ""})
    channel.refresh_from_db()
    (made,) = webhooks.secrets_of(channel)

    assert made not in client.get(f"/channels/{other.pk}/secret/").content.decode()


def test_a_given_secret_is_kept_and_never_shown(admin):
    channel = webhook_channel(scheme="hub", secrets={})

    response = browser(admin).post(f"/channels/{channel.pk}/secret/", {"secret": "given-by-the-sender"})

    channel.refresh_from_db()
    assert response.status_code == 302
    assert webhooks.secrets_of(channel) == ["given-by-the-sender"]
    assert "given-by-the-sender" not in get(admin, f"/channels/{channel.pk}/")


def test_a_secret_that_is_too_short_is_named_on_the_form(admin):
    channel = webhook_channel(scheme="hub")

    response = browser(admin).post(f"/channels/{channel.pk}/secret/", {"secret": "short"})

    assert response.status_code == 422
    assert "A secret has at least 16 characters and no line breaks." in response.content.decode()
    channel.refresh_from_db()
    assert webhooks.secrets_of(channel) == [SECRET]


def test_the_former_secret_is_ended_on_the_page(admin):
    channel = webhook_channel(secrets={"secret": SECRET, "former_secret": FORMER})

    response = browser(admin).post(f"/channels/{channel.pk}/secret/end-former/")

    channel.refresh_from_db()
    assert response.status_code == 302
    assert webhooks.secrets_of(channel) == [SECRET]


def test_a_channel_of_another_kind_has_no_such_page(admin):
    channel = webhook_channel()
    Channel.objects.filter(pk=channel.pk).update(kind="feed")

    assert browser(admin).get(f"/channels/{channel.pk}/secret/").status_code == 404
    assert browser(admin).post(f"/channels/{channel.pk}/secret/end-former/").status_code == 404


def test_the_page_of_the_channel_has_the_address_for_whoever_may_change_it(admin, settings):
    settings.SITE_URL = "https://hub.example"
    channel = webhook_channel(mapping="meta")
    manager = AppointmentFactory(role=Role.MANAGER).user

    page, others_page = get(admin, f"/channels/{channel.pk}/"), get(manager, f"/channels/{channel.pk}/")

    assert f"https://hub.example/hooks/{ENDPOINT}/" in page
    assert ENDPOINT not in others_page
    assert page.count("It was never run against the live service.") == 1


def test_a_channel_is_connected_with_an_address_that_nobody_guesses(admin):
    client = browser(admin)
    entered = {"name": "Zapier", "our_handles": "", "setting_mapping": "socialhub", "setting_scheme": "standard"}

    for name in ("Zapier", "Make"):
        assert client.post("/channels/add/webhook/", {**entered, "name": name}).status_code == 302

    first, second = Channel.objects.order_by("pk")
    assert (first.next_fetch_at, first.options["scheme"], first.options["mapping"]) == (None, "standard", "socialhub")
    assert len(first.options["endpoint"]) == 32
    assert first.options["endpoint"] != second.options["endpoint"]


def test_changing_a_channel_keeps_its_address(admin):
    channel = webhook_channel()
    entered = {"name": "Now", "our_handles": "", "setting_mapping": "x", "setting_scheme": "x"}

    response = browser(admin).post(f"/channels/{channel.pk}/change/", entered)

    channel.refresh_from_db()
    assert response.status_code == 302
    assert channel.options == {"endpoint": ENDPOINT, "mapping": "x", "scheme": "x"}
    assert webhooks.secrets_of(channel) == [SECRET]


@pytest.mark.parametrize("mapping", ["meta", "x", "youtube"])
def test_connecting_says_which_mappings_were_never_run(mapping):
    connector = WebhookConnector()

    assert "never run against the live" in connector.check({"scheme": "hub", "mapping": mapping, "secret": SECRET})
    assert "never run live" in dict(connector.fields[0].choices)[mapping]


def test_a_secret_that_cannot_be_used_is_refused_when_a_channel_is_connected():
    with pytest.raises(PermanentFailure):
        WebhookConnector().check({"scheme": "standard", "mapping": "socialhub", "secret": "whsec_?"})


def test_nothing_is_looked_for_or_sent():
    connector = WebhookConnector()

    assert connector.fetch({}, {"a": 1}, at=NOON).cursor == {"a": 1}
    assert connector.look({}, None) is None  # type: ignore[arg-type]
    with pytest.raises(PermanentFailure):
        connector.send({}, None)  # type: ignore[arg-type]
