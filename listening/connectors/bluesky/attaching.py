"""Pictures with an answer: brought to the service as blobs, and named by the record that shows them."""

from typing import Any

from listening.connectors.attachments import AttachmentLimits, OutgoingAttachment
from listening.connectors.base import PermanentFailure
from listening.connectors.bluesky.answers import part
from listening.connectors.bluesky.xrpc import Service
from socialhub.lib.told import told as _

# As the network's own schema of a post with pictures has it.
LIMITS = AttachmentLimits(
    most=4,
    most_bytes=1_000_000,
    media_types=("image/jpeg", "image/png", "image/webp"),
    alt="recommended",
    most_alt=2000,
)
IMAGES = "app.bsky.embed.images"


def embed(service: Service, attachments: tuple[OutgoingAttachment, ...]) -> dict[str, object]:
    """Bring the pictures to the service and return what a record says of them; nothing where there are none.

    A blob that no record names is nobody's and goes away, so trying again does no harm.

    :raises ConnectorFailed: one is not there.
    """
    if not attachments:
        return {}
    return {"embed": {"$type": IMAGES, "images": [_image(service, attachment) for attachment in attachments]}}


def _image(service: Service, attachment: OutgoingAttachment) -> dict[str, Any]:
    blob = part(service.upload("com.atproto.repo.uploadBlob", attachment.read(), attachment.media_type), "blob")
    if not blob:
        raise PermanentFailure(_("The service did not keep the picture “%(name)s”.") % {"name": attachment.name})
    image: dict[str, Any] = {"image": blob, "alt": attachment.alt}
    if attachment.width and attachment.height:
        image["aspectRatio"] = {"width": attachment.width, "height": attachment.height}
    return image
