"""Make the invented company and its history in the database, all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection, transaction

from insights.services import rollups
from listening.models import Channel, Coverage, Gap
from policies.services import reading
from socialhub.demo import asides, crisis, library, rhythm, streams
from socialhub.demo.founding import Company, found_company
from socialhub.demo.hearing import Ear
from socialhub.demo.history import plan_history
from socialhub.demo.ledger import Ledger
from socialhub.demo.plan import PlannedConversation, Step
from socialhub.demo.playback import Playback, Theatre
from socialhub.demo.telling import Teller
from triage.services.arriving.listeners import read_listeners
from triage.services.counting import compact
from triage.states import Stage

# The forum's silence that we slept through, so that a chart has a gap to show.
LONGEST_GAP = timedelta(hours=9)
GAP_BETWEEN = (timedelta(days=20), timedelta(days=60))
DRAFT_EVERY = 4


@dataclass(frozen=True, slots=True)
class Made:
    """How much there is now."""

    people: int
    conversations: int
    mentions: int
    events: int


def make_company(
    *, seed: int, at: datetime, conversations: int = 3000, say: Callable[[str], None] = lambda _: None
) -> Made:
    """Plan three months that end at ``at`` and write them; ``say`` hears how far it is.

    :raises AlreadySetUp: there is a company.
    """
    moments = rhythm.policy_moments(at)
    with transaction.atomic():
        company = found_company(seed=seed, since=at - timedelta(days=rhythm.DAYS), moments=moments, at=at)
        say(f"{len(company.people)} people in {len(company.departments)} departments")
        planned = plan_history(seed, at, conversations)
        asides.add_asides(planned, seed=seed, until=at)
        say(f"{len(planned):,} conversations planned")
        ledger = _play(company, planned, at)
        for conversation in ledger.conversations:
            # Everybody has just looked at what they hold: in the first hours no claim rests.
            conversation.worked_at = at if conversation.holder is not None else None
        ledger.write()
        streams.listen(company, at=at)
        crisis.declare_outage(company, at=at)
        library.keep_answers(company, at=at)
        _coverage(company, planned, at)
        say(f"{len(ledger.mentions):,} mentions and {len(ledger.events):,} events written")
    compact()
    rollups.roll_up(at=at)
    with connection.cursor() as cursor:
        # The planner has not seen these tables full; the first page should not pay for that.
        cursor.execute("ANALYZE")
    say("counted")
    return Made(len(company.people), len(planned), len(ledger.mentions), len(ledger.events))


def _play(company: Company, planned: list[PlannedConversation], at: datetime) -> Ledger:
    ledger = Ledger()
    theatre = Theatre(
        company=company,
        ledger=ledger,
        ear=Ear(company, ledger),
        teller=Teller(company, ledger, at),
        earlier=reading.read_policy(company.earlier.pk),
        current=reading.read_policy(company.current.pk),
        current_from=rhythm.policy_moments(at).current_from,
        listeners=tuple(read_listeners()),
    )
    # All conversations at once in the order of time: ids then rise as they would have.
    timeline: list[tuple[datetime, int, Playback, Step | None]] = []
    playbacks = []
    for one in planned:
        playback = Playback(theatre, one)
        playbacks.append(playback)
        timeline.append((one.opened_at, len(timeline), playback, None))
        timeline += [(step.at, len(timeline) + number, playback, step) for number, step in enumerate(one.steps)]
    for _, _, playback, happened in sorted(timeline, key=lambda entry: entry[:2]):
        if happened is None:
            playback.open()
        else:
            playback.play(happened)
    _leave_drafts(planned, playbacks, at)
    return ledger


def _leave_drafts(planned: list[PlannedConversation], playbacks: list[Playback], at: datetime) -> None:
    held = [
        (one, playback) for one, playback in zip(planned, playbacks, strict=True) if one.stage == Stage.CLAIMED.value
    ]
    for number, (one, playback) in enumerate(held):
        answer = next((line.text for line in one.exchange.lines if line.speaker == "brand"), "")
        if not any(step.kind == "replied" for step in one.steps):
            begun = answer.split(". ")[0] if number % DRAFT_EVERY == 0 else ""
            playback.leave_draft(begun, at - timedelta(minutes=7))


def _coverage(company: Company, planned: list[PlannedConversation], at: datetime) -> None:
    since = at - timedelta(days=rhythm.DAYS)
    rows = []
    for key, channel in company.channels.items():
        gap = _silence(_heard_on(key, planned), at) if key == "forum" else None
        if gap is None:
            rows.append(Coverage(channel=channel, heard_from=since, heard_until=at))
        else:
            rows.append(Coverage(channel=channel, heard_from=since, heard_until=gap[0]))
            rows.append(Coverage(channel=channel, heard_from=gap[1], heard_until=at))
            Gap.objects.create(
                channel=channel,
                reason=Gap.Reason.NETWORK,
                detail="The forum answered 503: closed for maintenance.",
                began_at=gap[0],
                ended_at=gap[1],
            )
    Coverage.objects.bulk_create(rows)
    Channel.objects.filter(pk__in=[channel.pk for channel in company.channels.values()]).update(last_success_at=at)


def _heard_on(key: str, planned: list[PlannedConversation]) -> list[datetime]:
    spoken = [one for one in planned if one.channel == key]
    later = [step.at for one in spoken for step in one.steps if step.kind == "heard"]
    return [one.opened_at for one in spoken] + later


def _silence(moments: list[datetime], at: datetime) -> tuple[datetime, datetime] | None:
    """Return the longest stretch a month or two ago in which nobody spoke, shortened to a believable failure."""
    old = sorted(moment for moment in moments if GAP_BETWEEN[0] < at - moment < GAP_BETWEEN[1])
    if len(old) < 2:
        return None
    start, end = max(pairwise(old), key=lambda pair: pair[1] - pair[0])
    begins = start + (end - start) / 10
    return begins, min(end - (end - start) / 10, begins + LONGEST_GAP)
