"""Who asks."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from teams.api.endpoint import Endpoint
from teams.api.serializers import MeSerializer
from teams.models import ApiKey, User
from teams.roles import CAN


class Me(Endpoint[User]):
    """The caller."""

    tag = "Me"

    @extend_schema(summary="Read who you are and what you may do", responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Return the person, their roles, and the actions that these allow, everywhere and by department."""
        return Response(MeSerializer(_me(self.person, request.auth)).data)


def _me(person: User, auth: object) -> dict[str, Any]:
    rights = person.rights
    return {
        "id": person.pk,
        "name": person.name,
        "email": person.email,
        "time_zone": person.time_zone,
        "roles": sorted(rights.company),
        "may": [action for action in sorted(CAN) if rights.everywhere(action)],
        "departments": [
            {
                "department": membership.department,
                "role": membership.role,
                "may": [action for action in sorted(CAN) if membership.role in CAN[action]],
            }
            for membership in person.memberships.select_related("department").order_by("department__name")
        ],
        "scopes": auth.scopes if isinstance(auth, ApiKey) else ApiKey.Scope.values,
    }
