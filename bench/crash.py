"""Workers killed at random moments while answers go out to a network that keeps a ledger."""

import os
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from bench.figures import Figure
from bench.held import answer, make_held
from bench.killing import send_while_killing
from bench.ledger import KINDS, Ledger, ledger, register
from bench.world import Browser, make_company
from listening.models import Channel
from socialhub.lib import live, queue
from teams.models import Notification
from triage.models import Event, Reply
from triage.states import ReplyState

COUNT = 2_000
KILLS = 200
PEOPLE = 5

SUMMARY = "2,000 answers while workers are killed with kill -9: nothing lost, nothing doubled, all doubt shown"


@dataclass(frozen=True, slots=True)
class Crash:
    """What became of the answers: all counts."""

    killed: int
    sent: int
    uncertain: int
    failed: int
    on_their_way: int
    # Accepted more than once; said to be sent and not there; said not to have gone out and there.
    doubled: int
    lost: int
    wrong: int
    # A person has to do something about them, but no page says so or nobody was told.
    unshown: int
    without_one_event: int


def measure() -> list[Figure]:
    """Send them all while killing."""
    register()
    # Nobody but the workers that will be killed sends.
    queue._send = lambda *_: None
    live._send = lambda *_: None
    found = crash(COUNT, kills=KILLS, how="careful")
    return [
        Figure("answers", COUNT),
        Figure("workers killed at work", found.killed, "", KILLS * 0.9, "at least"),
        Figure("sent", found.sent),
        Figure("uncertain", found.uncertain),
        Figure("failed", found.failed),
        Figure("accounted for", found.sent + found.uncertain + found.failed, "", COUNT, "exactly"),
        Figure("left on their way", found.on_their_way, "", 0, "exactly"),
        Figure("accepted twice", found.doubled, "", 0, "exactly"),
        Figure("sent but not on the network", found.lost, "", 0, "exactly"),
        Figure("failed but on the network", found.wrong, "", 0, "exactly"),
        Figure("uncertain or failed and not shown", found.unshown, "", 0, "exactly"),
        Figure("without exactly one event of their end", found.without_one_event, "", 0, "exactly"),
    ]


def crash(count: int, *, kills: int, how: str) -> Crash:
    """Queue ``count`` answers, half of them to a network that cannot be asked what it has, and send while killing."""
    company = make_company(responders=PEOPLE)
    now = timezone.now()
    with ledger() as network:
        for kind in KINDS:
            channel = Channel.objects.create(
                name=kind.title(), kind=kind, created_at=now, options={"port": network.server_port}
            )
            held = make_held(
                count // len(KINDS),
                channel=channel,
                department=company["departments"][0],
                people=company["people"],
                at=now,
            )
            for one in held:
                answer(one, f"We are on our way to {one.pk}.", version_id=company["version"].pk, at=now)
        Reply.objects.update(not_before_at=now)
        connection.close()
        killed = send_while_killing(kills=kills, how=how, at=now, variables=variables())
        return _judged(killed, network, {person.pk: Browser(person) for person in company["people"]})


def _judged(killed: int, network: Ledger, browsers: dict[int, Browser]) -> Crash:
    accepted = Counter(key for key, _at in network.accepted)
    everything = list(Reply.objects.select_related("conversation").order_by("pk"))
    states = Counter(reply.state for reply in everything)
    ends: Counter[int] = Counter(
        Event.objects.filter(kind__in=["reply_sent", "reply_uncertain", "reply_failed"]).values_list(
            "data__reply", flat=True
        )
    )
    known = {str(reply.key) for reply in everything}
    return Crash(
        killed=killed,
        sent=states[ReplyState.SENT],
        uncertain=states[ReplyState.UNCERTAIN],
        failed=states[ReplyState.FAILED],
        on_their_way=states[ReplyState.QUEUED] + states[ReplyState.SENDING],
        doubled=sum(times > 1 for times in accepted.values()),
        lost=sum(accepted[str(reply.key)] == 0 for reply in everything if reply.state == ReplyState.SENT),
        wrong=sum(accepted[str(reply.key)] > 0 for reply in everything if reply.state == ReplyState.FAILED)
        + len(accepted.keys() - known),
        unshown=sum(not _is_shown(reply, browsers[reply.author_id]) for reply in everything),
        without_one_event=sum(ends[reply.pk] != 1 for reply in everything),
    )


def _is_shown(reply: Reply, browser: Browser) -> bool:
    """Tell whether the page of its writer asks what is to be done, and they were told of it."""
    asked = {ReplyState.UNCERTAIN: "settle", ReplyState.FAILED: "retry"}.get(ReplyState(reply.state))
    if asked is None:
        return True
    status, page = browser.ask("GET", f"/inbox/mine/{reply.conversation_id}/")
    told = Notification.objects.filter(user=reply.author_id, conversation_id=reply.conversation_id, kind="reply_failed")
    return status == 200 and f"/replies/{reply.pk}/{asked}/".encode() in page and told.exists()


def variables() -> dict[str, str]:
    """Return what tells workers of the database in use, which may be a test's."""
    database = settings.DATABASES["default"]
    named = {name: database[name.upper()] for name in ("host", "port", "user", "password")}
    name = connection.settings_dict["NAME"]
    return {
        "DATABASE_URL": make_conninfo("", dbname=name, **{key: value for key, value in named.items() if value}),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "socialhub.settings.test"),
    }
