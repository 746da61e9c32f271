"""Read a page of a network over the guarded client; what goes wrong is told as connectors tell it."""

from http import HTTPStatus

from django.conf import settings as django_settings

from listening.connectors.base import AuthorisationFailure, PermanentFailure, RateLimited, TemporaryFailure
from socialhub.lib import fetch

_WAIT_AND_SEE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


def ask(url: str, *, accept: str, etag: str = "", last_modified: str = "") -> fetch.FetchedPage:
    """Fetch a page; ``etag`` and ``last_modified`` go back as an earlier answer gave them.

    :raises TemporaryFailure: it cannot be had now.
    :raises PermanentFailure: its address is forbidden, refused or gone.
    """
    try:
        return fetch.fetch_page(
            url,
            etag=etag,
            last_modified=last_modified,
            accept=accept,
            allowed_internal_hosts=django_settings.ALLOWED_INTERNAL_HOSTS,
        )
    except fetch.AddressForbidden as failure:
        raise PermanentFailure(failure.told) from failure
    except fetch.BadStatus as failure:
        if failure.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise AuthorisationFailure(failure.told) from failure
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(failure.told, retry_after=failure.retry_after) from failure
        is_refusal = HTTPStatus.BAD_REQUEST <= failure.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_refusal and failure.status not in _WAIT_AND_SEE:
            raise PermanentFailure(failure.told) from failure
        raise TemporaryFailure(failure.told, retry_after=failure.retry_after) from failure
    except fetch.FetchFailed as failure:
        raise TemporaryFailure(failure.told) from failure
