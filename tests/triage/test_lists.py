from datetime import timedelta
from html import unescape
from re import search

import pytest

from teams.models import User
from teams.services import choices as services
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConversationFactory
from tests.support.visiting import HTMX, browser, get, rows_of
from triage.finding.language import read
from triage.lists import choices, queues
from triage.lists.filtering import NO_FILTER, both, depends_on_reader, read_filter
from triage.lists.listing import Listing
from triage.lists.sorting import Sort
from triage.models import Conversation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def way(page: str, name: str) -> str:
    found = search(rf'hx-get="([^"]*\b{name}=[^"]*)"', page)
    return unescape(found[1]) if found else ""


@pytest.fixture
def four(owner) -> dict[str, int]:
    """Four that each order puts elsewhere."""
    columns = {
        "late": {"due_at": NOON, "last_inbound_at": NOON - timedelta(days=3), "priority": 3},
        "urgent": {"due_at": NOON + timedelta(hours=2), "last_inbound_at": NOON - timedelta(days=2), "priority": 1},
        "famous": {
            "due_at": NOON + timedelta(hours=3),
            "last_inbound_at": NOON - timedelta(days=1),
            "priority": 3,
            "facts": {"reach": 90_000},
        },
        "new": {"due_at": NOON + timedelta(hours=4), "last_inbound_at": NOON, "priority": 2, "facts": {"reach": 7}},
    }
    return {name: ConversationFactory(**values).pk for name, values in columns.items()}


@pytest.mark.parametrize("slug", ["needs-decision", "everything"])
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("deadline", ["late", "urgent", "famous", "new"]),
        ("newest", ["new", "famous", "urgent", "late"]),
        ("reach", ["famous", "new", "urgent", "late"]),
    ],
)
def test_a_list_is_read_in_the_order_that_its_reader_chose(owner, four, slug, sort, order):
    response = browser(owner).post(f"/inbox/{slug}/choose/", {"sort": sort})

    assert (response.status_code, response["Location"]) == (302, f"/inbox/{slug}/")
    shown = rows_of(get(owner, f"/inbox/{slug}/"))
    # Of those that reach as few the newest comes first.
    expected = [four[name] for name in order]
    assert shown == expected
    assert rows_of(get(owner, "/inbox/urgent/")) == [four["urgent"]]


def test_the_most_urgent_come_first_then_what_is_due_or_new(owner, four):
    for slug in ("needs-decision", "everything"):
        browser(owner).post(f"/inbox/{slug}/choose/", {"sort": "priority"})

    due, new = (rows_of(get(owner, f"/inbox/{slug}/")) for slug in ("needs-decision", "everything"))

    assert due == [four[name] for name in ("urgent", "new", "late", "famous")]
    assert new == [four[name] for name in ("urgent", "new", "famous", "late")]


@pytest.mark.parametrize("slug", ["needs-decision", "everything", "mine", "breaching-soon", "asked", "failed-sends"])
def test_every_order_of_a_list_is_read_on_and_back_without_a_gap(owner, slug, monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 2)
    for number in range(7):
        ConversationFactory(
            due_at=NOON + timedelta(minutes=number % 3),
            priority=1 + number % 2,
            last_inbound_at=NOON - timedelta(hours=number % 4),
            facts={"reach": number % 3},
        )
    queue = queues.FIXED[slug]

    for sort in queue.sorts:
        listing = Listing(queue, owner, sort, NO_FILTER, NO_FILTER)
        pages = [listing.page(NOON)]
        while pages[-1].after:
            pages.append(listing.page(NOON, after=pages[-1].after))
        back = [pages[-1]]
        while back[-1].before:
            back.append(listing.page(NOON, before=back[-1].before))
        # The id stands behind what the order reads.
        width = len(listing.reading.order.read)
        forwards = [row[width] for page in pages for row in page.rows]
        assert sorted(forwards) == sorted(listing.found(NOON).values_list("pk", flat=True))
        assert [row[width] for page in reversed(back) for row in page.rows] == forwards


def test_a_choice_belongs_to_one_person_and_one_list(owner, four):
    browser(owner).post("/inbox/everything/choose/", {"sort": "deadline"})

    assert choices.sort_of(User.objects.get(pk=owner.pk), "everything") == "deadline"
    assert choices.sort_of(User.objects.get(pk=owner.pk), "closed") == ""
    assert choices.sort_of(UserFactory(), "everything") == ""


@pytest.mark.parametrize("sent", [{"sort": "deadline"}, {"sort": "loudest"}, {"density": "airy"}, {}])
def test_what_a_list_cannot_be_is_not_chosen(owner, sent):
    browser(owner).post("/inbox/waiting/choose/", sent)

    assert User.objects.get(pk=owner.pk).choices == {}


def test_density_is_one_choice_for_all_lists(owner, four):
    browser(owner).post("/inbox/everything/choose/", {"density": "compact", "q": "lang:de"})

    assert 'data-density="compact"' in get(owner, "/inbox/needs-decision/")


def test_of_two_choices_at_once_none_is_lost(owner):
    services.choose(user_id=owner.pk, page="lists", change=lambda kept: choices.with_sort(kept, "mine", "reach"))
    services.choose(
        user_id=owner.pk, page="lists", change=lambda kept: choices.with_density(kept, choices.Density.COMPACT)
    )

    assert User.objects.get(pk=owner.pk).choices == {"lists": {"sorts": {"mine": "reach"}, "density": "compact"}}


def test_only_so_many_choices_are_kept():
    kept = {}
    for number in range(choices.MOST_LISTS + 5):
        kept = choices.with_sort(kept, f"view-{number}", "reach")

    assert next(iter(kept["sorts"])) == "view-5"
    assert len(kept["sorts"]) == choices.MOST_LISTS


def test_a_list_goes_on_in_both_directions(owner, monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 2)
    made = [ConversationFactory(due_at=NOON + timedelta(hours=n)).pk for n in range(6)]

    first = get(owner, "/inbox/needs-decision/")
    second = get(owner, way(first, "after"))
    deep = get(owner, "/inbox/needs-decision/" + way(second, "after").partition("/more/")[2])

    assert [rows_of(page) for page in (first, second, deep)] == [made[:2], made[2:4], made[4:]]
    assert (way(first, "before"), way(second, "before")) == ("", "")
    assert rows_of(get(owner, way(deep, "before"))) == made[2:4]


def test_what_is_new_is_told_by_its_place(owner, monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 2)
    made = [ConversationFactory(due_at=NOON + timedelta(hours=n)).pk for n in (1, 3, 5)]
    page = get(owner, "/inbox/needs-decision/")
    end = search(r'data-end="([^"]*)"', page)[1]
    above, between = (ConversationFactory(due_at=NOON + timedelta(hours=n)).pk for n in (0, 2))
    ConversationFactory(due_at=NOON + timedelta(hours=9))

    found = browser(owner).get("/inbox/needs-decision/places/", {"end": end}).json()

    assert found == {"ids": [above, made[0], between]}


def test_places_are_those_of_what_the_reader_may_see(agent, care):
    ours = ConversationFactory(assigned=True, department=care)
    ConversationFactory(assigned=True)

    assert browser(agent).get("/inbox/everything/places/").json() == {"ids": [ours.pk]}


def test_a_place_of_another_list_shows_the_beginning_and_says_so(owner, four, monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 2)
    place = way(get(owner, "/inbox/needs-decision/"), "after").partition("?")[2]

    for slug in ("needs-decision", "everything"):
        browser(owner).post(f"/inbox/{slug}/choose/", {"sort": "reach"})
        page = get(owner, f"/inbox/{slug}/?{place}", 404)
        assert rows_of(page) == [four["famous"], four["new"]]
        assert "That place is not in this list" in page
        assert get(owner, f"/inbox/{slug}/more/?{place}", 404)
        assert get(owner, f"/inbox/{slug}/places/?end={place[6:]}", 404)


@pytest.mark.parametrize("place", ["x", "%00", "W10", "A" * 5000])
def test_a_mangled_place_is_not_found(owner, place):
    for address in ("?after=", "?before=", "more/?after=", "places/?begin=", "places/?end="):
        get(owner, f"/inbox/everything/{address}{place}", 404)


# Filters.


def test_a_filter_narrows_any_list(owner, four):
    browser(owner).post("/inbox/everything/choose/", {"sort": "deadline"})

    assert rows_of(get(owner, "/inbox/everything/?q=priority:urgent,high")) == [four["urgent"], four["new"]]
    assert rows_of(get(owner, "/inbox/urgent/?q=reach:>5")) == []


def test_a_filter_stays_with_every_way_on(owner, four, monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 1)
    page = get(owner, "/inbox/everything/?q=priority:normal")

    assert rows_of(get(owner, way(page, "after"))) == [four["late"]]
    assert f'href="/inbox/everything/{four["famous"]}/?q=priority%3Anormal"' in page


def test_menus_add_terms_without_javascript(owner):
    channel = ChannelFactory(name="Our forum")
    page = get(owner, "/inbox/everything/")

    response = browser(owner).get(
        "/inbox/everything/", {"q": "cold", "add": ["is:late", "", 'channel:"Our forum"', "is:late"]}
    )

    assert f'value="channel:&quot;{channel.name}&quot;"' in page
    assert response["Location"] == "/inbox/everything/?q=cold+is%3Alate+channel%3A%22Our+forum%22"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red", "There is no field “colour”."),
        ("priority:", "Say what “priority:” is to be"),
        ("stage:new stage:closed", "at once, so nothing can be found."),
        ("power -power", "is wanted and excluded at once"),
        ("a" * 10_000, "at most 1,000 characters; this one has 10,000"),
    ],
)
def test_a_filter_that_finds_nothing_says_why(owner, four, text, said):
    page = get(owner, "/inbox/everything/" + f"?q={text.replace(' ', '+')}")

    assert rows_of(page) == []
    assert said in unescape(page)
    assert "Save as a view" not in page


def test_a_filter_of_words_that_no_index_has_says_so(owner, four):
    page = unescape(get(owner, "/inbox/everything/?q=the"))

    assert rows_of(page) == []
    assert "Some of these words are in almost every text of their language and are not looked for there." in page
    assert "almost every text" not in get(owner, "/inbox/everything/?q=parcelx")


def test_a_department_that_does_not_exist_is_named_with_the_nearest(owner, four):
    DepartmentFactory(slug="marketing", name="Marketing")

    page = unescape(get(owner, "/inbox/everything/?q=dept:markting,none+stage:new"))

    assert "There is no department “markting”." in page
    assert 'href="/inbox/everything/?q=dept%3AMarketing%2Cnone+stage%3Anew">Did you mean “Marketing”?</a>' in page
    assert "There is no department" not in get(owner, "/inbox/everything/?q=dept:marketing,mine,none")
    assert "Did you mean" not in get(owner, "/inbox/everything/?q=dept:zzz")


def test_the_number_beside_the_heading_comes_with_the_menu(owner, four):
    assert f'<span class="list-count" id="list-count">{len(four)} open</span>' in get(owner, "/inbox/needs-decision/")
    assert '<span id="list-count" hidden></span>' in get(owner, "/inbox/needs-decision/?q=stage:new")

    ConversationFactory()

    told = f'<span id="list-count" hx-swap-oob="innerHTML">{len(four) + 1} open</span>'
    assert told in get(owner, "/inbox/needs-decision/menu/", **HTMX)
    assert '<span id="list-count" hx-swap-oob="innerHTML"></span>' in get(owner, "/inbox/view-99/menu/", **HTMX)


@pytest.mark.parametrize("text", ["\x00", '"', "OR OR", "-", "(((", "🙃" * 300, "a:b:c", "is:late" * 3, "’", "%"])
def test_no_filter_breaks_a_list(owner, text):
    assert browser(owner).get("/inbox/everything/", {"q": text}).status_code == 200
    assert browser(owner).get("/inbox/everything/more/", {"q": text}).status_code == 200
    assert browser(owner).get("/inbox/everything/places/", {"q": text}).status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("holder:me", True),
        ("is:late,mine", True),
        ("stage:open OR has:draft", True),
        ("dept:mine", True),
        ("-is:unread", True),
        ("holder:none is:late has:note dept:care mine", False),
    ],
)
def test_some_filters_find_something_else_for_each_reader(text, expected):
    assert depends_on_reader(read(text)) is expected


def test_two_filters_are_asked_for_at_once():
    assert both(read_filter("cold"), read_filter("is:late")).sought == read("cold is:late")
    assert both(NO_FILTER, read_filter("cold")) == read_filter("cold")
    assert both(read_filter("cold"), NO_FILTER) == read_filter("cold")
    assert both(read_filter("x:y"), read_filter("cold")).is_unread
    assert both(read_filter("cold"), read_filter("x:y")).is_unread
    assert both(read_filter("stage:new"), read_filter("stage:closed")).problem != ""


def test_reach_is_what_was_known_at_the_beginning():
    known, unknown = ConversationFactory(facts={"reach": 12}), ConversationFactory()

    assert [Conversation.objects.get(pk=each.pk).reach for each in (known, unknown)] == [12, 0]


def test_a_list_offers_the_orders_that_it_has():
    assert queues.WAITING.sort_by("deadline") is Sort.NEWEST
    assert queues.CLOSED.sort_by("") is Sort.CLOSED
    assert queues.NEEDS_DECISION.sort_by("reach") is Sort.REACH
