from datetime import timedelta
from html import unescape
from re import findall, search

import pytest

from teams.models import Notification, User
from teams.roles import Role
from teams.services import notifications
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory
from tests.factories.pen import NoteFactory
from tests.factories.teams import (
    NOON,
    AppointmentFactory,
    MembershipFactory,
    UserFactory,
)
from tests.factories.triage import ConcernFactory, ConversationFactory, DraftFactory, last_heard
from tests.support.visiting import HTMX, browser, get, rows_of
from triage.models import Conversation, Event, ThreadEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

# Session, person, rows and numbers; names and the organisation are kept by each process.
INBOX_QUERIES = 4
CONVERSATION_QUERIES = 22


# What a page costs.


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_inbox_costs_the_same_however_many_rows(owner, care, count, django_assert_num_queries):
    for _ in range(count):
        conversation = ConversationFactory(
            assigned=True, department=care, offered_to=UserFactory(), profile__channel=ChannelFactory()
        )
        ConcernFactory(conversation=conversation)
    client = browser(owner)
    client.get("/inbox/department-care/")

    with django_assert_num_queries(INBOX_QUERIES):
        response = client.get("/inbox/department-care/")

    assert len(rows_of(response.content.decode())) == count


@pytest.mark.parametrize("count", [1, 12])
def test_a_conversation_costs_the_same_however_much_was_said(agent, held, count, django_assert_num_queries):
    for _ in range(count):
        mention = MentionFactory(profile=ProfileFactory(channel=held.channel))
        ThreadEntry.objects.create(mention=mention, conversation=held)
        Event.objects.create(conversation=held, kind="heard", at=NOON, actor=UserFactory())
    client = browser(agent)
    client.get("/inbox/mine/")

    with django_assert_num_queries(CONVERSATION_QUERIES):
        client.get(f"/inbox/mine/{held.pk}/", headers=HTMX)


# What each person sees.


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.TRIAGE_OWNER, "/inbox/needs-decision/"),
        (Role.MANAGER, "/inbox/everything/"),
        (Role.RESPONDER, "/inbox/department-care/"),
        (Role.LISTENER, "/inbox/everything/"),
    ],
)
def test_the_inbox_opens_where_the_work_of_a_person_is(care, role, address):
    if role in (Role.RESPONDER, Role.LISTENER):
        user = MembershipFactory(department=care, role=role).user
    else:
        user = AppointmentFactory(role=role).user

    response = browser(user).get("/inbox/")

    assert (response.status_code, response["Location"]) == (302, address)


def test_a_search_from_anywhere_looks_everywhere(owner):
    assert browser(owner).get("/inbox/", {"q": "dark & cold"})["Location"] == "/inbox/everything/?q=dark+%26+cold"


def test_a_list_shows_what_concerns_the_reader_and_hides_the_rest(owner, agent, care):
    ours = ConversationFactory(assigned=True, department=care, author_name="Ours")
    heard = ConcernFactory(department=care, conversation__author_name="Heard").conversation
    hidden = ConversationFactory(assigned=True, author_name="Hidden person")

    page = get(agent, "/inbox/everything/")

    assert rows_of(page) == [heard.pk, ours.pk]
    assert "Hidden person" not in page
    assert rows_of(get(owner, "/inbox/everything/")) == [hidden.pk, heard.pk, ours.pk]


def test_the_menu_counts_for_those_who_see_everything(owner, agent, care):
    ConversationFactory(priority=1)
    ConversationFactory()
    ConversationFactory(claimed=True, department=care, holder=agent)

    def menu(user: User) -> dict[str, str]:
        found = findall(
            r'<span class="queue-label">(.*?)</span>(?:<span class="queue-count">(.*?)</span>)?',
            get(user, "/inbox/everything/"),
        )
        return {unescape(label): count for label, count in found}

    assert [menu(owner)[label] for label in ("Needs a decision", "Urgent", "Customer care")] == ["2", "1", "1"]
    mine = menu(agent)
    assert ("Needs a decision" in mine, mine["Mine"], mine["Customer care"]) == (False, "1", "1")


def test_a_row_is_marked_until_its_notification_is_read(agent, held):
    notifications.notify(
        people=[agent],
        kind=Notification.Kind.GIVEN,
        event_id=1,
        conversation_id=held.pk,
        subject="x",
        actor=None,
        at=NOON,
    )
    assert "row-link is-unread" in get(agent, "/inbox/mine/")

    notifications.mark_read(user=agent, at=NOON)
    assert "row-link is-unread" not in get(agent, "/inbox/mine/")


def test_a_search_finds_what_the_reader_may_see(agent, care):
    found = ConversationFactory(assigned=True, department=care, snippet="A frozen boiler")
    ConversationFactory(assigned=True, department=care, snippet="Thank you")
    ConversationFactory(assigned=True, snippet="Another frozen boiler")

    page = get(agent, "/inbox/everything/?q=frozen+boiler")

    assert rows_of(page) == [found.pk]
    assert findall(r'href="([^"]*)" title="Take away">(\w+)', page) == [
        ("/inbox/everything/?q=boiler", "frozen"),
        ("/inbox/everything/?q=frozen", "boiler"),
    ]
    assert "Nothing that you may see is like this." in get(agent, "/inbox/everything/?q=nothing")


def test_a_search_finds_what_was_noted_beside_what_was_said(agent, care):
    said = ConversationFactory(assigned=True, department=care, snippet="A frozen boiler")
    noted = ConversationFactory(assigned=True, department=care, last_inbound_at=NOON - timedelta(hours=1))
    for conversation in (said, noted, ConversationFactory(assigned=True)):
        NoteFactory(conversation=conversation, author=agent, body="The boiler is ours.")

    assert rows_of(get(agent, "/inbox/everything/?q=boiler")) == [said.pk, noted.pk]
    assert rows_of(get(agent, f"/inbox/everything/?q=boiler&profile={noted.profile_id}")) == [noted.pk]


def test_pages_lead_on_and_back_and_keep_the_search(owner, monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 2)
    made = [ConversationFactory(due_at=NOON + timedelta(hours=2 + n), snippet="cold").pk for n in range(5)]
    address = "/inbox/needs-decision/"

    def follow(page: str, way: str) -> str:
        found = search(rf'href="(\?[^"]*\b{way}=[^"]*)"', page)
        assert found is not None
        assert "q=cold" in found[1]
        return get(owner, address + unescape(found[1]))

    first = get(owner, f"{address}?q=cold")
    second = follow(first, "after")
    third = follow(second, "after")

    assert [rows_of(page) for page in (first, second, third)] == [made[:2], made[2:4], made[4:]]
    assert rows_of(follow(third, "before")) == made[2:4]
    assert search(r'href="\?[^"]*before=', first) is None
    assert search(r'href="\?[^"]*after=', third) is None


@pytest.mark.parametrize(
    "address",
    [
        "/inbox/nothing/",
        "/inbox/everything/?after=x",
        "/inbox/everything/?before=%00",
        f"/inbox/channel-{'1' * 5000}/",
        f"/inbox/everything/{'9' * 30}/",
        "/inbox/everything/0/",
    ],
)
def test_an_address_of_nothing_is_not_found(owner, address):
    assert browser(owner).get(address).status_code == 404


@pytest.mark.parametrize("profile", ["1", "x", "²", "9" * 18, "9" * 30, "-1"])
def test_a_list_of_one_author_survives_any_number(owner, profile):
    assert browser(owner).get("/inbox/everything/", {"profile": profile}).status_code == 200


def test_a_row_is_fetched_alone_until_it_leaves_the_list(owner):
    conversation = ConversationFactory()

    assert rows_of(get(owner, f"/inbox/needs-decision/{conversation.pk}/row/")) == [conversation.pk]
    assert get(owner, f"/inbox/waiting/{conversation.pk}/row/", 204) == ""
    get(owner, "/inbox/waiting/999999/row/", 404)


# The conversation.


def test_a_conversation_shows_the_thread_the_side_and_what_may_be_done(agent, held):
    page = get(agent, f"/inbox/mine/{held.pk}/")

    assert held.snippet in page
    assert [
        f'action="/conversations/{held.pk}/{act}/?from=mine"' in page for act in ("release", "wait", "close", "send")
    ] == [True] * 4
    assert [f"/conversations/{held.pk}/{act}/" in page for act in ("claim", "decide", "reopen")] == [False] * 3
    assert f'name="seen_mention" value="{last_heard(held).pk}"' in page


def test_htmx_gets_the_conversation_alone(agent, held):
    page = get(agent, f"/inbox/mine/{held.pk}/", **HTMX)

    assert page.lstrip().startswith("<article")
    assert "<html" not in page


def test_a_conversation_of_others_is_not_found(agent):
    hidden = ConversationFactory(assigned=True)

    for address in (f"/inbox/everything/{hidden.pk}/", f"/conversations/{hidden.pk}/"):
        get(agent, address, 404)


def test_a_conversation_leads_to_the_list_where_it_stands(agent, held):
    response = browser(agent).get(f"/conversations/{held.pk}/")

    assert response["Location"] == f"/inbox/department-care/{held.pk}/"


def test_a_conversation_says_why_it_cannot_be_answered(agent, care, policy):
    other = ConversationFactory(claimed=True, department=care, holder__name="Bo Berg")
    without_network = ConversationFactory(claimed=True, department=care, holder=agent)
    free = ConversationFactory(assigned=True, department=care)
    newcomer = MembershipFactory(department=care).user
    unread = ConversationFactory(
        claimed=True, department=care, holder=newcomer, profile=ProfileFactory(channel__kind="scripted")
    )

    def block(user: User, conversation: Conversation) -> str:
        page = get(user, f"/inbox/department-care/{conversation.pk}/")
        assert 'id="reply-body"' not in page
        return page

    assert "Bo Berg answers this conversation." in block(agent, other)
    assert "This channel takes no answers." in block(agent, without_network)
    assert "Claim the conversation to answer it." in block(agent, free)
    assert "Read and attest the policy in force before you answer." in block(newcomer, unread)


def test_a_draft_comes_back(agent, held):
    DraftFactory(conversation=held, author=agent, body="Half <a> thought")
    DraftFactory(conversation=held, author=UserFactory(), body="Somebody else's")

    page = get(agent, f"/inbox/mine/{held.pk}/")

    assert "Half &lt;a&gt; thought</textarea>" in page
    assert "Somebody else&#x27;s</textarea>" not in page
