from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils.html import escape

from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.saved_views import SavedViewFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from tests.support.visiting import browser, get, rows_of
from triage.lists.filtering import read_filter, written
from triage.models import SavedView
from triage.services import counting_views, saved_views
from triage.services.saved_views import Wanted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

LATE = Wanted("Late", "is:late", "deadline")


@pytest.fixture
def lead(care) -> User:
    return MembershipFactory(department=care, role=Role.LEAD).user


def names(user: User) -> list[str]:
    return [view.name for view in SavedView.objects.visible_to(user).in_order()]


def test_a_view_is_saved_from_a_filter_and_stands_in_the_menu(owner):
    late = ConversationFactory(due_at=NOON - timedelta(hours=1))
    ConversationFactory(due_at=NOON + timedelta(hours=1))
    form = get(owner, "/inbox/views/save/?q=is:late&sort=deadline")

    response = browser(owner).post("/inbox/views/save/", {"name": "Late", "query": " is:late ", "sort": "deadline"})

    view = SavedView.objects.get()
    assert 'value="is:late"' in form
    assert response["Location"] == f"/inbox/view-{view.pk}/"
    page = get(owner, f"/inbox/view-{view.pk}/")
    assert rows_of(page) == [late.pk]
    assert f'href="/inbox/view-{view.pk}/" aria-current="page"' in page
    assert (view.query, view.owner, view.department, view.position) == ("is:late", owner, None, 0)


@pytest.mark.parametrize(
    "change", [{"query": "x:y"}, {"query": "stage:new stage:closed"}, {"query": ""}, {"name": ""}, {"sort": "loud"}]
)
def test_what_is_no_view_is_not_saved(owner, change):
    sent = {"name": "Late", "query": "is:late", "sort": "deadline", **change}

    assert browser(owner).post("/inbox/views/save/", sent).status_code == 422
    assert not SavedView.objects.exists()


def test_a_filter_beside_a_view_narrows_it_further(owner):
    urgent = ConversationFactory(due_at=NOON - timedelta(hours=1), priority=1)
    ConversationFactory(due_at=NOON - timedelta(hours=1))
    view = SavedViewFactory(owner=owner, query="is:late")

    page = get(owner, f"/inbox/view-{view.pk}/?q=priority:urgent")

    assert rows_of(page) == [urgent.pk]
    assert "/inbox/views/save/?q=is%3Alate+priority%3Aurgent" in page


def test_a_filter_saved_beside_a_list_keeps_what_the_list_keeps(owner):
    DepartmentFactory(slug="care", name="Care")
    channel = ChannelFactory(name="The old forum")
    for slug, kept in (
        ("needs-decision", "stage:new "),
        ("urgent", "priority:urgent stage:new,assigned,claimed "),
        ("breaching-soon", "is:breaching "),
        ("mine", "is:mine stage:open "),
        ("waiting", "stage:waiting "),
        ("failed-sends", "has:failure stage:open "),
        ("asked", "is:asked "),
        ("closed", "stage:closed "),
        ("department-care", "dept:care stage:assigned,claimed "),
        (f"channel-{channel.pk}", 'channel:"The old forum" stage:new '),
        ("everything", ""),
    ):
        page = get(owner, f"/inbox/{slug}/?q=lang:da")
        assert f"/inbox/views/save/{escape(written(q=f'{kept}lang:da'))}&amp;sort=" in page, slug
        assert read_filter(f"{kept}lang:da").problem == ""


def test_a_private_view_is_its_owners_alone(owner, agent, lead):
    view = SavedViewFactory(owner=agent)

    for stranger in (owner, lead):
        assert names(stranger) == []
        for address in (f"view-{view.pk}/", f"views/{view.pk}/change/"):
            get(stranger, f"/inbox/{address}", 404)
    assert names(agent) == [view.name]


def test_a_shared_view_lists_what_concerns_the_department_to_everybody(owner, agent, care):
    ours = ConversationFactory(assigned=True, department=care)
    heard = ConcernFactory(department=care).conversation
    ConversationFactory(assigned=True)
    view = SavedViewFactory(owner=owner, department=care, query="stage:open")

    shown = [set(rows_of(get(user, f"/inbox/view-{view.pk}/"))) for user in (owner, agent)]

    assert shown == [{ours.pk, heard.pk}] * 2
    assert counting_views.count_of(view, at=NOON) == 2


def test_only_leads_and_triage_owners_share(owner, agent, lead, care):
    other = DepartmentFactory()
    shared = Wanted("Late", "is:late", "newest", care)

    with pytest.raises(saved_views.ViewNotTheirs):
        saved_views.save_view(wanted=shared, actor=agent, at=NOON)
    with pytest.raises(saved_views.ViewNotTheirs):
        saved_views.save_view(wanted=Wanted("Late", "is:late", "newest", other), actor=lead, at=NOON)
    assert not SavedView.objects.exists()

    saved_views.save_view(wanted=shared, actor=lead, at=NOON)
    saved_views.save_view(wanted=Wanted("Late", "is:late", "newest", other), actor=owner, at=NOON)
    assert names(agent) == ["Late"]
    assert 'name="department"' not in get(agent, "/inbox/views/save/")
    assert 'name="department"' in get(lead, "/inbox/views/save/")


def test_a_name_stands_once_in_a_menu(owner, care):
    saved_views.save_view(wanted=LATE, actor=owner, at=NOON)
    saved_views.save_view(wanted=Wanted("Late", "is:late", "deadline", care), actor=owner, at=NOON)

    with pytest.raises(saved_views.ViewNameTaken):
        saved_views.save_view(wanted=LATE, actor=owner, at=NOON)

    response = browser(owner).post("/inbox/views/save/", {"name": "Late", "query": "is:late", "sort": "newest"})
    assert response.status_code == 422
    assert SavedView.objects.count() == 2


def test_a_menu_has_an_end(owner):
    for _ in range(saved_views.MOST_OF_ONE):
        SavedViewFactory(owner=owner)

    with pytest.raises(saved_views.TooManyViews):
        saved_views.save_view(wanted=LATE, actor=owner, at=NOON)

    assert SavedView.objects.count() == saved_views.MOST_OF_ONE


def test_a_changed_view_has_no_number_until_it_is_counted(owner, care):
    view = SavedViewFactory(owner=owner, count=7, counted_at=NOON)

    saved_views.change_view(
        view=view, wanted=Wanted("Now", "is:mine", "reach", care), actor=owner, at=NOON + timedelta(hours=1)
    )

    view.refresh_from_db()
    assert (view.name, view.query, view.sort, view.department) == ("Now", "is:mine", "reach", care)
    assert (view.count, view.counted_at) == (None, None)


def test_views_are_moved_within_their_menu(owner):
    first, _second, third = (SavedViewFactory(owner=owner, position=0, name=name) for name in "abc")
    SavedViewFactory(owner=owner, department=DepartmentFactory(), name="elsewhere")

    saved_views.move_view(view=third, step=-1, actor=owner)
    saved_views.move_view(view=first, step=-1, actor=owner)
    assert names(owner) == ["a", "c", "b", "elsewhere"]

    browser(owner).post(f"/inbox/views/{first.pk}/move/", {"to": "down"})
    assert names(owner) == ["c", "a", "b", "elsewhere"]


def test_who_may_not_change_a_view_changes_nothing(agent, care, lead):
    view = SavedViewFactory(owner=lead, department=care, name="Theirs")

    for act in (
        lambda: saved_views.change_view(view=view, wanted=LATE, actor=agent, at=NOON),
        lambda: saved_views.move_view(view=view, step=1, actor=agent),
        lambda: saved_views.delete_view(view=view, actor=agent),
    ):
        with pytest.raises(saved_views.ViewNotTheirs):
            act()

    assert names(agent) == ["Theirs"]


def test_only_its_owner_takes_a_shared_view_back(owner, lead, care):
    view = SavedViewFactory(owner=lead, department=care, name="Ours")

    with pytest.raises(saved_views.ViewNotTheirs):
        saved_views.change_view(view=view, wanted=LATE, actor=owner, at=NOON)
    assert names(owner) == ["Ours"]

    saved_views.change_view(view=view, wanted=LATE, actor=lead, at=NOON)
    assert (names(owner), names(lead)) == ([], ["Late"])


def test_a_deleted_view_leaves_what_it_listed(owner):
    conversation = ConversationFactory()
    view = SavedViewFactory(owner=owner)

    browser(owner).post(f"/inbox/views/{view.pk}/delete/")

    gone = get(owner, f"/inbox/view-{view.pk}/", 404)
    assert "It was deleted, or is not shared with you any more." in gone
    assert 'href="/inbox/views/">To the views that there are</a>' in gone
    response = browser(owner).get(f"/inbox/view-{view.pk}/{conversation.pk}/")
    assert response["Location"] == f"/conversations/{conversation.pk}/"


# Numbers.


def test_a_number_is_what_its_owner_sees(agent, owner, care):
    ConversationFactory(assigned=True, department=care)
    ConversationFactory(assigned=True)
    counted = [
        counting_views.count_of(SavedViewFactory(owner=user, query="stage:assigned"), at=NOON)
        for user in (agent, owner)
    ]

    assert counted == [1, 2]


def test_views_are_counted_while_somebody_looks(owner):
    ConversationFactory()
    seen, forgotten = (SavedViewFactory(owner=owner, query="stage:new") for _ in range(2))
    SavedView.objects.filter(pk=forgotten.pk).update(looked_at=NOON - timedelta(hours=1))

    assert [counting_views.count_due(at=NOON) for _ in range(2)] == [1, 0]
    assert counting_views.count_due(at=NOON + timedelta(seconds=20)) == 1

    seen.refresh_from_db()
    forgotten.refresh_from_db()
    assert (seen.count, seen.counted_at) == (1, NOON + timedelta(seconds=20))
    assert forgotten.count is None


def test_what_is_slow_is_counted_less_often(owner):
    SavedViewFactory(owner=owner, count=1, counted_at=NOON - timedelta(seconds=30), count_seconds=1.0)

    assert counting_views.count_due(at=NOON) == 0
    assert counting_views.count_due(at=NOON + timedelta(seconds=20)) == 1


def test_what_takes_too_long_or_differs_for_each_has_no_number(owner, care, monkeypatch):
    assert counting_views.count_of(SavedViewFactory(department=care, query="is:mine"), at=NOON) is None
    assert counting_views.count_of(SavedViewFactory(owner=owner, query="x:y"), at=NOON) is None
    view = SavedViewFactory(owner=owner)
    monkeypatch.setattr("triage.lists.filtering.conditions", lambda *_, **__: (_ for _ in ()).throw(OperationalError))
    assert counting_views.count_of(view, at=NOON) is None


def test_the_number_has_an_end(owner, monkeypatch):
    monkeypatch.setattr(counting_views, "MOST_FOUND", 2)
    for _ in range(3):
        ConversationFactory()
    view = SavedViewFactory(owner=owner, query="stage:new")

    counting_views.count_due(at=NOON)
    view.refresh_from_db()

    assert view.count == 2


def test_looking_at_the_menu_asks_for_numbers_once_in_a_while(owner, django_assert_num_queries):
    view = SavedViewFactory(owner=owner, count=1000, counted_at=NOON)
    SavedView.objects.update(looked_at=NOON - timedelta(minutes=5))
    client = browser(owner)
    client.get("/inbox/everything/")

    view.refresh_from_db()
    assert view.looked_at == NOON
    # Session, person, numbers with the views, rows.
    with django_assert_num_queries(4):
        page = client.get(f"/inbox/view-{view.pk}/").content.decode()
    assert "999+" in page


def test_a_shared_view_is_counted_on_when_who_saved_it_is_gone(lead, care):
    ConcernFactory(department=care)
    shared = SavedViewFactory(owner=lead, department=care, query="stage:new")
    SavedViewFactory(owner=lead, query="stage:new")
    User.objects.filter(pk=lead.pk).update(is_active=False)

    assert counting_views.count_due(at=NOON) == 1

    shared.refresh_from_db()
    assert shared.count == 1
