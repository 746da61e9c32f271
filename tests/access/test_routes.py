import pytest
from django.urls import resolve

from tests.access.routes import ROUTES
from tests.support.routes import every_route


def test_every_route_says_who_may_use_it():
    assert every_route() == sorted(ROUTES)


@pytest.mark.django_db
def test_every_entry_is_tried_on_its_own_route(world):
    tried = {
        (route, used.at): resolve("/" + used.at.format(**world.ids).partition("?")[0]).route
        for route, uses in ROUTES.items()
        for used in uses.values()
    }

    assert {key: key[0] for key in tried} == tried
