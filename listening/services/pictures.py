"""Keep copies of the pictures that stand beside what was said, so that nobody who reads tells another server of it."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from listening.heard import HeardPicture
from listening.models import Picture
from socialhub.lib import fetch
from socialhub.lib.bulk import insert_rows
from socialhub.lib.pictures import BadPicture, small_copy
from socialhub.lib.pictures import Picture as SmallCopy
from socialhub.lib.queue import wake, wake_last
from socialhub.lib.told import Told
from socialhub.lib.told import told as _

# Of one picture; cameras make larger ones, and networks hand out smaller ones.
MOST_BYTES = 8_000_000
SECONDS = 15.0
# A worker that has not said what became of it by then is lost.
LEASE = timedelta(minutes=5)
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2))
SWEEP = 200

COLUMNS = {"mention_id": "bigint", "position": "smallint", "url": "text", "alt": "text", "next_try_at": "timestamptz"}


def note_pictures(found: Iterable[tuple[int, Sequence[HeardPicture]]], *, at: datetime) -> None:
    """Note what stands beside new mentions, by their ids, in the transaction that stores them; a worker fetches it."""
    rows = [
        (mention_id, position, picture.url, picture.alt, at)
        for mention_id, pictures in found
        for position, picture in enumerate(pictures, 1)
    ]
    if not rows:
        return
    for (pk,) in insert_rows("listening_picture", COLUMNS, rows, returning="id"):
        wake_last("listening.keep_picture", picture_id=pk)


def replace_pictures(mention_id: int, pictures: Sequence[HeardPicture], *, at: datetime) -> None:
    """Let a mention have other pictures than before; what stays the same is not fetched again."""
    before = {picture.url: picture for picture in Picture.objects.filter(mention=mention_id)}
    if [(one.url, one.alt) for one in before.values()] == [(one.url, one.alt) for one in pictures]:
        return
    forget_pictures([mention_id])
    note_pictures([(mention_id, pictures)], at=at)


def keep(*, picture_id: int, at: datetime) -> None:
    """Fetch one picture that is due, and keep a small copy of it. Harmless to run twice.

    The row is moved on before the network is asked; nothing is locked meanwhile.
    """
    due = Picture.objects.filter(pk=picture_id, state=Picture.State.WAITING, next_try_at__lte=at)
    if not due.update(next_try_at=at + LEASE):
        return
    picture = Picture.objects.get(pk=picture_id)
    try:
        page = fetch.fetch_page(
            picture.url,
            accept="image/*",
            allowed_internal_hosts=settings.ALLOWED_INTERNAL_HOSTS,
            max_bytes=MOST_BYTES,
            seconds=SECONDS,
        )
        copy = small_copy(io.BytesIO(page.body))
    except BadPicture:
        _give_up(picture, _("It is not a picture that can be shown."))
    except fetch.FetchFailed as failure:
        if isinstance(failure, fetch.AddressForbidden) or picture.tries >= len(PAUSES):
            _give_up(picture, failure.told)
        else:
            _still(picture).update(tries=picture.tries + 1, next_try_at=at + PAUSES[picture.tries])
    else:
        _keep(picture, copy)


def sweep(*, at: datetime) -> None:
    """Wake workers for what is due."""
    due = Picture.objects.filter(state=Picture.State.WAITING, next_try_at__lte=at).order_by("next_try_at", "pk")
    for pk in due.values_list("pk", flat=True)[:SWEEP]:
        wake("listening.keep_picture", picture_id=pk)


def forget_pictures(mention_ids: Sequence[int]) -> None:
    """Forget the pictures of mentions, in the transaction that erases them; the bytes go once it has committed."""
    rows = list(Picture.objects.filter(mention__in=mention_ids))
    Picture.objects.filter(pk__in=[row.pk for row in rows]).delete()
    transaction.on_commit(partial(_delete_bytes, rows))


def _still(picture: Picture) -> QuerySet[Picture]:
    """Return the row while nobody has erased it or said what became of it."""
    return Picture.objects.filter(pk=picture.pk, state=Picture.State.WAITING)


def _keep(picture: Picture, copy: SmallCopy) -> None:
    name = default_storage.save(f"heard/{uuid4().hex}", ContentFile(copy.content))
    kept = {"state": Picture.State.KEPT, "file": name, "width": copy.width, "height": copy.height}
    if not _still(picture).update(**kept, next_try_at=None):
        # Without a row nobody would ever find the bytes.
        default_storage.delete(name)


def _give_up(picture: Picture, why: Told) -> None:
    _still(picture).update(state=Picture.State.FAILED, next_try_at=None, **why.in_columns("failure"))


def _delete_bytes(rows: Sequence[Picture]) -> None:
    for row in rows:
        if row.file.name:
            default_storage.delete(row.file.name)
