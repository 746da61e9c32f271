"""Write down what somebody heard where no channel listens: a phone call, a letter, a tip."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from listening.connectors.by_hand import KIND, ByHandConnector
from listening.heard import HeardItem, Unusable, clean_item
from listening.models import Channel, Mention
from listening.services import ingest
from policies.services.reading import NoPolicyInForce
from socialhub.lib import locks
from socialhub.lib.errors import Invalid
from teams.models import User
from triage.models import Concern, Event, ThreadEntry
from triage.services import recording
from triage.services.arriving import intake
from triage.states import Occasion


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody heard; ``contact`` is how to reach who said it, ``note`` what the writer adds."""

    occasion: Occasion
    text: str
    said_at: datetime
    name: str = ""
    contact: str = ""
    url: str = ""
    note: str = ""


def write_down(*, told: Told, key: UUID, writer: User, at: datetime) -> Mention:
    """Store what was told and make a conversation of it, which the writer's departments see from now on.

    ``key`` is the same on every attempt: what was written down already is returned
    as it is. Without a policy in force it waits for one.

    :raises Invalid: the date is impossible, or the text cannot be stored.
    """
    with transaction.atomic():
        # Whoever writes first makes the channel; a double click waits here and finds what is there.
        locks.take(locks.Lock.WRITE_DOWN)
        channel = Channel.objects.filter(kind=KIND).order_by("pk").first() or _make_channel(writer, at)
        known = Mention.objects.filter(channel=channel, external_id=str(key)).first()
        if known is not None:
            return known
        try:
            item = clean_item(_item(told, key), at=at)
        except Unusable as unusable:
            field = "said_at" if "date" in unusable.told.words else "text"
            raise Invalid(str(unusable), field=field) from unusable
        ingest.store_items(channel=channel, items=[item], at=at)
        Channel.objects.filter(pk=channel.pk).update(last_success_at=at)
        mention = Mention.objects.get(channel=channel, external_id=str(key))
        try:
            intake.take_in_mentions(at=at, patient=True, only=[mention.pk])
        except NoPolicyInForce:
            return mention
        _record(mention, told, writer, at)
    return mention


def _item(told: Told, key: UUID) -> HeardItem:
    contact = told.contact.strip()
    return HeardItem(
        external_id=str(key),
        text=told.text,
        published_at=told.said_at,
        # Without a way to reach them nobody knows whether two of the same name are one.
        author_id=contact.casefold() or f"by-hand-{key}",
        author_name=told.name.strip() or _("Somebody"),
        author_handle=contact,
        url=told.url,
        # Only a screenshot shows what others can read, too.
        is_private=told.occasion != Occasion.SCREENSHOT,
        raw={KIND: {"occasion": told.occasion.value, "note": told.note.strip()}},
    )


def _record(mention: Mention, told: Told, writer: User, at: datetime) -> None:
    conversation_id = ThreadEntry.objects.values_list("conversation", flat=True).get(mention=mention)
    Concern.objects.bulk_create(
        [
            Concern(conversation_id=conversation_id, department_id=department_id, because=Concern.Because.WRITTEN)
            for department_id in writer.rights.departments_for("mention.write")
        ],
        ignore_conflicts=True,
    )
    recording.record(
        conversation_id=conversation_id,
        kind=Event.Kind.WRITTEN_DOWN,
        actor=writer,
        at=at,
        data={"mention": mention.pk, "occasion": told.occasion.value},
    )


def _make_channel(writer: User, at: datetime) -> Channel:
    """Make the one channel of this kind, under a name that nobody uses."""
    title = ByHandConnector().title
    name, number = title, 1
    while Channel.objects.filter(name__iexact=name).exists():
        number += 1
        name = f"{title} {number}"
    return Channel.objects.create(name=name, kind=KIND, owner=writer, created_at=at)
