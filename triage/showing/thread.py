"""A conversation as people read it: messages, answers on their way, and the days between."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache, partial

from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.translation import gettext as _

from listening.connectors.by_hand import KIND as BY_HAND
from listening.heard import BOUNCE
from listening.models import Mention, MentionVersion, Picture
from socialhub.lib.keyset import MAX_ID
from socialhub.lib.moments import date_format
from teams.models import User
from teams.models.user import initials_of
from triage.models import Conversation, Reply, ReplyPart, ThreadEntry
from triage.services.sending import change_rights, parting
from triage.showing.addresses import act_url
from triage.showing.attachments import ShownAttachment, of_replies
from triage.showing.changes import change_url, read_changes, what_it_does
from triage.showing.entries import Copy, Entry, Thread
from triage.showing.media import beside
from triage.showing.pictures import read_pictures
from triage.showing.underway import Underway, how_it_stands
from triage.showing.words import answered, folded, language_told, without_descriptions
from triage.states import Occasion, ReplyKind, ReplyState

# Longer than what people say to each other; a page stays a page when thousands answer one post.
PAGE_SIZE = 100


def read_copies(conversation: Conversation, *, slug: str, may_split: bool) -> list[Copy]:
    """Return the last hundred copies, newest first."""
    if not conversation.copy_count:
        return []
    placed = ThreadEntry.objects.filter(conversation=conversation, is_copy=True).select_related("mention__profile")
    return [
        Copy(
            str(entry.mention.profile) if entry.mention.erased_at is None else _("Erased"),
            date_format(timezone.localtime(entry.mention.published_at), "j M, H:i"),
            entry.mention.published_at.isoformat(),
            entry.mention.url,
            entry.mention.text,
            entry.mention.language,
            act_url("split", conversation.pk, entry.pk, slug=slug) if may_split else "",
        )
        for entry in placed.defer("mention__raw", "mention__search").order_by("-mention")[:PAGE_SIZE]
    ]


def read_thread(
    conversation: Conversation, *, reader: User, slug: str, at: datetime, before: int | None = None
) -> Thread:
    """Return the last hundred messages, or the hundred that were heard before the mention ``before``.

    ``slug`` names the list to which an act on an entry comes back. What is on its
    way stands below the last messages only.
    """
    is_holder = conversation.holder_id == reader.pk
    # Asked at most once for each conversation, and only where there is something to change.
    may_change = cache(partial(_may_change, reader, conversation))
    placed = ThreadEntry.objects.filter(conversation=conversation, is_copy=False)
    if before is not None:
        placed = placed.filter(mention__lt=before)
    heard = list(placed.order_by("-mention").values_list("mention", flat=True)[: PAGE_SIZE + 1])
    shown = heard[:PAGE_SIZE]
    mentions = list(
        Mention.objects.filter(pk__in=shown)
        .select_related("profile", "reply__author", "reply_part__reply__author")
        .annotate(
            media=KeyTransform("media", "raw"),
            quoted=KeyTransform("quoted", "raw"),
            embed=KeyTransform("embed", KeyTransform("record", "raw")),
            has_pictures=Exists(Picture.objects.filter(mention=OuterRef("pk"))),
        )
        .defer("raw", "search")
    )
    versions, bounces = _versions(mentions), _bounces(mentions)
    sources = _sources(shown) if conversation.channel.kind == BY_HAND else {}
    dated: list[tuple[datetime, int, Entry]] = [
        (mention.published_at, mention.pk, _mention(mention, versions, bounces, sources)) for mention in mentions
    ]
    dated = _with_attachments(dated, mentions)
    dated = _with_changes(dated, mentions, slug, may_change)
    dated = _with_context(dated, mentions, is_whole=before is None and len(heard) <= PAGE_SIZE)
    if before is None:
        underway = (
            Reply.objects.filter(conversation=conversation, mention__isnull=True)
            .exclude(state=ReplyState.WITHDRAWN)
            .exclude(~Q(kind=ReplyKind.ANSWER), state=ReplyState.SENT)
            .select_related("author", "original")
            .order_by("-queued_at", "-pk")[:PAGE_SIZE]
        )
        underway_files = of_replies(reply.pk for reply in underway)
        # Among messages of the same moment ours is the answer, so it comes last.
        for reply in reversed(underway):
            is_theirs = is_holder if reply.kind == ReplyKind.ANSWER else may_change(conversation.pk)
            way = how_it_stands(reply, slug=slug, is_holder=is_theirs, reader_id=reader.pk, at=at)
            dated.append((reply.queued_at, MAX_ID, _reply(reply, way, underway_files.get(reply.pk, ()))))
    dated.sort(key=lambda row: row[:2])
    newest = max((mention.pk for mention in mentions if _can_be_answered(mention)), default=None)
    return Thread(_with_days([(moment, entry) for moment, _order, entry in dated]), newest, _earlier(heard))


def _may_change(reader: User, shown: Conversation, conversation_id: int) -> bool:
    """Say whether ``reader`` may change what was answered in what is ``shown``, or in a conversation merged into it."""
    if conversation_id == shown.pk:
        return change_rights.may_change(reader, shown)
    merged = Conversation.objects.visible_to(reader).filter(pk=conversation_id).first()
    return merged is not None and change_rights.may_change(reader, merged)


def _with_attachments(
    dated: list[tuple[datetime, int, Entry]], mentions: Sequence[Mention]
) -> list[tuple[datetime, int, Entry]]:
    """Put what went out with our answers to the posts that carried it."""
    carried = {mention.pk: reply.pk for mention in mentions if (reply := _sent_in(mention)) is not None}
    shown = of_replies(carried.values())
    if not shown:
        return dated
    return [
        (moment, pk, replace(entry, attachments=tuple(shown.get(carried.get(pk, 0), ()))))
        for moment, pk, entry in dated
    ]


def _with_context(
    dated: list[tuple[datetime, int, Entry]], mentions: Sequence[Mention], *, is_whole: bool
) -> list[tuple[datetime, int, Entry]]:
    """Say in which language each message is, what it answers, and what stands beside its words."""
    by_id = {mention.pk: mention for mention in mentions}
    pictured = [mention.pk for mention in mentions if vars(mention)["has_pictures"]]
    pictures = read_pictures(pictured) if pictured else {}
    parents = {mention.external_id: mention for mention in mentions if mention.external_id}
    found = []
    above: Mention | None = None
    for moment, pk, entry in sorted(dated, key=lambda row: row[:2]):
        mention = by_id[pk]
        of_mention = pictures.get(pk, ()) if mention.erased_at is None else ()
        text, rest = folded(without_descriptions(entry.text, [one.alt for one in of_mention]))
        shown = replace(
            entry,
            text=text,
            rest=rest,
            language_told=language_told(entry.language),
            answers_text=answered(mention, above, parents, is_whole=is_whole),
        )
        if mention.erased_at is None:
            told = vars(mention)
            heard = {name: told[name] for name in ("media", "embed", "quoted")}
            others = beside(**heard, url=mention.url, has_pictures=bool(of_mention))
            shown = replace(shown, beside=others, pictures=of_mention)
        found.append((moment, pk, shown))
        above = mention
    return found


def _sent_in(mention: Mention) -> Reply | None:
    """Return the answer whose attachments a post of ours carries: its only post, or its first."""
    part: ReplyPart | None = getattr(mention, "reply_part", None)
    if part is not None:
        return part.reply if part.position == 1 else None
    return _answer_of(mention)


def _with_changes(
    dated: list[tuple[datetime, int, Entry]], mentions: Sequence[Mention], slug: str, may_change: Callable[[int], bool]
) -> list[tuple[datetime, int, Entry]]:
    """Say of our answers what became of them, and lead those who may to where they are corrected and removed."""
    answers = {mention.pk: reply for mention in mentions if (reply := _whole_answer_of(mention)) is not None}
    # An answer in several posts is changed as a whole, from its first.
    first = {mention.pk for mention in mentions if _answer_of(mention) is not None}
    changes = read_changes({reply.pk for reply in answers.values()}) if answers else {}
    changed = []
    for moment, pk, entry in dated:
        reply = answers.get(pk)
        change = changes.get(reply.pk) if reply is not None else None
        if change is not None and change.is_removal:
            entry = replace(
                entry, state_text=change.chip, state_tone="neutral", removed_text=change.text, deleted_text=""
            )
        elif change is not None:
            entry = replace(entry, state_text=change.chip, state_tone="info", edited_text=change.text)
        is_there = not entry.removed_text and not entry.deleted_text
        if reply is not None and pk in first and is_there and may_change(reply.conversation_id):
            entry = replace(entry, change_url=change_url(reply, slug=slug))
        changed.append((moment, pk, entry))
    return changed


def _whole_answer_of(mention: Mention) -> Reply | None:
    """Return the answer of which a post of ours is all, or a part."""
    part: ReplyPart | None = getattr(mention, "reply_part", None)
    return part.reply if part is not None else _answer_of(mention)


def _answer_of(mention: Mention) -> Reply | None:
    reply: Reply | None = getattr(mention, "reply", None)
    return reply


def _earlier(heard: Sequence[int]) -> int | None:
    """Return the mention before which more were heard than are shown."""
    return heard[PAGE_SIZE - 1] if len(heard) > PAGE_SIZE else None


def _can_be_answered(mention: Mention) -> bool:
    return not (mention.is_ours or mention.is_automatic or mention.deleted_at)


def _versions(mentions: Sequence[Mention]) -> Mapping[int, list[str]]:
    """Return what the edited ones said before, the last version first."""
    found: dict[int, list[str]] = defaultdict(list)
    edited = [mention.pk for mention in mentions if mention.edited_at]
    if edited:
        versions = MentionVersion.objects.filter(mention__in=edited).order_by("-replaced_at", "-pk")
        for pk, text in versions.values_list("mention", "text"):
            found[pk].append(text)
    return found


def _bounces(mentions: Sequence[Mention]) -> set[int]:
    """Return those by which a machine says that a message of ours did not arrive."""
    automatic = [mention.pk for mention in mentions if mention.is_automatic]
    if not automatic:
        return set()
    return set(Mention.objects.filter(pk__in=automatic, raw__has_key=BOUNCE).values_list("pk", flat=True))


def _sources(shown: Sequence[int]) -> Mapping[int, str]:
    """Return how each was heard by the colleague who wrote it down, with their note."""
    sources = {}
    found = Mention.objects.filter(pk__in=shown, raw__has_key=BY_HAND).values_list("pk", f"raw__{BY_HAND}")
    for pk, told in found:
        code, note = told.get("occasion", ""), told.get("note", "")
        parts = [str(Occasion(code).label)] if code in Occasion.values else []
        parts += [_("Note: %(note)s") % {"note": note}] if note else []
        sources[pk] = ". ".join(parts)
    return sources


def _with_days(dated: list[tuple[datetime, Entry]]) -> list[Entry]:
    entries: list[Entry] = []
    last: date | None = None
    for moment, entry in dated:
        day = timezone.localtime(moment).date()
        if day != last:
            entries.append(Entry("day", _day(day)))
            last = day
        entries.append(entry)
    return entries


def _day(day: date) -> str:
    today = timezone.localdate()
    if day == today:
        return _("Today")
    return date_format(day, "j F" if day.year == today.year else "j F Y")


def _mention(
    mention: Mention, versions: Mapping[int, list[str]], bounces: set[int], sources: Mapping[int, str]
) -> Entry:
    reply = _whole_answer_of(mention)
    author = reply.author.name if reply else str(mention.profile)
    if mention.erased_at is not None and reply is None:
        author = _("Erased")
    state_text, state_tone = _state(mention, reply, is_bounce=mention.pk in bounces)
    deleted = edited = ""
    if mention.deleted_at is not None:
        deleted = _("Deleted by its author on %(moment)s; what it said stays visible here.") % {
            "moment": _moment(mention.deleted_at)
        }
    if mention.edited_at is not None:
        edited = _("Edited on %(moment)s; said before") % {"moment": _moment(mention.edited_at)}
    if mention.erased_at is not None:
        edited = ""
    return Entry(
        "mention",
        mention.text,
        name=author,
        initials=initials_of(author),
        at_text=_clock(mention.published_at),
        at_iso=mention.published_at.isoformat(),
        is_ours=mention.is_ours,
        language=mention.language,
        link=mention.url,
        state_text=state_text,
        state_tone=state_tone,
        deleted_text=deleted,
        edited_text=edited,
        source_text=sources.get(mention.pk, ""),
        versions=tuple(versions.get(mention.pk, ())),
        key=mention.pk,
        erased_text=_erased(mention),
    )


def _erased(mention: Mention) -> str:
    """Return since when a message says nothing any more; which clause lets it go stands above the thread."""
    if mention.erased_at is None:
        return ""
    return _("Erased on %(date)s.") % {"date": date_format(timezone.localtime(mention.erased_at), "j F Y")}


def _state(mention: Mention, reply: Reply | None, *, is_bounce: bool) -> tuple[str, str]:
    if reply is not None:
        return str(ReplyState.SENT.label), "ok"
    if is_bounce:
        return _("Did not arrive"), "urgent"
    if mention.is_automatic:
        return _("Sent by a machine"), "neutral"
    return "", ""


def _reply(reply: Reply, underway: Underway, attached: Sequence[ShownAttachment]) -> Entry:
    original = reply.original
    out, total = parting.how_far(reply)
    return Entry(
        "mention",
        original.body if original is not None and reply.kind == ReplyKind.REMOVAL else parting.unsent_text(reply),
        source_text=what_it_does(reply) if original is not None else "",
        name=reply.author.name,
        initials=reply.author.initials,
        at_text=_clock(reply.queued_at),
        at_iso=reply.queued_at.isoformat(),
        is_ours=True,
        state_text=underway.text,
        state_tone=underway.tone,
        underway=underway,
        attachments=() if out else tuple(attached),
        parts_text=_parts_text(out, total),
    )


def _parts_text(out: int, total: int) -> str:
    if not total:
        return ""
    if not out:
        return _("A thread of %(total)d posts.") % {"total": total}
    return _("%(out)d of %(total)d posts are out; this is the rest.") % {"out": out, "total": total}


def _clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i")


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y, H:i")
