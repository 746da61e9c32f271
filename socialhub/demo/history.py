"""Three months of the invented company, planned without a database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from listening.practice.compose import Composer, Wish
from listening.practice.exchanges import Exchange
from socialhub.demo import rhythm
from socialhub.demo.company import CHANNELS, ChannelSpec
from socialhub.demo.lives import Life
from socialhub.demo.plan import Goal, PlannedConversation
from socialhub.demo.suggesting import suggested_priority

OUTAGE_COUNT = 180
EXPIRED_SHARE = 0.04
OLDEST_EXPIRED = timedelta(days=13)
# What lies open at the end is planned apart; ordinary days end here.
LATELY = timedelta(days=3)
LATELY_COUNT = 34
ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class Band:
    """Open conversations of one age: how many, how old in hours, and how urgent they may be."""

    goal: Goal
    count: int
    hours: tuple[float, float]
    priorities: frozenset[int]
    topic: str = ""


def _band(goal: Goal, count: int, hours: tuple[float, float], priorities: str, topic: str = "") -> Band:
    return Band(goal, count, hours, frozenset(int(digit) for digit in priorities), topic)


# Mostly within the times that the policy allows, some late, so that late shows.
BANDS = (
    _band("new", 1, (0.05, 0.15), "1", "child_safety"),
    _band("new", 1, (0.1, 0.3), "1", "fake_giveaway"),
    _band("new", 1, (0.3, 0.7), "2", "press_enquiry"),
    _band("new", 14, (0.03, 2.2), "34"),
    _band("new", 11, (2.0, 3.9), "34"),
    _band("new", 11, (4.1, 17), "4"),
    _band("new", 4, (4.6, 8), "3"),
    _band("new", 1, (1.3, 2.4), "2"),
    _band("new", 1, (25, 31), "4"),
    _band("assigned", 10, (0.6, 3), "34"),
    _band("assigned", 14, (3, 8), "34"),
    _band("assigned", 24, (8, 46), "4"),
    _band("assigned", 9, (11, 34), "3"),
    _band("assigned", 3, (2.5, 9), "2"),
    _band("claimed", 2, (0.4, 1.5), "2"),
    _band("claimed", 12, (1.2, 14), "34"),
    _band("claimed", 16, (14, 62), "4"),
    _band("claimed", 5, (30, 60), "3"),
    _band("waiting", 14, (3, 40), "234"),
    _band("waiting", 26, (40, 300), "34"),
)


def plan_history(seed: int, until: datetime, conversations: int = 3000) -> list[PlannedConversation]:
    """Return the three months before ``until``, oldest first; the same for the same arguments."""
    rng = Random(seed)  # noqa: S311 - the same company every time is the point
    slots = _slots(rng, until, conversations)
    composer = Composer(rng)
    said: set[str] = set()
    return [_plan(rng, composer, slot, until, said) for slot in sorted(slots, key=lambda slot: slot.opened_at)]


@dataclass(frozen=True, slots=True)
class _Slot:
    opened_at: datetime
    goal: Goal
    band: Band | None = None
    is_outage: bool = False
    # Which of its band: a few in each have a story of their own.
    number: int = 0


def _slots(rng: Random, until: datetime, conversations: int) -> list[_Slot]:
    scale = min(conversations / 3000, 1.0)
    slots = [
        _Slot(_aged(rng, until, band.hours), band.goal, band, number=number)
        for band in BANDS
        for number in range(max(round(band.count * scale), 1))
    ]
    outage = rhythm.draw_outage(rng, until=until, count=round(OUTAGE_COUNT * scale))
    slots += [_Slot(at, "closed", is_outage=True) for at in outage]
    lately = round(LATELY_COUNT * scale)
    since = until - timedelta(days=rhythm.DAYS)
    rest = max(conversations - len(slots) - lately, 0)
    slots += [_Slot(at, "closed") for at in rhythm.draw_moments(rng, since=since, until=until - LATELY, count=rest)]
    slots += [
        _Slot(at, "closed")
        for at in rhythm.draw_moments(rng, since=until - LATELY, until=until - timedelta(hours=4), count=lately)
    ]
    return slots


def _aged(rng: Random, until: datetime, hours: tuple[float, float]) -> datetime:
    candidates = [until - timedelta(hours=rng.uniform(*hours)) for _ in range(6)]
    weights = [rhythm.HOURS[rhythm.local(at).hour] for at in candidates]
    return rng.choices(candidates, weights)[0].replace(microsecond=0)


def _plan(rng: Random, composer: Composer, slot: _Slot, until: datetime, said: set[str]) -> PlannedConversation:
    channel, exchange = _speak(rng, composer, slot, until, said)
    planned = PlannedConversation(channel.key, exchange, slot.opened_at, slot.goal)
    life = Life(rng, planned, until)
    if slot.goal == "assigned":
        life.assign(after_closing=slot.number == 5)
    elif slot.goal == "claimed":
        trouble = {0: "failed", 1: "uncertain"}.get(slot.number, "") if slot.band and slot.band.count > 5 else ""
        life.claim(trouble=trouble, answered=slot.number % 3 == 2)
    elif slot.goal == "waiting":
        life.wait()
    elif slot.goal == "closed":
        _close(rng, life, exchange, until - slot.opened_at)
    return planned


def _speak(
    rng: Random, composer: Composer, slot: _Slot, until: datetime, said: set[str]
) -> tuple[ChannelSpec, Exchange]:
    for _ in range(ATTEMPTS):
        channel = _channel(rng, slot)
        try:
            exchange = _exchange(rng, composer, slot, channel, until, said)
        except LookupError:
            # Not everything is written everywhere: ask another channel.
            continue
        said.add(exchange.opening)
        return channel, exchange
    raise LookupError(f"nothing written fits {slot}")


def _close(rng: Random, life: Life, exchange: Exchange, age: timedelta) -> None:
    is_kind_word = exchange.sentiment > 0 and exchange.department == "marketing"
    silent = {"app_outage": 0.28}.get(exchange.topic, 0.5 if is_kind_word else 0.0)
    if age > OLDEST_EXPIRED and exchange.priority > 2 and rng.random() < EXPIRED_SHARE * 1.7:
        life.expire(decided=exchange.disposition != "no_response" and rng.random() < 0.5)
    elif exchange.disposition == "no_response" or rng.random() < silent:
        life.leave_unanswered()
    else:
        life.close(reopened=age > timedelta(days=8) and rng.random() < 0.045)


def _channel(rng: Random, slot: _Slot) -> ChannelSpec:
    if slot.band and slot.band.topic:
        return CHANNELS[0] if slot.band.topic == "fake_giveaway" else CHANNELS[2]
    channels = [channel for channel in CHANNELS if not (slot.is_outage and channel.medium == "review")]
    weights = [channel.share * (0.4 if slot.is_outage and channel.medium == "mail" else 1) for channel in channels]
    return rng.choices(channels, weights)[0]


def _exchange(
    rng: Random, composer: Composer, slot: _Slot, channel: ChannelSpec, until: datetime, said: set[str]
) -> Exchange:
    topic: str | None = slot.band.topic if slot.band and slot.band.topic else None
    wish = Wish(
        medium=channel.medium,
        limit=channel.text_limit,
        topic="app_outage" if slot.is_outage else topic,
        language="en" if topic else None,
        hour_of_week=rhythm.hour_of_week(slot.opened_at),
        fixed={"time": _time_before(rng, slot.opened_at, until)} if slot.is_outage else None,
    )
    if slot.is_outage:
        # Hundreds complain at once, but no two in the same words.
        return composer.compose(wish, lambda exchange: exchange.opening not in said)
    return composer.compose(wish, _fits(slot.band))


def _fits(band: Band | None) -> Callable[[Exchange], bool] | None:
    if band is None:
        return None
    if band.goal == "new":
        return lambda exchange: suggested_priority(exchange) in band.priorities
    return lambda exchange: exchange.disposition != "no_response" and exchange.priority in band.priorities


def _time_before(rng: Random, at: datetime, until: datetime) -> str:
    start = rhythm.outage_start(until)
    seen = start + timedelta(minutes=rng.uniform(0, min((at - start) / timedelta(minutes=1), 40)))
    return f"{rhythm.local(seen):%H:%M}"
