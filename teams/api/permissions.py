"""What a caller may do at all; which object they may do it to is the door's question."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from teams.models import ApiKey, User

if TYPE_CHECKING:
    # Its module loads this one while it is being loaded.
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Signed in, and the key, where one is used, has the scope of the view's method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether the caller is somebody.

        :raises PermissionDenied: the key lacks the scope.
        """
        if not isinstance(request.user, User):
            return False
        needed = scope_of(view, request.method or "")
        if isinstance(request.auth, ApiKey) and needed and needed not in request.auth.scopes:
            sentence = _("This key lacks the scope “%(scope)s”.") % {"scope": needed}
            raise PermissionDenied(sentence, code="scope_missing")
        return True


class HasRight(BasePermission):
    """The person's roles allow somewhere what the view ``needs``."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether they do."""
        needed = getattr(view, "needs", "")
        return not needed or (isinstance(request.user, User) and request.user.rights.may_somewhere(needed))


def scope_of(view: "APIView", method: str) -> str:
    """Return the scope that a method of a view asks for; nothing for a method that it does not have."""
    if method in SAFE_METHODS:
        return ApiKey.Scope.READ.value
    return str(getattr(view, "write_scope", ""))
