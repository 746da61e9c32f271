import re
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listening.models import AuthorList
from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory, StreamFactory
from tests.factories.policies import IncidentFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from triage.finding.suggestions import suggest
from triage.models import ThreadEntry

pytestmark = pytest.mark.django_db

PAGES = ["/search/", "/inbox/everything/"]
NO_DAY = "“someday” is no day. Write 2026-01-31, today, yesterday, or a time like 7d or 12h."


@pytest.fixture
def owner(client, portal):
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    client.force_login(user)
    return user


def said(text, **fields):
    conversation = ConversationFactory(**fields)
    ThreadEntry.objects.create(mention=MentionFactory(text=text, published_at=NOON), conversation=conversation)
    return conversation


def texts(answer):
    return re.findall(r'data-text="([^"]*)"', answer.content.decode())


def test_the_page_marks_what_was_found_and_trusts_no_text(client, owner):
    said("<img src=x onerror=alert(1)> the late parcel", author_name="<b>Ann</b>")

    page = client.get("/search/", {"q": "parcels"}).content.decode()

    assert "&lt;img src=x onerror=alert(1)&gt; the late <mark>parcel</mark>" in page
    assert "&lt;b&gt;Ann&lt;/b&gt;" in page
    assert "1 conversation" in page


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 200, "Write what you look for into the box above, or press / to go there."),
        ("   ", 200, "Write what you look for into the box above, or press / to go there."),
        ("nowhere", 200, "No conversation that you may see has this. Try fewer words, or look at the fields beside."),
        ("the", 200, "Some of these words are in almost every text of their language and are not looked for there."),
        ("stage:new stage:closed", 200, "Nothing can be “stage:new stage:closed” at once, so nothing can be found."),
        ("stge:new", 422, "There is no field “stge”. Did you mean “stage”?"),
        ("a" * 10_000, 422, "A search has at most 1,000 characters; this one has 10,000."),
    ],
)
def test_the_page_says_why_it_shows_nothing(client, owner, query, status, sentence):
    answer = client.get("/search/", {"q": query})

    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_the_page_leads_to_what_was_likely_meant(client, owner):
    page = client.get("/search/", {"q": "late stge:new"}).content.decode()

    assert "late <mark>stge</mark>:new" in page
    assert 'href="/search/?q=late+stage%3Anew"' in page


def test_a_page_that_nobody_gave_is_404(client, owner):
    assert client.get("/search/", {"q": "late", "after": "nonsense"}).status_code == 404


def test_the_policy_in_force_is_found(client, owner, policy):
    clause = policy.clauses.first()

    page = client.get("/search/", {"q": clause.title}).content.decode()

    assert f'href="/policy/#clause-{clause.label}"' in page


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_no_text_breaks_the_page_nor_the_suggestions(client, owner, text):
    assert client.get("/search/", {"q": text}).status_code in (200, 422)
    assert client.get("/search/suggestions/", {"q": text}).status_code == 200


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("st", ["stage:", "stream:"]),
        ("late -st", ["late -stage:", "late -stream:"]),
        ("stage:c", ["stage:claimed ", "stage:waiting ", "stage:closed ", "stage:open "]),
        ("stage:new,clo", ["stage:new,closed ", "stage:new,open "]),
        ("priority:ur", ["priority:urgent "]),
        ("dept:car", ['dept:care ']),
        ("from:ann", ["from:anna_b "]),
        ('from:"Anna B', ["from:anna_b "]),
        ("tag:ref", ["tag:refund "]),
        ("disposition:no-resp", ["disposition:no-response "]),
        ("-since:yes", ["-after:yesterday "]),
        ("Status:clo", ["stage:closed ", "stage:open "]),
        ("qq", []),
    ],
)  # fmt: skip
def test_the_box_suggests_how_what_is_written_may_go_on(owner, written, suggested):
    DepartmentFactory(slug="care", name="Customer care")
    conversation = ConversationFactory(tags=["refund"])
    mention = MentionFactory(profile=ProfileFactory(name="Anna Berg", handle="anna_b"))
    ThreadEntry.objects.create(mention=mention, conversation=conversation)

    assert [each.text for each in suggest(written, reader=owner)] == suggested


def test_nobody_is_suggested_of_whom_the_reader_may_see_nothing(client, owner):
    care = DepartmentFactory()
    reader = MembershipFactory(department=care, role=Role.RESPONDER).user
    for name, tag, is_ours in (("Zelda Ours", "zones", True), ("Zelda Theirs", "zebras", False)):
        conversation = ConversationFactory(tags=[tag])
        mention = MentionFactory(profile=ProfileFactory(name=name, handle=name.split()[1]))
        ThreadEntry.objects.create(mention=mention, conversation=conversation)
        if is_ours:
            ConcernFactory(conversation=conversation, department=care)

    assert [each.text for each in suggest("from:zelda", reader=reader)] == ["from:Ours "]
    assert [each.text for each in suggest("tag:z", reader=reader)] == ["tag:zones "]
    assert [each.text for each in suggest("tag:z", reader=owner)] == ["tag:zebras ", "tag:zones "]
    assert suggest("from:zelda", reader=UserFactory()) == []


def test_holders_are_suggested_by_name_to_those_who_may_see_what_they_hold(owner):
    care, press = DepartmentFactory(), DepartmentFactory()
    reader = MembershipFactory(department=care, role=Role.RESPONDER, user__name="Zoe Reader").user
    MembershipFactory(department=care, user__name="Zora Colleague")
    MembershipFactory(department=press, user__name="Zelda Stranger")
    asked, _hidden = (
        ConversationFactory(claimed=True, department=press, holder=MembershipFactory(user__name=name).user)
        for name in ("Zita Holder", "Zack Hidden")
    )
    ConcernFactory(conversation=asked, department=care)

    seen = suggest("holder:z", reader=reader)
    everywhere = suggest("holder:z", reader=owner)

    names = ['holder:"Zita Holder" ', 'holder:"Zoe Reader" ', 'holder:"Zora Colleague" ']
    assert [each.text for each in seen] == names
    assert len(everywhere) == 5
    assert not [each for each in (*seen, *everywhere) if "@" in each.text + each.title]
    assert suggest("holder:z", reader=UserFactory(name="Yan")) == []


def test_suggestions_are_options_of_their_box(client, owner):
    answer = client.get("/search/suggestions/", {"q": "stag", "box": "filter"})

    assert texts(answer) == ["stage:"]
    assert 'id="filter-1"' in answer.content.decode()


def test_programs_find_what_people_find(client, owner):
    conversation = said("The late parcel")

    answer = client.get("/api/search/", {"q": "parcels"}).json()

    assert (answer["order"], answer["total"], answer["problem"], answer["after"]) == ("best", 1, "", "")
    assert [each["conversation"] for each in answer["conversations"]] == [conversation.pk]
    assert answer["conversations"][0]["excerpts"][0]["parts"] == [
        {"text": "The late ", "is_match": False},
        {"text": "parcel", "is_match": True},
    ]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({}, {"q": ["Say what to look for."]}),
        ({"q": "stge:new"}, {"q": ["There is no field “stge”. Did you mean “stage”?"]}),
        ({"q": "stage:nwe"}, {"q": ["“stage:” cannot be “nwe”. Did you mean “new”?"]}),
        ({"q": "before:someday"}, {"q": [NO_DAY]}),
        ({"q": "late", "order": "worst"}, {"order": ["The order is best or newest."]}),
        ({"q": "late", "after": "x"}, {"after": ["This page does not exist. Go back to the beginning of the list."]}),
    ],
)
def test_programs_are_told_what_is_wrong(client, owner, asked, problem):
    answer = client.get("/api/search/", asked)

    assert answer.status_code == 400
    assert answer.json()["fields"] == problem


NAMELESS = [
    ("from:nobody", "Nobody of whom you may see something is called “nobody”.", ""),
    ("channel:frum", "There is no channel “frum”, and none of that kind.", "Forum"),
    ("lang:xx", "None of the latest conversations is in the language “xx”.", ""),
    ("-dept:car", "There is no department “car”.", "Care"),
    ("holder:anna_alm", "Nobody here is called “anna_alm”.", "Anna Alm"),
    ("clause:99.9", "No version of the policy has a clause “99.9”.", ""),
    ("tag:refnd", "None of the latest conversations has the tag “refnd”.", "refund"),
    ("incident:flod", "There is no incident “flod”.", "Flood"),
    ("stream:names", "There is no stream “names”.", "Name"),
    ("list:pres", "There is no list of authors “pres”.", "Press"),
]


@pytest.fixture
def named(owner, policy):
    ChannelFactory(name="Forum", kind="webhook")
    DepartmentFactory(slug="care", name="Care")
    UserFactory(name="Anna Alm", email="anna@example.com")
    IncidentFactory(name="Flood", declared_at=NOON)
    StreamFactory(name="Name")
    AuthorList.objects.create(name="Press", kind="press")
    said("The late parcel", tags=["refund"], language="de", profile=ProfileFactory(name="Ann"))


@pytest.mark.parametrize(("query", "sentence", "nearest"), NAMELESS)
def test_a_name_that_nothing_has_is_told_with_the_nearest_wherever_it_is_asked_for(
    client, named, query, sentence, nearest
):
    pages = [unescape(client.get(address, {"q": query}).content.decode()) for address in PAGES]
    answer = client.get("/api/search/", {"q": query}).json()

    assert [sentence in page for page in pages] == [True, True]
    assert [f"Did you mean “{nearest}”?" in page for page in pages] == [bool(nearest)] * 2
    assert [(one["problem"], one["nearest"]) for one in answer["unknown"]] == [(sentence, nearest)]


@pytest.mark.parametrize(
    "query",
    [
        "channel:forum,WEBHOOK",
        "lang:de,none",
        "dept:care,mine,none",
        "holder:me,anna@example.com",
        "tag:Refund",
        "incident:flood",
        f'incident:"Flood {NOON:%Y-%m-%d %H:%M}"',
        "stream:name",
        "list:press",
        "from:ann",
    ],
)
def test_nothing_is_said_of_names_that_there_are(client, named, query):
    assert client.get("/api/search/", {"q": query}).json()["unknown"] == []


def test_somebody_of_whom_the_reader_may_see_nothing_is_nobody_to_them(client, portal):
    said("The late parcel", profile=ProfileFactory(name="Vera Secret"))
    client.force_login(MembershipFactory().user)

    unknown = client.get("/api/search/", {"q": "from:vera"}).json()["unknown"]

    assert [one["nearest"] for one in unknown] == [""]


def test_programs_are_told_why_words_find_nothing(client, owner):
    assert client.get("/api/search/", {"q": "the"}).json()["problem"] == (
        "Some of these words are in almost every text of their language and are not looked for there."
    )


@pytest.mark.parametrize("address", ["/api/search/", "/api/conversations/"])
@pytest.mark.parametrize("query", ["stage:new stage:closed", "before:2020-01-01 after:2021-01-01"])
def test_programs_are_told_what_can_never_be(client, owner, address, query):
    answer = client.get(address, {"q": query}).json()

    said = answer["problem"] if "problem" in answer else answer["fields"]["q"][0]
    assert said == f"Nothing can be “{query}” at once, so nothing can be found."
