import time

import pytest
from django.utils import translation

from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.triage import ConversationFactory
from triage.models import Conversation, ThreadEntry
from triage.showing.media import Beside, beside
from triage.showing.words import BEGINNING, folded, language_told

HTMX = {"HX-Request": "true"}
ZALGO = "H̷̛͇̥̟̼̰̹͉͊̌̀́̒̚e̵̡̛͎̙̙̜͛͊̓͑̕l̸̢̡̛̥̗̣̾̈́͠p̴̡̞͙̱̒̈́̏͌" * 40
PICTURES = {
    "$type": "app.bsky.embed.recordWithMedia",
    "media": {"$type": "app.bsky.embed.images", "images": [{"alt": "A broken table leg."}, {"alt": ""}]},
    "record": {"record": {"uri": "at://did:plc:abc/app.bsky.feed.post/3kx"}},
}


@pytest.fixture
def page(client, portal, owner):
    def read(conversation: Conversation) -> str:
        client.force_login(owner)
        return client.get(f"/inbox/needs-decision/{conversation.pk}/", headers=HTMX).content.decode()

    return read


def saying(text: str, **mention) -> Conversation:
    conversation = ConversationFactory()
    said = MentionFactory(profile=conversation.profile, text=text, **mention)
    ThreadEntry.objects.create(mention=said, conversation=conversation)
    return conversation


def test_a_letter_stands_as_it_is_and_what_is_longer_is_folded():
    text = "word " * 6_000

    assert folded("short") == ("short", "")
    beginning, rest = folded(text)
    assert len(beginning) <= BEGINNING
    assert f"{beginning} {rest}" == text
    assert folded("x" * 30_000) == ("x" * BEGINNING, "x" * (30_000 - BEGINNING))


@pytest.mark.parametrize(
    ("language", "reader", "told"),
    [
        ("es", "en", "Spanish"),
        ("es-MX", "en", "Mexican Spanish"),
        ("en", "en", ""),
        ("en-GB", "en", ""),
        ("", "en", ""),
        ("tlh", "en", "TLH"),
        ("en", "de", "Englisch"),
    ],
)
def test_a_language_is_told_where_it_is_not_the_readers(language, reader, told):
    with translation.override(reader):
        assert language_told(language) == told


def test_what_bluesky_embeds_is_told_and_linked():
    found = beside(media=None, embed=PICTURES, quoted=None, url="https://bsky.app/profile/did/post/1")

    assert found == (
        Beside("Picture", "A broken table leg.", "https://bsky.app/profile/did/post/1"),
        Beside("Picture", "Nobody has described it.", "https://bsky.app/profile/did/post/1"),
        Beside("Quotes a post", "", "https://bsky.app/profile/did:plc:abc/post/3kx"),
    )


def test_what_mastodon_tells_is_told_and_linked():
    quoted = {"url": "https://far.example/@b/2", "name": "b@far.example", "text": "Tables wobble."}

    found = beside(media=["https://far.example/1.png"], embed=None, quoted=quoted, url="")

    assert found == (
        Beside("Picture or recording", "", "https://far.example/1.png"),
        Beside("Quotes b@far.example", "Tables wobble.", "https://far.example/@b/2"),
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"images": "x", "external": 3, "record": []},
        {"images": [3, {"alt": 4}], "media": {"media": None}},
        {"external": {"uri": "javascript:alert(1)", "title": "Page"}},
        {"record": {"uri": "at://x"}},
    ],
)
def test_what_a_server_makes_up_leads_nowhere(odd):
    found = beside(media=[3, "javascript:alert(1)"], embed=odd, quoted={"url": "data:x", "text": 3}, url="ftp://x")

    assert all(one.url == "" for one in found)


@pytest.mark.django_db
def test_no_picture_is_loaded_from_elsewhere(page):
    shown = page(saying("Look!", raw={"record": {"embed": PICTURES}, "media": ["https://far.example/1.png"]}))

    assert "A broken table leg." in shown
    assert '<a href="https://far.example/1.png" rel="noopener noreferrer nofollow" target="_blank">' in shown
    assert "<img" not in shown


@pytest.mark.django_db
def test_a_foreign_message_says_its_language_to_eyes_and_machines(page):
    shown = page(saying("¿Dónde está mi mesa?", language="es"))

    assert '<span class="chip">Spanish</span>' in shown
    assert '<div class="message-text" dir="auto" lang="es">¿Dónde está mi mesa?</div>' in shown


@pytest.mark.django_db
def test_a_very_long_post_is_folded_and_all_there(page):
    text = " ".join(f"w{n}" for n in range(5_000))

    shown = page(saying(text))

    assert "Show all" in shown
    assert "w4999" in shown
    assert shown.count("w4999") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["🙂" * 400, ZALGO, "مرحبا hello שלום", "\u202eevil", "x" * 5_000, "\u0000 \u0007"])
def test_whatever_is_written_renders(page, text):
    assert '<div class="message-text" dir="auto"' in page(saying(text.replace("\0", "")))


@pytest.mark.django_db
def test_an_author_without_a_name_has_one_to_read(page):
    conversation = ConversationFactory(author_name="")
    nobody = ProfileFactory(channel=conversation.channel, name="", handle="")
    said = MentionFactory(profile=nobody, text="Who am I?")
    ThreadEntry.objects.create(mention=said, conversation=conversation)

    assert f'<bdi class="message-name">{nobody.external_id}</bdi>' in page(conversation)


@pytest.mark.django_db
def test_an_answer_to_something_further_up_says_to_what(page):
    conversation = ConversationFactory()
    first = conversation.entries.get().mention
    for number in range(2):
        said = MentionFactory(
            profile=ProfileFactory(channel=conversation.channel, name=f"Guest {number}"),
            text=f"So do I {number}.",
            in_reply_to=first.external_id,
        )
        ThreadEntry.objects.create(mention=said, conversation=conversation)

    shown = page(conversation)

    assert shown.count("In answer to") == 1
    assert f"In answer to {first.profile.name}: “{first.text}”" in shown


@pytest.mark.django_db
def test_an_answer_to_what_was_not_heard_says_so(page):
    assert "In answer to something that was not heard here." in page(saying("Me, too.", in_reply_to="elsewhere"))


@pytest.mark.django_db
def test_a_thread_of_thousands_shows_its_end_in_little_time(page):
    conversation = ConversationFactory()
    mentions = MentionFactory.build_batch(5_000, profile=conversation.profile, channel=conversation.channel)
    made = MentionFactory._meta.model.objects.bulk_create(mentions)
    ThreadEntry.objects.bulk_create(ThreadEntry(mention=one, conversation=conversation) for one in made)
    page(conversation)

    begin = time.process_time()
    shown = page(conversation)

    assert shown.count('class="message"') == 100
    assert "Earlier messages" in shown
    assert time.process_time() - begin < 2
    assert len(shown) < 400_000


def test_pictures_beyond_the_most_that_are_shown_are_counted():
    pictures = [f"https://far.example/{number}.png" for number in range(40)]

    found = beside(media=pictures, embed=None, quoted=None, url="https://far.example/post")

    assert len(found) == 11
    assert (found[9].url, found[10].label, found[10].url) == (
        pictures[9],
        "30 more stand there",
        "https://far.example/post",
    )
