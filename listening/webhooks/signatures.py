"""Whose call it is: the ways in which senders sign, checked on the raw bytes and in constant time."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from socialhub.lib.errors import Refusal

# How far the sender's clock, and a call on its way, may be from ours.
TOLERANCE_SECONDS: Final = 300
# More than any sender has during a change of secrets; each costs a comparison.
MOST_SIGNATURES: Final = 10
STANDARD_PREFIX: Final = "whsec_"
# What X sends to be signed. It signs bodies in the same way, so what looks like this is never taken for a body:
# whoever knows the address could have us sign it.
CRC_TOKEN: Final = re.compile(rb"[A-Za-z0-9+/=_.\-]{1,256}")

_DIGITS = re.compile(rb"[0-9]{1,12}")


class BadSignature(Refusal):
    """Nothing proves that the call comes from whom we share a secret with."""

    code = "bad_signature"


def require_signed(
    scheme: str, *, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime
) -> str:
    """Return what tells this call from every other: a hash of the sender's signed id, else of the body.

    Any one of ``secrets`` may have signed it, so that a secret can be replaced without losing a call.

    :raises BadSignature: none has, or it was signed more than five minutes ago.
    """
    check = _CHECKS.get(scheme)
    if check is None or not secrets:
        raise BadSignature
    return check(secrets, headers, body, at)


def standard_key(secret: str) -> bytes:
    """Return the key that a secret of Standard Webhooks spells.

    :raises ValueError: it is not base64.
    """
    encoded = secret.removeprefix(STANDARD_PREFIX)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def x_signature(secret: str, signed: bytes) -> str:
    """Return how X signs a body, and has us sign a challenge."""
    return "sha256=" + base64.b64encode(_digest(secret.encode(), signed)).decode()


def _standard(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    """Check Standard Webhooks, also under the names that Svix gave its headers before."""
    for prefix in ("webhook", "svix"):
        call_id, sent_at = _sent(headers, f"{prefix}-id"), _sent(headers, f"{prefix}-timestamp")
        if call_id and sent_at:
            break
    else:
        raise BadSignature
    _require_recent(sent_at, at)
    keys = []
    for secret in secrets:
        try:
            keys.append(standard_key(secret))
        except ValueError:
            continue
    signed = b".".join((call_id, sent_at, body))
    expected = [b"v1," + base64.b64encode(_digest(key, signed)) for key in keys]
    _require_one_of(_sent(headers, f"{prefix}-signature").split()[:MOST_SIGNATURES], expected)
    return "id:" + hashlib.sha256(call_id).hexdigest()


def _hub(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    """Check what GitHub and Meta send."""
    expected = [b"sha256=" + _digest(secret.encode(), body).hex().encode() for secret in secrets]
    _require_one_of([_sent(headers, "x-hub-signature-256")], expected)
    return _body_id(body)


def _slack(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    sent_at = _sent(headers, "x-slack-request-timestamp")
    _require_recent(sent_at, at)
    signed = b":".join((b"v0", sent_at, body))
    expected = [b"v0=" + _digest(secret.encode(), signed).hex().encode() for secret in secrets]
    _require_one_of([_sent(headers, "x-slack-signature")], expected)
    return _body_id(body)


def _x(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    expected = [x_signature(secret, body).encode() for secret in secrets]
    _require_one_of([_sent(headers, "x-twitter-webhooks-signature")], expected)
    if CRC_TOKEN.fullmatch(body):
        raise BadSignature
    return _body_id(body)


_Check = Callable[[Sequence[str], Mapping[str, str], bytes, datetime], str]
_CHECKS: Final[dict[str, _Check]] = {"standard": _standard, "hub": _hub, "slack": _slack, "x": _x}


def _sent(headers: Mapping[str, str], name: str) -> bytes:
    """Return a header as the bytes that came: servers hand them over as Latin-1."""
    return headers.get(name, "").encode("latin-1", "replace")


def _digest(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _body_id(body: bytes) -> str:
    """Return the hash of the body: an id in a header that is not signed could be changed with every replay."""
    return "body:" + hashlib.sha256(body).hexdigest()


def _require_recent(sent_at: bytes, at: datetime) -> None:
    if not _DIGITS.fullmatch(sent_at) or abs(int(sent_at) - at.timestamp()) > TOLERANCE_SECONDS:
        raise BadSignature


def _require_one_of(given: Iterable[bytes], expected: Sequence[bytes]) -> None:
    # Not ``any`` over a generator: how long it takes says nothing about which one fitted.
    fits = [hmac.compare_digest(one, other) for one in given for other in expected]
    if True not in fits:
        raise BadSignature
