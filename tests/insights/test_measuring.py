import pytest

from teams.roles import Role
from tests.factories.teams import AppointmentFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory
from tests.support.visiting import get

pytestmark = pytest.mark.django_db


def test_the_product_says_how_it_measures_and_where_that_is_weak(policy):
    OrganisationFactory()
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    conversation = ConversationFactory(sentiment=-0.7)

    page = get(owner, "/how-we-measure/")

    assert "it named the right one for 81 %" in page
    assert "as good what is from 0.3" in page
    assert "Weak: sarcasm" in page
    assert 'href="/how-we-measure/"' in get(owner, "/reports/")
    assert 'href="/how-we-measure/#mood"' in get(owner, f"/inbox/everything/{conversation.pk}/")


def test_what_sounds_neither_good_nor_bad_has_no_mood(policy):
    OrganisationFactory()
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    conversation = ConversationFactory(sentiment=0.1)

    assert "/how-we-measure/" not in get(owner, f"/inbox/everything/{conversation.pk}/")
