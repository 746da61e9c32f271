"""Keep copies of the pictures that stand beside what was said, so that nobody who reads tells another server of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, QuerySet

from listening.heard import HeardItem, HeardPicture
from listening.models import Mention, Picture
from socialhub.lib import fetch
from socialhub.lib.bulk import insert_rows
from socialhub.lib.pictures import BadPicture, small_copy
from socialhub.lib.pictures import Picture as SmallCopy
from socialhub.lib.queue import wake_last
from socialhub.lib.told import NO_PROBLEM, Told
from socialhub.lib.told import told as _

# Of one picture; cameras make larger ones, and networks hand out smaller ones.
MOST_BYTES = 8_000_000
SECONDS = 15.0
# A worker that has not said what became of it by then is lost.
LEASE = timedelta(minutes=5)
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2))
MOST_TRIES = len(PAUSES) + 1
# Answers that asking again does not change.
FINAL = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS})
SWEEP = 200

COLUMNS = {
    "mention_id": "bigint",
    "position": "smallint",
    "url": "text",
    "alt": "text",
    "stored_as": "text",
    "next_try_at": "timestamptz",
}


def worth_keeping(items: Sequence[HeardItem], *, channel_id: int) -> dict[str, tuple[HeardPicture, ...]]:
    """Return the pictures of items that are about to be stored, by the items' external ids.

    Of those that pass on the same, only the first has pictures, and none where that itself
    was heard: the others are folded below it, where copies are told in words.
    """
    pictured = sorted((item for item in items if item.pictures), key=lambda item: item.published_at)
    repeated = {item.repeats for item in pictured} - {""}
    known = {item.external_id for item in items}
    if repeated:
        heard = Mention.objects.filter(channel=channel_id)
        known |= set(heard.filter(external_id__in=repeated).values_list("external_id", flat=True))
        known |= set(heard.filter(repeats__in=repeated).values_list("repeats", flat=True).distinct())
    found = {}
    for item in pictured:
        if item.repeats not in known:
            found[item.external_id] = item.pictures
        if item.repeats:
            known.add(item.repeats)
    return found


def note_pictures(found: Iterable[tuple[int, Sequence[HeardPicture]]], *, at: datetime) -> None:
    """Note what stands beside new mentions, by their ids, in the transaction that stores them; a worker fetches it."""
    rows = [
        # Where its copy will lie is known before there is one, so that no copy is ever without a row.
        (mention_id, position, picture.url, picture.alt, f"heard/{uuid4().hex}", at)
        for mention_id, pictures in found
        for position, picture in enumerate(pictures, 1)
    ]
    noted = insert_rows("listening_picture", COLUMNS, rows, returning="id")
    # The sweep finds the others: an import of years would fill the broker.
    for (pk,) in noted[:SWEEP]:
        wake_last("listening.keep_picture", picture_id=pk)


def replace_pictures(mention_id: int, pictures: Sequence[HeardPicture], *, at: datetime) -> None:
    """Let a mention have other pictures than before; where they are the same nothing is fetched again."""
    before = Picture.objects.filter(mention=mention_id).order_by("position").values_list("url", "alt")
    if list(before) == [(one.url, one.alt) for one in pictures]:
        return
    forget_pictures([mention_id])
    note_pictures([(mention_id, pictures)], at=at)


def keep(*, picture_id: int, at: datetime) -> None:
    """Fetch one picture that is due, and keep a small copy of it. Harmless to run twice.

    The row is moved on, and the try counted, before the network is asked, so that one at which
    workers die is given up too; nothing is locked meanwhile.
    """
    due = Picture.objects.filter(pk=picture_id, state=Picture.State.WAITING, next_try_at__lte=at)
    if not due.update(next_try_at=at + LEASE, tries=F("tries") + 1):
        return
    picture = Picture.objects.filter(pk=picture_id).first()
    if picture is None:
        return
    if picture.tries > MOST_TRIES:
        _give_up(picture, _("It could not be fetched."))
        return
    try:
        page = fetch.fetch_page(
            picture.url,
            accept="image/*",
            allowed_internal_hosts=settings.ALLOWED_INTERNAL_HOSTS,
            max_bytes=MOST_BYTES,
            seconds=SECONDS,
        )
        copy = small_copy(page.body)
    except BadPicture:
        _give_up(picture, _("It is not a picture that can be shown."))
    except fetch.FetchFailed as failure:
        if _is_final(failure) or picture.tries == MOST_TRIES:
            _give_up(picture, failure.told)
        else:
            # What went wrong is known already where somebody looks meanwhile.
            problem = failure.told.in_columns("failure")
            _still(picture).update(next_try_at=at + PAUSES[picture.tries - 1], **problem)
    else:
        _keep(picture, copy)


def sweep(*, at: datetime) -> None:
    """Wake workers for what is due."""
    due = Picture.objects.filter(state=Picture.State.WAITING, next_try_at__lte=at).order_by("next_try_at", "pk")
    for pk in due.values_list("pk", flat=True)[:SWEEP]:
        wake_last("listening.keep_picture", picture_id=pk)


def forget_pictures(mention_ids: Sequence[int]) -> None:
    """Forget the pictures of mentions, in the transaction that erases them; the bytes go once it has committed."""
    rows = list(Picture.objects.filter(mention__in=mention_ids))
    Picture.objects.filter(pk__in=[row.pk for row in rows]).delete()
    transaction.on_commit(partial(_delete_bytes, rows))


def _is_final(failure: fetch.FetchFailed) -> bool:
    if isinstance(failure, fetch.BadStatus):
        return failure.status in FINAL
    return isinstance(failure, fetch.AddressForbidden | fetch.TooLarge)


def _still(picture: Picture) -> QuerySet[Picture]:
    """Return the row while nobody has erased it or said what became of it."""
    return Picture.objects.filter(pk=picture.pk, state=Picture.State.WAITING)


def _keep(picture: Picture, copy: SmallCopy) -> None:
    """Store the copy. Whoever erases the picture, or fetched it as well, waits: no row and no copy is left alone."""
    kept = {"state": Picture.State.KEPT, "width": copy.width, "height": copy.height}
    with transaction.atomic():
        if _still(picture).select_for_update().first() is None:
            return
        # What a worker left that died before it could say so.
        default_storage.delete(picture.stored_as)
        default_storage.save(picture.stored_as, ContentFile(copy.content))
        _still(picture).update(**kept, next_try_at=None, **NO_PROBLEM.in_columns("failure"))


def _give_up(picture: Picture, why: Told) -> None:
    _still(picture).update(state=Picture.State.FAILED, next_try_at=None, **why.in_columns("failure"))


def _delete_bytes(rows: Sequence[Picture]) -> None:
    for row in rows:
        default_storage.delete(row.stored_as)
