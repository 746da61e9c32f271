"""What the rules look at: gathered when a conversation begins, kept with it, and read again to try other rules.

What a conversation keeps (``Conversation.facts``) is what cannot be read again later as
it was: reach, lists and spikes change. The text is that of the mention, and its first
version where its author has edited it. The same two functions therefore serve the live
decision and the back-test: what one sees, the other does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from listening.models import Mention, Profile, Spike, StreamMatch
from listening.services.author_lists import lists_of
from policies.engine.facts import NOTHING, Facts, name_of, names
from policies.engine.incidents import NO_INCIDENTS, Incidents, OpenIncident, gravest_first, within
from policies.services.incidents import standing
from socialhub.lib.bulk import any_of
from teams.services import hours, organisation
from triage.models import Conversation, IncidentWord
from triage.services.arriving.heard import Heard

# Of more earlier conversations with one person no rule needs to know.
MOST_EARLIER = 100
# Of a long thread the first message and so many of the latest say whether it belongs to an incident. Nobody talks with
# us for longer; a post that goes round may have more answers, and every new one has the thread read again.
MOST_SAID = 500
SECONDS_OF_A_DAY = 86_400.0

_NAMES = ("channel", "streams", "author")


def give_facts(opening: Sequence[Heard], *, at: datetime, incidents: Incidents = NO_INCIDENTS) -> None:
    """Give each mention that begins a conversation now its facts: a handful of queries for all of them.

    Of several by one person in the same batch the later ones see the earlier ones.
    """
    ids = [heard.mention_id for heard in opening]
    streams = _streams_of(ids)
    lists = lists_of({heard.profile_id: (heard.profile_handle, heard.profile_external_id) for heard in opening})
    channels, spiking = _spikes()
    earlier = _earlier(opening)
    zone = company_zone()
    is_open = hours.calendar_of().is_open(at)
    for heard in opening:
        who = _who(heard)
        count, last = earlier.get(who, (0, None))
        own_streams = streams.get(heard.mention_id, NOTHING)
        heard.facts = Facts(
            text=heard.text,
            language=heard.language,
            sentiment=heard.sentiment,
            reach=heard.profile_reach,
            channel=names(heard.channel_kind, heard.channel_name),
            streams=own_streams,
            author=lists.get(heard.profile_id, NOTHING),
            earlier=count,
            days_since=None if last is None else _days(last, at),
            local=at.astimezone(zone),
            is_office_hours=is_open,
            is_spike=heard.channel_id in channels or not spiking.isdisjoint(own_streams),
            is_private=heard.is_private,
        )
        if incidents:
            heard.facts = within(heard.facts, incidents.of(heard.facts))
        earlier[who] = (min(count + 1, MOST_EARLIER), at)


def facts_data(facts: Facts, mention_id: int) -> dict[str, Any]:
    """Return what a conversation keeps of the facts under which its rules spoke."""
    kept: dict[str, Any] = {"mention": mention_id}
    for name in _NAMES:
        if held := getattr(facts, name):
            kept[name] = sorted(held)
    for name in ("reach", "sentiment", "days_since", "incident_level"):
        value = getattr(facts, name)
        if value is not None:
            kept[name] = value
    for name in ("language", "incident"):
        if told := getattr(facts, name):
            kept[name] = told
    if facts.earlier:
        kept["earlier"] = facts.earlier
    for name in ("is_spike", "is_private"):
        if getattr(facts, name):
            kept[name] = True
    if not facts.is_office_hours:
        kept["is_office_hours"] = False
    return kept


def kept_facts(kept: Mapping[str, Any], *, text: str, opened_at: datetime, zone: ZoneInfo) -> Facts:
    """Return the facts that a conversation keeps, with the text that began it."""
    told = {name: value for name, value in kept.items() if name != "mention"}
    for name in _NAMES:
        if name in told:
            told[name] = frozenset(told[name])
    return Facts(text=text, local=opened_at.astimezone(zone), **told)


def facts_of(conversation: Conversation, *, at: datetime, incidents: Incidents | None = None) -> Facts:
    """Return what a rule may look at now: what the conversation began with, and what was decided and declared since.

    To which incidents it belongs is read anew. Who shares the lock of incidents is not overtaken by a declaration.
    ``incidents`` are those that are open, for who knows them.
    """
    if conversation.learner_id is not None:
        incidents = NO_INCIDENTS
    belonging = belonging_to([conversation.pk], standing() if incidents is None else incidents)
    return replace(
        within(began_with(conversation), belonging.get(conversation.pk, ())),
        local=at.astimezone(company_zone()),
        is_office_hours=hours.calendar_of(conversation.department_id).is_open(at),
        disposition=conversation.disposition,
        visibility=conversation.visibility,
        department=conversation.department.slug if conversation.department is not None else "",
        priority=conversation.priority,
    )


def began_with(conversation: Conversation) -> Facts:
    """Return the facts under which the rules spoke when a conversation began."""
    began = conversation.facts.get("mention")
    said = Mention.objects.filter(entry__conversation=conversation, is_ours=False).order_by("pk")
    text = (said.filter(pk=began) if began else said).values_list("text", flat=True).first()
    return kept_facts(conversation.facts, text=text or "", opened_at=conversation.opened_at, zone=company_zone())


def belonging_to(conversations: Sequence[int], incidents: Incidents) -> dict[int, tuple[OpenIncident, ...]]:
    """Return to which incidents conversations belong: by what they began with, and all that was said in them since.

    Where a person has said whether one belongs, that counts.
    """
    if not incidents:
        return {}
    zone = company_zone()
    said, streams = _said_in(conversations), _streams_in(conversations)
    columns = ("pk", "facts", "opened_at", "language", "sentiment", "channel__kind", "channel__name")
    found = {}
    for pk, kept, opened_at, language, sentiment, kind, name in Conversation.objects.filter(
        pk__in=any_of(conversations)
    ).values_list(*columns):
        known = kept if "mention" in kept else {"language": language, "sentiment": sentiment}
        facts = kept_facts(known, text=said.get(pk, ""), opened_at=opened_at, zone=zone)
        facts = replace(facts, channel=names(kind, name), streams=facts.streams | streams.get(pk, NOTHING))
        found[pk] = incidents.of(facts)
    words = IncidentWord.objects.filter(conversation__in=any_of(conversations), incident__in=incidents.ids)
    for pk, incident_id, belongs in words.values_list("conversation", "incident", "belongs"):
        told = incidents.get(incident_id)
        others = [one for one in found.get(pk, ()) if one != told]
        found[pk] = gravest_first([*others, told] if belongs and told is not None else others)
    return found


def company_zone() -> ZoneInfo:
    """Return the company's time zone."""
    company = organisation.current()
    return ZoneInfo(company.time_zone if company is not None else "UTC")


def _streams_of(mentions: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    matches = StreamMatch.objects.filter(mention__in=any_of(mentions)).values_list("mention_id", "stream__name")
    for mention, name in matches:
        found[mention].add(name_of(name))
    return {mention: frozenset(streams) for mention, streams in found.items()}


def _streams_in(conversations: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    matches = StreamMatch.objects.filter(mention__entry__conversation__in=any_of(conversations))
    for conversation, name in matches.values_list("mention__entry__conversation", "stream__name"):
        found[conversation].add(name_of(name))
    return {conversation: frozenset(streams) for conversation, streams in found.items()}


def _said_in(conversations: Sequence[int]) -> dict[int, str]:
    """Return what others said in conversations: the beginning and the latest, with a line between."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT wanted.id, string_agg(said.text, E'\\n' ORDER BY said.id)
            FROM unnest(%s::bigint[]) AS wanted(id)
            JOIN triage_conversation AS conversation ON conversation.id = wanted.id
            CROSS JOIN LATERAL (
                (SELECT mention.id, mention.text FROM triage_threadentry AS entry
                 JOIN listening_mention AS mention ON mention.id = entry.mention_id
                 WHERE entry.conversation_id = wanted.id AND NOT entry.is_copy AND NOT mention.is_ours
                 ORDER BY entry.mention_id DESC LIMIT %s)
                UNION
                SELECT mention.id, mention.text FROM listening_mention AS mention
                WHERE mention.id = (conversation.facts ->> 'mention')::bigint
            ) AS said
            GROUP BY wanted.id
            """,
            [list(conversations), MOST_SAID],
        )
        return dict(cursor.fetchall())


def _spikes() -> tuple[set[int], set[str]]:
    """Return the channels that spike, and the names of the streams that do."""
    found = list(Spike.objects.filter(until=None).values_list("channel_id", "stream__name"))
    return {channel for channel, _name in found if channel}, {name_of(name) for _channel, name in found if name}


def _who(heard: Heard) -> tuple[str, int]:
    return ("profile", heard.profile_id) if heard.person_id is None else ("person", heard.person_id)


def _earlier(opening: Iterable[Heard]) -> dict[tuple[str, int], tuple[int, datetime | None]]:
    """Return how many conversations there were with each author, at most ``MOST_EARLIER``, and when the last began."""
    people = {heard.person_id for heard in opening if heard.person_id is not None}
    who = {heard.profile_id: _who(heard) for heard in opening}
    if people:
        siblings = Profile.objects.filter(person__in=people).values_list("pk", "person")
        who |= {pk: ("person", person) for pk, person in siblings}
    found: dict[tuple[str, int], tuple[int, datetime | None]] = {}
    with connection.cursor() as cursor:
        # The latest of each: as quick for somebody with a million conversations as for somebody with one.
        cursor.execute(
            """
            SELECT wanted.id, latest.count, latest.last
            FROM unnest(%s::bigint[]) AS wanted(id)
            CROSS JOIN LATERAL (
                SELECT count(*), max(opened_at) AS last FROM (
                    SELECT opened_at FROM triage_conversation WHERE profile_id = wanted.id ORDER BY id DESC LIMIT %s
                ) AS seen
            ) AS latest
            WHERE latest.count > 0
            """,
            [list(who), MOST_EARLIER],
        )
        for profile, count, last in cursor.fetchall():
            before, newest = found.get(who[profile], (0, None))
            newest = last if newest is None else max(newest, last)
            found[who[profile]] = (min(before + count, MOST_EARLIER), newest)
    return found


def _days(last: datetime, at: datetime) -> float:
    # Two decimals are a quarter of an hour, and the same number when it is read again.
    return round(max(0.0, (at - last).total_seconds() / SECONDS_OF_A_DAY), 2)
