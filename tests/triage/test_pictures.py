import re

import pytest
from django.urls import reverse

from listening.models import Picture
from teams.roles import Role
from tests.factories.listening import MentionFactory, PictureFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory, last_heard
from triage.models import ThreadEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(policy):
    OrganisationFactory()
    return ConversationFactory()


@pytest.fixture
def owner(client, conversation):
    client.force_login(AppointmentFactory(role=Role.TRIAGE_OWNER).user)
    return client


def shown(client, conversation) -> list[str]:
    page = client.get(f"/conversations/{conversation.pk}/", follow=True).content.decode()
    return re.findall(r'<ul class="pictures".*?</ul>', page, re.DOTALL)


def test_a_kept_picture_is_shown_with_its_size_and_its_words_from_here(owner, conversation):
    picture = PictureFactory(mention=last_heard(conversation), kept=True, alt="A lamp & a dog.")
    address = reverse("triage:picture", args=[picture.pk])

    (figure,) = shown(owner, conversation)
    answer = owner.get(address)

    assert f'src="{address}" alt="A lamp &amp; a dog." width="400" height="300" loading="lazy"' in figure
    assert f'popovertarget="whole-{picture.pk}"' in figure
    assert f'<div class="dialog" id="whole-{picture.pk}" popover role="dialog" aria-label="Picture 1">' in figure
    assert "pictures.example" not in figure
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"a small picture")
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, max-age=60"


def test_one_that_is_being_fetched_is_asked_for_again_until_it_is_there(owner, conversation):
    picture = PictureFactory(mention=last_heard(conversation), alt="")
    again = reverse("triage:picture_again", args=[picture.pk])

    (figure,) = shown(owner, conversation)
    assert f'hx-get="{again}?asked=1" hx-trigger="load delay:3s"' in figure
    assert "It is being fetched." in figure
    assert owner.get(reverse("triage:picture", args=[picture.pk])).status_code == 404

    assert f'hx-get="{again}?asked=6"' in owner.get(f"{again}?asked=5").content.decode()
    for asked in ("6", "7", "12", "-1", "x", ""):
        later = owner.get(f"{again}?asked={asked}").content.decode()
        assert ("hx-get" in later, "It could not be fetched yet." in later) == (False, True)
    Picture.objects.update(state=Picture.State.KEPT, width=40, height=30)
    address = reverse("triage:picture", args=[picture.pk])
    assert f'src="{address}" alt="Picture 1. Nobody has described it."' in owner.get(again).content.decode()


def test_one_that_did_not_come_at_the_first_try_says_so_and_is_not_asked_for_again(owner, conversation):
    PictureFactory(mention=last_heard(conversation), failure="far.example cannot be reached.")

    (figure,) = shown(owner, conversation)

    assert ("hx-get" in figure, "It could not be fetched yet." in figure) == (False, True)


def test_one_that_cannot_be_had_says_so_and_leads_to_it(owner, conversation):
    told = {"state": "failed", "failure": "It is not a picture that can be shown."}
    picture = PictureFactory(mention=last_heard(conversation), **told)

    (figure,) = shown(owner, conversation)

    assert f'href="{picture.url}" target="_blank" rel="noopener noreferrer nofollow"' in figure
    assert "It is not a picture that can be shown." in figure
    assert "<img" not in figure


def test_pictures_are_told_once_and_cost_one_query_wherever_there_are_any(
    owner, conversation, django_assert_num_queries, django_assert_max_num_queries
):
    embed = {"images": [{"alt": "A lamp."}, {"alt": "A dog."}]}
    said = MentionFactory(profile=conversation.profile, raw={"record": {"embed": embed}})
    ThreadEntry.objects.create(mention=said, conversation=conversation)
    address = f"/inbox/everything/{conversation.pk}/"
    owner.get(address)
    with django_assert_max_num_queries(100) as without:
        assert owner.get(address).content.decode().count("A lamp.") == 1

    for position, alt in enumerate(("A lamp.", "A dog."), 1):
        PictureFactory(mention=said, kept=True, position=position, alt=alt)
    with django_assert_num_queries(len(without) + 1):
        page = owner.get(address).content.decode()

    # Each small, and whole where somebody opens it.
    assert page.count("<img") == 4
    assert page.count("message-beside") == 0


def test_descriptions_at_the_end_of_the_words_stand_below_the_pictures_only(owner, conversation):
    said = MentionFactory(profile=conversation.profile, text="Look [there]\n\n[A lamp.]\n\n[A dog.]")
    ThreadEntry.objects.create(mention=said, conversation=conversation)
    page = f"/inbox/everything/{conversation.pk}/"
    assert "[A lamp.]" in owner.get(page).content.decode()

    for position, alt in enumerate(("A lamp.", "", "A dog."), 1):
        PictureFactory(mention=said, kept=True, position=position, alt=alt)
    words = re.findall(r'<div class="message-text"[^>]*>(.*?)</div>', owner.get(page).content.decode(), re.DOTALL)

    assert words[-1] == "Look [there]"
    found = owner.get("/search/?q=%22a+dog%22").content.decode()
    assert f"/conversations/{conversation.pk}/" in found


def test_a_post_without_words_tells_what_its_pictures_show_below_them_only(owner, conversation):
    said = MentionFactory(profile=conversation.profile, text="A lamp. \nA dog.")
    ThreadEntry.objects.create(mention=said, conversation=conversation)
    for position, alt in enumerate(("A lamp.", "", "A dog."), 1):
        PictureFactory(mention=said, kept=True, position=position, alt=alt)

    page = owner.get(f"/inbox/everything/{conversation.pk}/").content.decode()
    (last,) = re.findall(r'<article class="message">(?:(?!<article).)*?A dog\..*?</article>', page, re.DOTALL)

    assert re.findall(r'<div class="message-text"[^>]*>(.*?)</div>', last, re.DOTALL) == []
    assert re.findall(r'<p class="picture-words[^>]*>(.*?)</p>', last) == ["A lamp.", "A dog."]
