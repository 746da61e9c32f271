"""XOAUTH2: a new access token for the refresh token that an administrator entered."""

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpcore
import httpx
from django.conf import settings as django_settings

from listening.connectors.base import AuthorisationFailure, PermanentFailure, RateLimited, TemporaryFailure
from listening.connectors.email.account import text_of
from socialhub.lib.guarded_network import AddressNotPublic, GuardedTransport, is_allowed
from socialhub.lib.told import told as _

SECONDS = 15.0
MAX_BYTES = 100_000
# Renewed before it ends, since a sending takes a while.
EARLY = timedelta(minutes=5)
DEFAULT_SECONDS = 3600
MOST_SECONDS = 24 * 3600


def is_good(settings: Mapping[str, object], *, at: datetime) -> bool:
    """Tell whether the present access token lasts for what is to be done now."""
    until = text_of(settings, "access_token_until")
    try:
        return bool(settings.get("access_token")) and at + EARLY < datetime.fromisoformat(until)
    except (ValueError, TypeError):
        return False


def renew(settings: Mapping[str, object], *, at: datetime) -> dict[str, str]:
    """Ask for a new access token and return it with what else changed.

    :raises TemporaryFailure: the server cannot be asked now.
    :raises AuthorisationFailure: it does not accept what we have.
    :raises PermanentFailure: the settings cannot work.
    """
    form = {
        "grant_type": "refresh_token",
        "refresh_token": text_of(settings, "refresh_token"),
        "client_id": text_of(settings, "client_id"),
        "client_secret": text_of(settings, "client_secret"),
    }
    if not form["refresh_token"] or not form["client_id"]:
        raise PermanentFailure(_("Signing in by XOAUTH2 needs a client id and a refresh token."))
    told = _ask(text_of(settings, "token_address"), {name: value for name, value in form.items() if value})
    token = told.get("access_token")
    if not isinstance(token, str) or not token:
        raise TemporaryFailure(_("The server of the sign-in answered without a token."))
    seconds = told.get("expires_in")
    lasts = int(seconds) if isinstance(seconds, int | str) and str(seconds).isdecimal() else DEFAULT_SECONDS
    renewed = {
        "access_token": token,
        "access_token_until": (at + timedelta(seconds=min(lasts, MOST_SECONDS))).isoformat(),
    }
    newer = told.get("refresh_token")
    return {**renewed, "refresh_token": newer} if isinstance(newer, str) and newer else renewed


def _ask(address: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    url = _token_address(address)
    transport = GuardedTransport(
        allowed_hosts=django_settings.ALLOWED_INTERNAL_HOSTS, deadline=time.monotonic() + SECONDS
    )
    try:
        with (
            httpx.Client(transport=transport, trust_env=False, timeout=SECONDS) as client,
            client.stream("POST", url, data=dict(form), headers={"Accept-Encoding": "identity"}) as response,
        ):
            return _read(response, url.host)
    except AddressNotPublic as error:
        raise PermanentFailure(_("%(host)s leads to an address inside the network.") % {"host": url.host}) from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpx.TransportError) as error:
        raise TemporaryFailure(_("%(host)s cannot be reached to renew the sign-in.") % {"host": url.host}) from error


def _token_address(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise PermanentFailure(_("The token address is not a web address.")) from error
    port = url.port or (443 if url.scheme == "https" else 80)
    inside = is_allowed(url.host, port, django_settings.ALLOWED_INTERNAL_HOSTS)
    if not url.host or url.userinfo or (url.scheme != "https" and not (url.scheme == "http" and inside)):
        raise PermanentFailure(_("The token address has to begin with https://."))
    return url


def _read(response: httpx.Response, host: str) -> Mapping[str, Any]:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TemporaryFailure(_("The answer of %(host)s is too large.") % {"host": host})
    status = response.status_code
    try:
        told = json.loads(body)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    if status == HTTPStatus.OK:
        return told
    reason = " ".join(str(told.get(name, "")) for name in ("error", "error_description")).strip()[:300]
    answer = {"host": host, "status": status, "reason": reason or response.reason_phrase}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(_("%(host)s lets us renew the sign-in later.") % answer)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise AuthorisationFailure(_("%(host)s does not renew our sign-in (%(status)d): %(reason)s") % answer)
    raise TemporaryFailure(_("%(host)s answered “%(status)d %(reason)s”.") % answer)
