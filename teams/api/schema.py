"""How the schema describes what every endpoint shares."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from socialhub.lib.api_errors import ProblemSerializer
from teams.api.permissions import scope_of

REASONS = {
    "400": "Something in the request cannot be used; `fields` says what.",
    "401": "No key or session, or the key is unknown, expired or revoked.",
    "403": "Your roles, or the scopes of the key, do not allow this.",
    "404": "There is nothing here that you may see.",
    "409": "The world has changed since you looked. Nothing was done.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The key of a program."""

    target_class = "teams.api.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Describe the header."""
        return {"type": "http", "scheme": "bearer", "description": "A key from your account: `shub_…`."}


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of a person."""

    target_class = "teams.api.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Describe the cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of the browser; changes also carry the header `X-CSRFToken`.",
        }


class ApiSchema(AutoSchema):
    """Adds to each operation its tag, its scope and the answers that say no."""

    def get_tags(self) -> list[str]:
        """Group by the tag of the view."""
        return [getattr(self.view, "tag", "")]

    def get_extensions(self) -> dict[str, Any]:
        """Name the scope that a key needs."""
        return {"x-scope": scope_of(self.view, self.method)}

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for body in bodies.values():
            body["description"] = body["description"] or "Done; this is how it stands."
        for status in self._refusals():
            # A view may tell more about a conflict than the problem itself.
            shape = getattr(self.view, "conflict", ProblemSerializer) if status == "409" else ProblemSerializer
            problem = self.resolve_serializer(shape, "response").ref
            bodies.setdefault(
                status, {"description": REASONS[status], "content": {"application/json": {"schema": problem}}}
            )
        return dict(sorted(bodies.items()))

    def _refusals(self) -> list[str]:
        statuses = ["401", "403", "429"]
        is_list = self._is_list_view()
        if self.method != "GET" or is_list:
            statuses.append("400")
        if self.method != "GET":
            statuses.append("409")
        if "{" in self.path or not is_list:
            statuses.append("404")
        return statuses
