from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from listening.connectors import registry
from tests.factories.attachments import AttachedFileFactory, AttachmentFactory
from tests.factories.teams import NOON
from tests.factories.triage import DecisionFactory, DraftFactory, ReplyFactory, last_heard
from tests.support.network import Network, WideNetwork
from tests.support.pictures import picture
from triage.models import Attachment, Draft, Reply
from triage.services.approving import asks
from triage.services.seen import Seen
from triage.states import Split

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LONG = "The power is out in your street since nine, and a crew is on its way. " * 2


@pytest.fixture
def network(monkeypatch) -> Network:
    made = WideNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def browser(portal, client, agent):
    client.force_login(agent)
    return client


def file(content=None, name="map.jpg"):
    return SimpleUploadedFile(name, picture() if content is None else content)


def answer(held, policy, **more):
    return {
        "body": "Look at the map.",
        "key": "6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a11",
        "fence": held.fence,
        "seen_mention": last_heard(held).pk,
        "policy_version": policy.pk,
        **more,
    }


def test_a_file_is_attached_without_javascript_and_what_was_typed_is_kept(browser, held, agent):
    response = browser.post(
        f"/conversations/{held.pk}/attach/?from=mine", {"file": file(), "body": "Look at", "split": "plain"}
    )

    assert (response.status_code, response["Location"]) == (302, f"/inbox/mine/{held.pk}/")
    draft = Draft.objects.get(author=agent)
    assert (draft.body, draft.split, draft.attachments.count()) == ("Look at", Split.PLAIN, 1)
    page = browser.get(response["Location"]).content.decode()
    made = draft.attachments.get()
    assert f'name="attached" value="{made.pk}"' in page
    assert f'name="alt-{made.pk}"' in page
    assert f'src="/attachments/{made.pk}/"' in page


def test_several_files_at_once_tell_which_one_is_refused(browser, held):
    response = browser.post(
        f"/conversations/{held.pk}/attach/",
        {"file": [file(), file(b"%PDF-1.7", "form.pdf")], "body": ""},
        headers=HTMX,
    )

    assert response.status_code == 422
    page = response.content.decode()
    assert "form.pdf is of the kind application/pdf" in page
    assert "map.jpg" in page
    assert Attachment.objects.count() == 1


def test_no_file_is_no_attachment(browser, held):
    response = browser.post(f"/conversations/{held.pk}/attach/", {"body": "Hello."}, headers=HTMX)

    assert response.status_code == 422
    assert "Choose a file first." in response.content.decode()
    assert Draft.objects.get().body == "Hello."


def test_a_channel_that_takes_nothing_says_so(browser, held, monkeypatch):
    monkeypatch.setitem(registry.CONNECTORS, "scripted", Network())

    response = browser.post(f"/conversations/{held.pk}/attach/", {"file": file(), "body": ""}, headers=HTMX)

    assert response.status_code == 422
    assert "This channel takes no attachments." in response.content.decode()
    assert 'id="composer-attachments"' not in browser.get(f"/inbox/mine/{held.pk}/").content.decode()


def test_a_file_is_taken_off_and_what_was_typed_is_kept(browser, held, agent):
    made = AttachmentFactory(draft=DraftFactory(conversation=held, author=agent))

    response = browser.post(f"/attachments/{made.pk}/remove/", {"body": "Hello."}, headers=HTMX)

    assert (response.status_code, Attachment.objects.count()) == (200, 0)
    assert Draft.objects.get().body == "Hello."


def test_descriptions_are_kept_with_the_draft_and_sent(browser, held, agent, policy):
    made = AttachmentFactory(draft=DraftFactory(conversation=held, author=agent))

    saved = browser.post(f"/conversations/{held.pk}/draft/", {"body": "Look.", f"alt-{made.pk}": "A map."})
    made.refresh_from_db()
    assert (saved.status_code, made.alt) == (200, "A map.")
    sent = browser.post(
        f"/conversations/{held.pk}/send/",
        answer(held, policy, attached=str(made.pk), **{f"alt-{made.pk}": "A map of Elm Street."}),
    )

    assert sent.status_code == 302
    assert Reply.objects.get().attachments.get().alt == "A map of Elm Street."


@pytest.mark.parametrize(
    ("alt", "at_the_picture", "among_the_hints"),
    [
        ("recommended", "It has no description yet.", "you are asked about it before the answer goes out."),
        ("required", "Without a description this channel does not take it.", "this channel takes none without."),
    ],
)
def test_a_missing_description_is_told_before_anything_is_sent(
    browser, held, agent, policy, monkeypatch, network, alt, at_the_picture, among_the_hints
):
    monkeypatch.setattr(network, "limits", replace(network.limits, alt=alt))
    made = AttachmentFactory(draft=DraftFactory(conversation=held, author=agent))

    page = browser.get(f"/inbox/mine/{held.pk}/").content.decode()
    assert at_the_picture in page
    assert f"1 picture has no description: {among_the_hints}" in page
    bare = browser.post(f"/conversations/{held.pk}/draft/", {"body": "Look.", f"alt-{made.pk}": ""}).json()
    assert among_the_hints in bare["conduct"]["html"]
    told = browser.post(f"/conversations/{held.pk}/draft/", {"body": "Look.", f"alt-{made.pk}": "A map."}).json()
    assert among_the_hints not in told["conduct"]["html"]


def test_a_missing_description_is_asked_for_with_a_way_on(browser, held, agent, policy):
    made = AttachmentFactory(draft=DraftFactory(conversation=held, author=agent))
    told = answer(held, policy, attached=str(made.pk), **{f"alt-{made.pk}": ""})

    asked = browser.post(f"/conversations/{held.pk}/send/", told, headers=HTMX)
    assert asked.status_code == 422
    assert 'name="undescribed" value="yes"' in asked.content.decode()
    assert not Reply.objects.exists()

    assert browser.post(f"/conversations/{held.pk}/send/", told | {"undescribed": "yes"}).status_code == 302
    assert Reply.objects.get().attachments.count() == 1


def test_a_file_attached_in_another_tab_stops_the_answer(browser, held, agent, policy):
    AttachmentFactory(draft=DraftFactory(conversation=held, author=agent), alt="A map.")

    response = browser.post(f"/conversations/{held.pk}/send/", answer(held, policy, attached=""), headers=HTMX)

    assert response.status_code == 409
    assert "attached or removed on another page" in response.content.decode()
    assert not Reply.objects.exists()


def test_a_long_text_is_offered_as_a_thread(browser, held, agent, policy):
    refused = browser.post(f"/conversations/{held.pk}/send/", answer(held, policy, body=LONG), headers=HTMX)
    assert refused.status_code == 422
    assert "Send as a thread of 2" in refused.content.decode()

    assert (
        browser.post(f"/conversations/{held.pk}/send/", answer(held, policy, body=LONG, split="plain")).status_code
        == 302
    )
    assert Reply.objects.get().parts.count() == 2


def test_saving_a_long_draft_tells_how_many_posts_it_would_be(browser, held):
    told = browser.post(f"/conversations/{held.pk}/draft/", {"body": LONG, "split": "plain"}).json()

    assert (told["posts"], told["posts_text"]) == (2, "Goes out as a thread of 2 posts.")
    assert "posts" not in browser.post(f"/conversations/{held.pk}/draft/", {"body": "Hi", "split": ""}).json()


def test_the_preview_shows_each_post_and_the_pictures_on_the_first(browser, held, agent):
    made = AttachmentFactory(draft=DraftFactory(conversation=held, author=agent))
    told = {"body": "Hello.\n---\nGood night.", "split": "numbered", f"alt-{made.pk}": "A map."}

    page = browser.post(f"/conversations/{held.pk}/preview/", told, headers=HTMX).content.decode()

    assert page.count("<figure") == 2
    assert "Hello. 1/2" in page
    assert "Good night. 2/2" in page
    assert page.count("<img") == 1
    assert 'alt="A map."' in page


@pytest.mark.parametrize(
    ("media_type", "content", "shown", "disposition"),
    [
        ("image/jpeg", None, "image/jpeg", 'inline; filename="map.jpg"'),
        ("text/plain", b"<script>alert(1)</script>", "application/octet-stream", 'attachment; filename="map.jpg"'),
        ("application/pdf", b"%PDF-1.7", "application/octet-stream", 'attachment; filename="map.jpg"'),
    ],
)
def test_a_file_is_handed_out_so_that_it_can_run_nothing(
    browser, held, policy, media_type, content, shown, disposition
):
    kept = AttachedFileFactory(media_type=media_type, content=content)
    made = AttachmentFactory(draft=None, reply=ReplyFactory(conversation=held, policy_version=policy), file=kept)

    response = browser.get(f"/attachments/{made.pk}/")

    assert b"".join(response.streaming_content) == (content or picture())
    assert (response["Content-Type"], response["Content-Disposition"]) == (shown, disposition)
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=60"


def test_who_is_asked_for_approval_sees_what_is_attached(portal, client, held, agent, legal, policy):
    DecisionFactory(conversation=held, approval={"mode": "any", "asked": [{"person": legal.pk}]})
    AttachmentFactory(draft=DraftFactory(conversation=held, author=agent), alt="A map.")
    asked = asks.ask_approval(
        conversation_id=held.pk,
        author=agent,
        body=LONG,
        seen=Seen(held.fence, last_heard(held).pk, policy.pk),
        at=NOON,
        how=asks.How(split="plain"),
    )
    client.force_login(legal)

    page = client.get(f"/approvals/{asked.pk}/").content.decode()
    frozen = asked.attachments.get()
    assert f'src="/attachments/{frozen.pk}/"' in page
    assert "It goes out as a thread of 2 posts." in page
    assert client.get(f"/attachments/{frozen.pk}/").status_code == 200
    mine = Attachment.objects.get(draft__isnull=False)
    assert client.get(f"/attachments/{mine.pk}/").status_code == 404


def test_the_thread_shows_what_went_out(browser, held, policy):
    reply = ReplyFactory(conversation=held, policy_version=policy)
    made = AttachmentFactory(draft=None, reply=reply, alt="A map.")

    page = browser.get(f"/inbox/mine/{held.pk}/").content.decode()

    assert f'src="/attachments/{made.pk}/" alt="A map."' in page


def test_a_program_attaches_describes_and_sends(browser, held, agent, policy):
    made = browser.post(f"/api/conversations/{held.pk}/draft/attachments/", {"file": file(), "alt": "A map."})
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in ("name", "media_type", "width", "height", "alt")} == {
        "name": "map.jpg",
        "media_type": "image/jpeg",
        "width": 40,
        "height": 30,
        "alt": "A map.",
    }
    address = f"/api/attachments/{told['id']}/"
    changed = browser.patch(address, {"alt": "Elm Street."}, content_type="application/json")
    assert changed.json()["alt"] == "Elm Street."
    assert [one["id"] for one in browser.get(f"/api/conversations/{held.pk}/draft/attachments/").json()] == [told["id"]]

    body = {
        "key": "6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a11",
        "body": LONG,
        "fence": held.fence,
        "mention": last_heard(held).pk,
        "policy_version": policy.pk,
        "split": "numbered",
        "attachments": [told["id"]],
    }
    sent = browser.post(f"/api/conversations/{held.pk}/replies/", body, content_type="application/json").json()

    assert (sent["split"], [part["position"] for part in sent["parts"]]) == ("numbered", [1, 2])
    assert [one["alt"] for one in sent["attachments"]] == ["Elm Street."]
    content = browser.get(f"/api/attachments/{sent['attachments'][0]['id']}/file/")
    assert content["Content-Type"] == "image/jpeg"


def test_a_program_is_told_what_is_wrong_with_a_file(browser, held):
    refused = browser.post(f"/api/conversations/{held.pk}/draft/attachments/", {"file": file(b"%PDF-1.7", "form.pdf")})

    assert refused.status_code == 400
    assert "form.pdf is of the kind application/pdf" in refused.content.decode()
    assert not Attachment.objects.exists()
