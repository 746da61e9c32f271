"""Sessions of an account: made once, refreshed for months, never made again for a look."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listening.connectors.base import AuthorisationFailure, TemporaryFailure
from listening.connectors.bluesky.answers import Answer, moment, text
from listening.connectors.bluesky.xrpc import BadRequest, Service, TokenRefused, service_address
from socialhub.lib.told import told as _

RENEW_SECONDS = 20.0
# A token is good for two hours; a fetch or a sending that begins before this never outlives it.
REFRESH_BEFORE = timedelta(minutes=10)
UNTOLD_LIFETIME = timedelta(minutes=90)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that we are, and the token that proves it."""

    did: str
    access: str


def renew(settings: Mapping[str, object], *, at: datetime) -> Mapping[str, str]:
    """Return a session to be kept from now on, or nothing while the present one is good.

    A service lets an account sign in thirty times in five minutes and 300 times a
    day, so the password is used only when the session cannot be refreshed.

    :raises TemporaryFailure: the service cannot be asked now.
    :raises AuthorisationFailure: the password is not accepted.
    """
    with Service(text(settings, "service"), seconds=RENEW_SECONDS) as service:
        if text(settings, "session_of") != _credentials_mark(settings):
            return _sign_in(service, settings, at)
        until = moment(settings.get("access_until"))
        if until is not None and at < until - REFRESH_BEFORE and _is_accepted(settings):
            return {}
        try:
            answer = service.post("com.atproto.server.refreshSession", token=text(settings, "refresh"))
            return _kept(answer, settings, at)
        except (TokenRefused, BadRequest, AuthorisationFailure):
            return _sign_in(service, settings, at)


def account_of(settings: Mapping[str, object]) -> Account:
    """Return the account of a channel whose session was renewed before.

    :raises AuthorisationFailure: there is no session.
    """
    account = Account(text(settings, "did"), text(settings, "access"))
    if not account.did or not account.access:
        raise AuthorisationFailure(_("This channel has not signed in to its Bluesky account yet."))
    return account


def account_to_check(settings: Mapping[str, object], *, at: datetime) -> Account:
    """Return the account of a channel, signing in when it is not saved yet.

    :raises ConnectorFailed: it cannot be signed in to.
    """
    return account_of({**settings, **renew(settings, at=at)})


def _is_accepted(settings: Mapping[str, object]) -> bool:
    """Tell whether a token is still taken, since nobody says when it is revoked."""
    with Service(text(settings, "service"), token=text(settings, "access"), seconds=RENEW_SECONDS) as service:
        try:
            service.get("com.atproto.server.getSession")
        except (TokenRefused, AuthorisationFailure):
            return False
    return True


def _sign_in(service: Service, settings: Mapping[str, object], at: datetime) -> Mapping[str, str]:
    handle, password = text(settings, "handle").strip().removeprefix("@"), text(settings, "app_password").strip()
    if not handle or not password:
        raise AuthorisationFailure(_("The channel has no handle or no app password."))
    try:
        answer = service.post("com.atproto.server.createSession", {"identifier": handle, "password": password})
    except AuthorisationFailure as failure:
        raise AuthorisationFailure(
            _("Bluesky does not accept this handle and app password. %(reason)s") % {"reason": failure.told}
        ) from failure
    return _kept(answer, settings, at)


def _kept(answer: Answer, settings: Mapping[str, object], at: datetime) -> dict[str, str]:
    access, refresh, did = (text(answer, name) for name in ("accessJwt", "refreshJwt", "did"))
    if not access or not refresh or not did:
        raise TemporaryFailure(_("The service signed us in without giving us a session."))
    if answer.get("active") is False:
        raise AuthorisationFailure(
            _("The service has stopped this account: %(told)s") % {"told": text(answer, "status") or "inactive"}
        )
    return {
        "access": access,
        "refresh": refresh,
        "did": did,
        "access_until": (_expiry(access) or at + UNTOLD_LIFETIME).isoformat(),
        "session_of": _credentials_mark(settings),
    }


def _credentials_mark(settings: Mapping[str, object]) -> str:
    """Mark whose session it is: what an administrator enters anew ends the old one."""
    told = "\n".join(
        (service_address(text(settings, "service")), text(settings, "handle"), text(settings, "app_password"))
    )
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()


def _expiry(token: str) -> datetime | None:
    """Return when a token says that it ends; it is the service's to check, so its signature is of no concern."""
    claims = [*token.split("."), "", ""][1]
    try:
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return datetime.fromtimestamp(told["exp"], UTC)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
