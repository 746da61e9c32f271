"""What senders ask before they call: to prove that the address is ours."""

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from listening.webhooks.signatures import CRC_TOKEN, BadSignature, x_signature

LONGEST_CHALLENGE = 1000


class Echo(NamedTuple):
    """What is answered to a challenge."""

    text: str
    content_type: str = "text/plain; charset=utf-8"


def answer_challenge(scheme: str, *, secrets: Sequence[str], verify_token: str, query: Mapping[str, str]) -> Echo:
    """Return the answer to what X and Meta ask with GET.

    :raises BadSignature: it is not a challenge of this scheme, or not from whom we share the token with.
    """
    if scheme == "x" and secrets:
        token = query.get("crc_token", "").encode("utf-8", "replace")
        if CRC_TOKEN.fullmatch(token):
            return Echo(json.dumps({"response_token": x_signature(secrets[0], token)}), "application/json")
    elif scheme == "hub" and verify_token and query.get("hub.mode") == "subscribe":
        given = query.get("hub.verify_token", "").encode("utf-8", "replace")
        challenge = query.get("hub.challenge", "")
        if hmac.compare_digest(given, verify_token.encode()) and len(challenge) <= LONGEST_CHALLENGE:
            return Echo(challenge)
    raise BadSignature


def slack_challenge(data: object) -> Echo | None:
    """Return the answer to Slack's question, which comes as a signed call; nothing if it is none."""
    if isinstance(data, dict) and data.get("type") == "url_verification":
        challenge = data.get("challenge")
        if isinstance(challenge, str) and len(challenge) <= LONGEST_CHALLENGE:
            return Echo(challenge.encode("utf-8", "replace").decode())
    return None
