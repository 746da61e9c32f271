"""Which browsers take notifications, and the key that they know us by."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import httpcore
import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid
from socialhub.lib.guarded_network import checked_addresses
from socialhub.lib.sealing import open_sealed, seal, seal_anew
from teams.models import PushKey, PushSubscription, User
from teams.push_kinds import GROUPS

# More than anybody has; the one that was used least makes room.
MOST_BROWSERS = 10
RESOLVE_SECONDS = 3.0
AUTH_BYTES = 16


class NotAPushService(Invalid):
    """What a browser introduced itself with cannot be sent to."""

    code = "not_a_push_service"


def check_introduction(*, endpoint: str, p256dh: str, auth: str) -> None:
    """Look at what a browser says of itself. Asks the network for the name of its service.

    :raises NotAPushService: the address is not one of the internet, or the keys are none.
    """
    try:
        parts = urlsplit(endpoint)
        port = parts.port or 443
        # What is sent with reads addresses more strictly.
        httpx.URL(endpoint)
    except (ValueError, httpx.InvalidURL) as error:
        raise NotAPushService(_("The browser named no address to send to.")) from error
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise NotAPushService(_("The browser named no address to send to."))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(p256dh))
        has_keys = len(bytes_of(auth)) == AUTH_BYTES
    except (ValueError, binascii.Error) as error:
        raise NotAPushService(_("The browser sent no keys.")) from error
    if not has_keys:
        raise NotAPushService(_("The browser sent no keys."))
    try:
        allowed = settings.ALLOWED_INTERNAL_HOSTS
        checked_addresses(parts.hostname, port, allowed_hosts=allowed, timeout=RESOLVE_SECONDS)
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise NotAPushService(_("The address that the browser named cannot be reached.")) from error


def subscribe(*, user: User, endpoint: str, p256dh: str, auth: str, browser: str, at: datetime) -> PushSubscription:
    """Remember a browser that ``check_introduction`` let pass; it is told everything until somebody chooses.

    One that somebody else had signed in with before is theirs no more.
    """
    with transaction.atomic():
        earlier = PushSubscription.objects.filter(endpoint=endpoint).exclude(user=user).first()
        _hold(user.pk, *([earlier.user_id] if earlier else []))
        made, _is_new = PushSubscription.objects.update_or_create(
            endpoint=endpoint,
            defaults={"user": user, "p256dh": p256dh, "auth": auth, "browser": browser, "used_at": at},
            create_defaults={
                "user": user,
                "p256dh": p256dh,
                "auth": auth,
                "browser": browser,
                "groups": list(GROUPS),
                "created_at": at,
                "used_at": at,
            },
        )
        mine = PushSubscription.objects.filter(user=user).order_by("-used_at", "-pk")
        PushSubscription.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST_BROWSERS:])).delete()
        _count_anew(user.pk, *([earlier.user_id] if earlier else []))
    return made


def choose_groups(*, subscription: PushSubscription, groups: Sequence[str]) -> None:
    """Set what a browser is told."""
    with transaction.atomic():
        _hold(subscription.user_id)
        chosen = [name for name in GROUPS if name in groups]
        PushSubscription.objects.filter(pk=subscription.pk).update(groups=chosen)
        _count_anew(subscription.user_id)


def forget(*, subscription_id: int) -> None:
    """Tell a browser nothing any more. Harmless to call twice."""
    with transaction.atomic():
        found = PushSubscription.objects.filter(pk=subscription_id).first()
        if found is None:
            return
        _hold(found.user_id)
        PushSubscription.objects.filter(pk=subscription_id).delete()
        _count_anew(found.user_id)


def signing_key(*, at: datetime) -> tuple[ec.EllipticCurvePrivateKey, str]:
    """Return the key that push services know us by and its public half as they want it; make it when there is none."""
    kept = PushKey.objects.first()
    if kept is None:
        fresh = ec.generate_private_key(ec.SECP256R1())
        point = fresh.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        private = fresh.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # Two processes may come here at once: the first one's key is everybody's.
        kept, _is_new = PushKey.objects.get_or_create(
            pk=1, defaults={"sealed": seal({"private": text_of(private)}), "public": text_of(point), "made_at": at}
        )
    private = bytes_of(open_sealed(kept.sealed)["private"])
    key = serialization.load_der_private_key(private, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - as it was written above
    return key, kept.public


def seal_key_anew() -> None:
    """Seal the key with the newest of the keys that seal."""
    for kept in PushKey.objects.all():
        PushKey.objects.filter(pk=kept.pk, sealed=kept.sealed).update(sealed=seal_anew(kept.sealed))


def bytes_of(text: str) -> bytes:
    """Read what browsers write in letters of addresses, without its padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def text_of(data: bytes) -> str:
    """Write bytes as browsers do."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _hold(*user_ids: int) -> None:
    """Let one change after the other: what a person is told anywhere is worked out from all their browsers."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=user_ids).order_by("pk").values_list("pk"))


def _count_anew(*user_ids: int) -> None:
    for user_id in user_ids:
        chosen = PushSubscription.objects.filter(user=user_id).values_list("groups", flat=True)
        wanted = {name for groups in chosen for name in groups}
        User.objects.filter(pk=user_id).update(push_groups=[name for name in GROUPS if name in wanted])
