"""Who asks: a program with a key, or a person in the browser."""

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from teams.models import ApiKey, User
from teams.services import api_keys


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer shub_…`: the program acts as the person who made the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the person and the key, or None when no key was sent.

        :raises AuthenticationFailed: the key is unknown, expired or revoked, or its person may not sign in.
        """
        scheme, _separator, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        key = api_keys.find_user_by_token(token.decode("latin-1").strip(), timezone.now())
        if key is None or not key.user.is_active:
            raise AuthenticationFailed(_("This key is not known, has expired or was revoked."))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Name the way to sign in, which makes a missing key 401 and not 403."""
        return 'Bearer realm="Socialhub"'


class BrowserSession(SessionAuthentication):
    """The person who is signed in in the browser; what they change carries the CSRF token."""
