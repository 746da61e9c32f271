import asyncio

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from redis import Redis

from socialhub.lib import live as sender
from socialhub.live import application, record
from socialhub.live import hub as hubs
from socialhub.live.readers import Reader, read_reader
from teams.models import User
from teams.roles import Role
from teams.services import appointing
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from tests.socialhub.live.browser import SECONDS, Browser, commit, cookie_of, elsewhere, run, until_heard
from triage.models import Event
from triage.services import recording

pytestmark = pytest.mark.django_db(transaction=True)


def happen(conversation, kind=Event.Kind.CLAIMED, actor=None):
    recording.record(conversation_id=conversation.pk, kind=kind, actor=actor, at=timezone.now())


def changed(conversation, *kinds, by=()):
    return ("changed", [{"conversation": conversation.pk, "kinds": sorted(kinds), "by": list(by)}])


def test_a_change_reaches_the_browsers_of_those_whom_it_concerns_and_no_other(hub):
    care = DepartmentFactory()
    person = MembershipFactory(department=care).user
    hearer, other = cookie_of(person), cookie_of(MembershipFactory().user)
    concerned = ConcernFactory(department=care).conversation
    alien = ConcernFactory(department=MembershipFactory(user=person).department).conversation

    async def scenario() -> None:
        browsers = [Browser(f"theme=dark; {hearer}"), Browser(other)]
        for browser in browsers:
            await browser.opened()
        await elsewhere(commit, happen, concerned, actor=person)
        assert await browsers[0].hears() == changed(concerned, "claimed", by=[person.pk])
        await elsewhere(commit, happen, alien)
        assert await browsers[0].hears() == changed(alien, "claimed")

        await elsewhere(commit, sender.inbox_changed)
        # Whatever the other hears first is the change of everything, not the ones before.
        assert await browsers[1].hears() == ("reload", {})
        for browser in browsers:
            await browser.leave()
        assert hub._streams == set()
        await hub.close()
        assert hub._tasks == []

    run(scenario())


def test_without_a_wake_up_a_change_is_found_by_looking(hub, monkeypatch):
    monkeypatch.setattr(hubs, "SWEEP_SECONDS", 0.05)
    conversation = ConversationFactory()
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.opened()
        monkeypatch.setattr(sender, "_send", lambda *_: None)
        await elsewhere(commit, happen, conversation)
        assert await browser.hears() == changed(conversation, "claimed")
        await browser.leave()
        await hub.close()

    run(scenario())


def test_what_was_missed_is_told_again_from_the_record(hub):
    care = DepartmentFactory()
    cookie = cookie_of(MembershipFactory(department=care).user)
    first, second = ConcernFactory(department=care).conversation, ConcernFactory(department=care).conversation
    secret = ConversationFactory()

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.opened()
        await elsewhere(commit, happen, first)
        assert await browser.hears() == changed(first, "claimed")
        heard = browser.position
        await browser.leave()
        for conversation in (second, secret):
            await elsewhere(commit, happen, conversation)

        for again in (Browser(cookie, heard=heard), Browser(cookie, query=f"after={heard}")):
            told = await again.opened()
            besides = ["notification", "sending", "policy"]
            assert [event for event, _ in told] == ["position", *besides, "changed", "position"]
            assert told[4] == changed(second, "claimed")
            assert again.position != heard
            await again.leave()
        await hub.close()

    run(scenario())


def test_a_position_that_is_not_ours_makes_the_page_load_anew(hub):
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)

    async def scenario() -> None:
        browser = Browser(cookie, heard="x")
        assert ("reload", {}) in await browser.opened()
        assert browser.position != ""
        await browser.leave()
        await hub.close()

    run(scenario())


def test_a_browser_that_was_away_for_a_week_loads_anew(hub, monkeypatch):
    monkeypatch.setattr(record.replay, "__kwdefaults__", {"most": 2})
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)
    conversation = ConversationFactory()
    begin = record.read_position().snapshot
    for _ in range(3):
        happen(conversation)

    async def scenario() -> None:
        browser = Browser(cookie, heard=begin)
        events = [event for event, _ in await browser.opened()]
        assert events == ["position", "notification", "sending", "policy", "reload", "position"]
        assert browser.position != begin
        await browser.leave()
        await hub.close()

    run(scenario())


def test_a_page_that_was_written_just_before_is_told_what_it_missed(hub):
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)
    conversation = ConversationFactory()
    happen(conversation)

    async def scenario() -> None:
        browser = Browser(cookie, query="age=60")
        assert changed(conversation, "claimed") in await browser.opened()
        old = Browser(cookie, query="age=86400")
        assert ("reload", {}) in await old.opened()
        for opened in (browser, old):
            await opened.leave()
        await hub.close()

    run(scenario())


def test_a_right_that_is_taken_away_counts_for_what_happens_next(hub):
    care = DepartmentFactory()
    member = MembershipFactory(department=care).user
    AppointmentFactory(user=member, role=Role.POLICY_EDITOR)
    administrator = AppointmentFactory(role=Role.ADMINISTRATOR).user
    watcher = cookie_of(AppointmentFactory(role=Role.MANAGER).user)
    conversation = ConcernFactory(department=care).conversation
    cookie = cookie_of(member)

    def take_away() -> None:
        appointing.place_member(
            person_id=member.pk, department_id=care.pk, role="", actor=administrator, at=timezone.now()
        )

    async def scenario() -> None:
        browser, other = Browser(cookie), Browser(watcher)
        for opened in (browser, other):
            await opened.opened()
        await elsewhere(take_away)
        await elsewhere(commit, happen, conversation)
        assert await other.hears() == changed(conversation, "claimed")
        assert await browser.hears() == ("reload", {})
        await elsewhere(commit, sender.people_told, [member.pk])
        assert await browser.hears() == ("notification", {})
        for opened in (browser, other):
            await opened.leave()
        await hub.close()

    run(scenario())


def test_a_right_that_is_given_counts_at_once(hub):
    care = DepartmentFactory()
    newcomer = MembershipFactory().user
    administrator = AppointmentFactory(role=Role.ADMINISTRATOR).user
    conversation = ConcernFactory(department=care).conversation
    cookie = cookie_of(newcomer)

    def give() -> None:
        appointing.place_member(
            person_id=newcomer.pk, department_id=care.pk, role=Role.LISTENER, actor=administrator, at=timezone.now()
        )

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.opened()
        await elsewhere(give)
        assert await browser.hears() == ("reload", {})
        await elsewhere(commit, happen, conversation)
        assert await browser.hears() == changed(conversation, "claimed")
        await browser.leave()
        await hub.close()

    run(scenario())


def test_a_notification_reaches_the_browsers_of_that_person_alone(hub):
    person, other = UserFactory(), UserFactory()
    cookies = [cookie_of(person), cookie_of(other)]

    async def scenario() -> None:
        mine, theirs = [Browser(cookie) for cookie in cookies]
        for browser in (mine, theirs):
            await browser.opened()
        heard = await until_heard(mine, lambda: commit(sender.people_told, [person.pk]))
        assert heard == ("notification", {})
        await elsewhere(commit, sender.people_told, [other.pk])
        assert await theirs.hears() == ("notification", {})
        assert theirs.is_silent
        await mine.leave()
        await theirs.leave()
        await hub.close()

    run(scenario())


@pytest.mark.parametrize("notices_by", ["session", "rights"])
def test_a_person_who_was_shut_out_hears_nothing_more(hub, monkeypatch, notices_by):
    monkeypatch.setattr(application, "PING_SECONDS", 0.02)
    monkeypatch.setattr(application, "CHECK_SECONDS", 0.1 if notices_by == "session" else 1000)
    monkeypatch.setattr(hubs, "SWEEP_SECONDS", 0.05 if notices_by == "rights" else 1000)
    monkeypatch.setattr(hubs, "RIGHTS_SECONDS", 0.05 if notices_by == "rights" else 1000)
    person = AppointmentFactory(role=Role.MANAGER).user
    cookie = cookie_of(person)

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.opened()
        assert b"event: ping" in (await browser.next())["body"]
        await elsewhere(User.objects.filter(pk=person.pk).update, is_active=False)
        while (await browser.next())["more_body"]:
            hub._tell({"people": [person.pk]})
        await asyncio.wait_for(browser.task, SECONDS)
        assert hub._streams == set()
        await hub.close()

    run(scenario())


def test_nobody_is_left_to_believe_that_nothing_happens_while_the_record_cannot_be_read(hub, monkeypatch):
    monkeypatch.setattr(hubs, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(hubs, "RECONNECT_SECONDS", 0.02)
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)

    def away(position: object, *, most: int) -> None:
        raise OperationalError("the database is away")

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.opened()
        monkeypatch.setattr(hubs.record, "read_after", away)
        while (await browser.next())["more_body"]:
            pass
        await asyncio.wait_for(browser.task, SECONDS)
        assert hub._streams == set()
        await hub.close()

    run(scenario())


def test_a_lost_subscription_comes_back_and_everybody_looks_again(hub):
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.opened()
        said = await until_heard(browser, lambda: commit(sender.conversation_changed, 7, []))
        assert said == ("changed", [{"conversation": 7, "kinds": [], "by": []}])

        client = Redis.from_url(settings.REDIS_URL)
        try:
            for listener in client.client_list(_type="pubsub"):
                if listener["db"] == str(client.get_connection_kwargs().get("db") or 0):
                    client.client_kill(listener["addr"])
        finally:
            client.close()
        heard = [await browser.hears()]
        while heard[-1] != ("notification", {}):
            heard.append(await browser.hears())
        assert heard[-3:] == [("reload", {}), ("sending", {}), ("notification", {})]
        await browser.leave()
        await hub.close()

    run(scenario())


STRANGERS = ["", "sessionid=", "sessionid=nobody", "\xe4; ;=;sessionid", 'x="{\\"a\\": 1}"; sessionid=unknown']


def test_nobody_hears_anything_without_signing_in(hub):
    async def scenario() -> None:
        for cookie in STRANGERS:
            for method in ("GET", "HEAD"):
                browser = Browser(cookie, method=method)
                assert (await browser.next())["status"] == 403
                await browser.next()
                await asyncio.wait_for(browser.task, SECONDS)
        assert hub._streams == set()
        assert hub._tasks == []
        await hub.close()

    run(scenario())


def test_a_page_can_ask_who_is_signed_in_without_listening(hub):
    person = UserFactory()
    cookie = cookie_of(person)

    async def scenario() -> None:
        browser = Browser(cookie, method="HEAD")
        start = await browser.next()
        assert (start["status"], dict(start["headers"])[b"x-reader"]) == (204, str(person.pk).encode())
        await asyncio.wait_for(browser.task, SECONDS)
        assert hub._streams == set()
        await hub.close()

    run(scenario())


def test_another_method_is_refused(hub):
    cookie = cookie_of(UserFactory())

    async def scenario() -> None:
        browser = Browser(cookie, method="POST")
        assert (await browser.next())["status"] == 405
        await browser.next()
        await asyncio.wait_for(browser.task, SECONDS)

    run(scenario())


def test_a_session_is_found_among_any_other_cookies():
    person = MembershipFactory().user
    cookie = cookie_of(person)
    told = [(b"cookie", b'odd={"a": [1, 2]}; b@d=1'), (b"accept", b"*/*"), (b"cookie", cookie.encode())]

    key = application._session_key({"headers": told})

    assert read_reader(key) == Reader(person.pk, person.rights)


def test_a_closed_account_is_no_reader():
    cookie = cookie_of(UserFactory(is_active=False))

    assert read_reader(cookie.partition("=")[2]) is None
