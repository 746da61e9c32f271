import pytest

from listening.models import Mention
from tests.factories.listening import PictureFactory
from tests.factories.triage import last_heard
from tests.support.approving import LATER, ask, needs
from tests.support.visiting import get

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def test_an_approver_reads_messages_whole_and_what_their_pictures_show(held, policy, legal):
    needs(held, {"person": legal.pk})
    picture = PictureFactory(mention=last_heard(held), alt="A lamp that is dark.")
    text = "Waiting. " * 500 + f"We want our money back.\n\n[{picture.alt}]"
    Mention.objects.filter(pk=picture.mention_id).update(text=text)
    approval = ask(held, policy)

    page = get(legal, f"/approvals/{approval.pk}/")

    assert (page.count("Waiting."), "We want our money back." in page) == (500, True)
    assert f'href="{picture.url}"' in page
    assert page.count(picture.alt) == 1


def test_an_approver_sees_of_what_was_removed_that_it_is(held, policy, legal):
    needs(held, {"person": legal.pk})
    Mention.objects.filter(pk=last_heard(held).pk).update(erased_at=LATER, text="")
    approval = ask(held, policy)

    assert get(legal, f"/approvals/{approval.pk}/").count("message-note") == 1
