"""Whether a call comes from the hub that has our secret."""

import hmac
import re
from typing import Final

_SIGNATURE: Final = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-f]{40,128})", re.IGNORECASE)


def is_signed(*, signature: str, secret: str, body: bytes) -> bool:
    """Tell whether the body was signed with our secret, in one of the four ways that WebSub knows."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None:
        return False
    expected = hmac.new(secret.encode(), body, found[1].lower()).hexdigest()
    return hmac.compare_digest(expected, found[2].lower())
