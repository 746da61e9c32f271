"""Pictures with an answer on a server of the Mastodon family: what it takes, and how they get there."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from listening.connectors.attachments import PICTURE_TYPES, AttachmentLimits, OutgoingAttachment
from listening.connectors.base import OutcomeUnknown, PermanentFailure, TemporaryFailure
from listening.connectors.mastodon.calls import Answer, NotThere, Server
from listening.connectors.mastodon.reading import word
from socialhub.lib.told import told as _

# As most servers have it; each says its own.
DEFAULT_LIMITS = AttachmentLimits(
    most=4,
    most_bytes=16 * 1024 * 1024,
    media_types=PICTURE_TYPES,
    most_pixels=33_177_600,
    alt="recommended",
    most_alt=1500,
)
UPLOAD_SECONDS = 40.0
# What a server may say of itself and be believed.
MOST = 100
MOST_SIZE = 2**31 - 1
# A server that has not looked at a picture yet is asked again after so long.
PAUSE = 0.5


def limits_of(configuration: Mapping[str, Any]) -> AttachmentLimits:
    """Return what a server says it takes; what it leaves out is as on most."""
    statuses, media = configuration.get("statuses"), configuration.get("media_attachments")
    statuses = statuses if isinstance(statuses, dict) else {}
    media = media if isinstance(media, dict) else {}
    told = media.get("supported_mime_types")
    types = tuple(kind for kind in PICTURE_TYPES if kind in told) if isinstance(told, list) else ()
    default = DEFAULT_LIMITS
    return AttachmentLimits(
        most=_number(statuses.get("max_media_attachments"), MOST) or default.most,
        most_bytes=_number(media.get("image_size_limit"), MOST_SIZE) or default.most_bytes,
        media_types=types or default.media_types,
        most_pixels=_number(media.get("image_matrix_limit"), MOST_SIZE) or default.most_pixels,
        alt=default.alt,
        most_alt=_number(media.get("description_limit"), 1_000_000) or default.most_alt,
    )


def to_keep(limits: AttachmentLimits) -> dict[str, object]:
    """Return the limits as a cursor keeps them."""
    return {**asdict(limits), "media_types": list(limits.media_types)}


def kept(value: object) -> AttachmentLimits:
    """Return the limits that a cursor keeps, or those of most servers."""
    if not isinstance(value, dict):
        return DEFAULT_LIMITS
    return AttachmentLimits(**{**value, "media_types": tuple(value["media_types"])})


def upload(server: Server, attachments: tuple[OutgoingAttachment, ...]) -> list[str]:
    """Bring the pictures there and return their numbers. Unused ones are forgotten there after some hours.

    Nothing is said by that, so whatever goes wrong can be tried again.

    :raises ConnectorFailed: one is not there; of these, never ``OutcomeUnknown``.
    """
    try:
        return [_upload(server, attachment) for attachment in attachments]
    except OutcomeUnknown as failure:
        raise TemporaryFailure(failure.told) from failure


def _upload(server: Server, attachment: OutgoingAttachment) -> str:
    told = {"description": attachment.alt} if attachment.alt else {}
    file = (attachment.name, attachment.read(), attachment.media_type)
    try:
        answer = server.upload("/api/v2/media", told, file, seconds=UPLOAD_SECONDS)
    except NotThere:
        # Servers that are older, or smaller, look at it before they answer.
        answer = _upload_as_before(server, told, file)
    number = word(answer.about, "id")
    if not number:
        raise PermanentFailure(_("%(host)s does not take pictures.") % {"host": server.host})
    while not _is_ready(answer):
        time.sleep(min(PAUSE, max(server.seconds_left, 0)))
        answer = server.get(f"/api/v1/media/{number}")
    return number


def _upload_as_before(server: Server, told: dict[str, str], file: tuple[str, bytes, str]) -> Answer:
    try:
        return server.upload("/api/v1/media", told, file, seconds=UPLOAD_SECONDS)
    except NotThere as failure:
        raise PermanentFailure(_("%(host)s does not take pictures.") % {"host": server.host}) from failure


def _is_ready(answer: Answer) -> bool:
    # While it is being looked at it has no address.
    return bool(word(answer.about, "url"))


def _number(value: object, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most else None
