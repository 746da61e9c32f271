from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from insights.models import RollupPosition
from listening.models import Coverage, Gap
from teams.roles import Role
from tests.factories.insights import HourlyCountFactory, TimingFactory
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory

HOUR = timedelta(hours=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_noon")]


@pytest.fixture
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def page(client, manager):
    client.force_login(manager)

    def read(query=""):
        return client.get(f"/reports/{query}")

    return read


def tiles(response):
    return {tile.label: (tile.value, tile.note) for tile in response.context["report"].tiles}


def table(response, slug):
    [chart] = [chart for chart in response.context["report"].charts if chart.slug == slug]
    return chart.table


def cells(row):
    return [value.text for value in row.values]


def test_the_page_says_how_much_came_in_and_how_that_changed(page):
    HourlyCountFactory(n=30)
    HourlyCountFactory(hour=NOON - timedelta(days=8), n=20)

    response = page()

    assert response.status_code == 200
    assert tiles(response)["Messages heard"] == ("30", "50 % more than in the period before")


def test_the_page_says_what_waits_and_how_long_things_take(page, care):
    TimingFactory(department_id=care.pk, stage="assigned", waiting_since=NOON - 3 * HOUR, due_at=NOON - HOUR)
    TimingFactory(department_id=care.pk, decide_seconds=600, answer_seconds=3600, outcome="resolved", stage="closed")
    TimingFactory(decide_seconds=1200, outcome="no_answer", stage="closed")
    TimingFactory(outcome="expired", stage="closed")

    response = page()

    found = tiles(response)
    assert found["Waiting for us now"] == ("1", "oldest 3 h, late: 1")
    assert found["To the decision, median"] == ("15 min", "9 of 10 in 19 min")
    assert found["To the first answer, median"] == ("1 h", "9 of 10 in 1 h")
    assert found["Answered"] == ("25 %", "1 of 4 opened")
    assert found["Deliberately not answered"] == ("25 %", "never handled: 25 %")
    assert [(row.name, cells(row)[:2]) for row in table(response, "waiting").rows] == [
        ("Customer service: In a department's queue", ["1", "1"])
    ]
    assert [(row.name, cells(row)[0]) for row in table(response, "shares").rows] == [
        ("All together", "4"),
        ("Customer service", "2"),
        ("No department", "2"),
    ]


def test_what_nobody_was_given_comes_after_every_department(page):
    TimingFactory(department_id=DepartmentFactory(name="Workshop").pk)
    TimingFactory()

    assert [row.name for row in table(page(), "shares").rows] == ["All together", "Workshop", "No department"]


def test_every_chart_is_a_named_drawing_with_its_table(page):
    HourlyCountFactory()

    text = page().content.decode()

    assert text.count("<figure") == 8
    assert text.count('class="chart-drawing" role="img"') == 8
    assert text.count("<caption") == 8
    assert "style=" not in text.split("<main")[1]


def test_what_was_not_heard_is_said_and_not_shown_as_zero(page):
    channel = ChannelFactory(name="Feed", kind="feed", created_at=NOON - timedelta(days=30))
    Coverage.objects.create(channel=channel, heard_from=NOON - timedelta(days=30), heard_until=NOON - 5 * HOUR)
    Coverage.objects.create(channel=channel, heard_from=NOON - 3 * HOUR, heard_until=NOON)

    response = page("?period=24h")

    sentence = "“Feed” was not heard from 4 March, 07:00 to 09:00."
    assert sentence in response.content.decode()
    assert "url(#chart-sentiment-not-heard)" in response.content.decode()
    rows = {row.name: cells(row) for row in table(response, "sentiment").rows}
    assert rows["Wed 4 Mar, 06:00"] == ["0", "0", "0", "0", "0", ""]
    assert rows["Wed 4 Mar, 07:00"] == ["not heard"] * 5 + ["Feed: 1 h"]
    assert rows["Wed 4 Mar, 08:00"] == ["not heard"] * 5 + ["Feed: 1 h"]
    assert rows["Wed 4 Mar, 09:00"] == ["0", "0", "0", "0", "0", ""]


def test_why_it_was_not_heard_is_said(page):
    channel = ChannelFactory(name="Feed", kind="feed", created_at=NOON - timedelta(days=30))
    Coverage.objects.create(channel=channel, heard_from=NOON - timedelta(days=30), heard_until=NOON - 5 * HOUR)
    Coverage.objects.create(channel=channel, heard_from=NOON - 3 * HOUR, heard_until=NOON)
    for began_at, ended_at, is_filled in (
        (NOON - 5 * HOUR, NOON - 3 * HOUR, False),
        (NOON - 10 * HOUR, NOON - 8 * HOUR, True),
    ):
        Gap.objects.create(
            channel=channel, reason=Gap.Reason.QUOTA, began_at=began_at, ended_at=ended_at, is_filled=is_filled
        )

    response = page("?period=24h")

    text = response.content.decode()
    assert "“Feed” was not heard from 4 March, 07:00 to 09:00. Reason: The quota was used up." in text
    assert "“Feed” was heard only afterwards from 4 March, 02:00 to 04:00; nothing is missing." in text
    rows = {row.name: cells(row) for row in table(response, "sentiment").rows}
    assert rows["Wed 4 Mar, 07:00"] == ["not heard"] * 5 + ["Feed: 1 h (The quota was used up)"]
    assert rows["Wed 4 Mar, 03:00"] == ["0"] * 5 + [""]


def test_many_channels_share_six_looks(page):
    channels = [ChannelFactory(name=f"Channel {letter}") for letter in "ABCDEFGH"]
    for number, channel in enumerate(channels):
        HourlyCountFactory(channel_id=channel.pk, n=10 - number)

    found = table(page("?period=24h"), "channel")

    names = ["Channel A", "Channel B", "Channel C", "Channel D", "Channel E", "Other channels"]
    assert found.head == ["Hour", *names, "All", "Not heard"]
    assert cells(found.rows[-1]) == ["10", "9", "8", "7", "6", "12", "52", ""]


@pytest.mark.parametrize(("query", "period"), [("", "7d"), ("?period=90d", "90d"), ("?department=", "7d")])
def test_the_page_says_which_period_it_shows(page, query, period):
    assert f'<option value="{period}" selected>' in page(query).content.decode()


def test_a_department_narrows_what_was_done(page, care, press):
    HourlyCountFactory(n=9)
    HourlyCountFactory(measure="decided", department_id=care.pk, n=2)
    HourlyCountFactory(measure="decided", department_id=press.pk, n=3)

    response = page("?period=24h&department=press")

    assert tiles(response)["Messages heard"][0] == "9"
    assert cells(table(response, "work").rows[-1]) == ["3", "0", "0"]


def test_an_installation_without_anything_has_a_page(page):
    response = page("?period=90d")

    assert response.status_code == 200
    assert "Nothing has been counted yet." in response.content.decode()
    assert tiles(response)["Messages heard"] == ("0", "none in the period before")


@pytest.mark.parametrize("query", ["?period=century", "?department=nobody", "?period=%00"])
def test_what_cannot_be_asked_is_said(page, query):
    response = page(query)

    assert response.status_code == 422
    assert "errorlist" in response.content.decode()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MANAGER, Role.TRIAGE_OWNER])
def test_who_may_read_reports(client, care, role):
    client.force_login(AppointmentFactory(role=role).user)

    assert client.get("/reports/").status_code == 200
    assert client.get("/reports/numbers.csv").status_code == 200


def test_who_may_not_read_reports(client, care):
    people = [
        AppointmentFactory(role=Role.POLICY_EDITOR).user,
        MembershipFactory(department=care, role=Role.RESPONDER).user,
        MembershipFactory(department=care, role=Role.LISTENER).user,
        UserFactory(),
    ]

    for person in people:
        client.force_login(person)
        assert client.get("/reports/").status_code == 403
        assert client.get("/reports/numbers.csv").status_code == 403


def test_the_numbers_come_as_a_file(client, manager, care):
    HourlyCountFactory(sentiment="negative", n=4)
    client.force_login(manager)

    response = client.get("/reports/numbers.csv?period=24h")

    lines = b"".join(response).decode("utf-8-sig").splitlines()
    assert lines[0] == "Table,Row,Column,Value"
    assert '"What came in, by mood","Wed 4 Mar, 12:00",Negative,4' in lines
    assert client.get("/reports/numbers.csv?period=century").status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_much_there_is(client, manager, care, django_assert_num_queries, count):
    RollupPosition.objects.create(pk=1, rolled_up_at=timezone.now())
    for number in range(count):
        channel = ChannelFactory(kind="feed", created_at=NOON - timedelta(days=3))
        HourlyCountFactory(channel_id=channel.pk, n=1 + number)
        TimingFactory(department_id=care.pk, waiting_since=NOON, due_at=NOON, decide_seconds=60)
    client.force_login(manager)

    # organisation, person, rights, departments, what was heard, why not, counts, times, backlog, rhythm, position
    with django_assert_num_queries(11):
        response = client.get("/reports/?period=30d")

    assert tiles(response)["Messages heard"][0] == str(count * (count + 1) // 2)
