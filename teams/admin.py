"""People and departments in Django's admin, to look at only: whoever changes something is in the record."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from teams.models import (
    ApiKey,
    Appointment,
    AuditEntry,
    Department,
    Membership,
    Notification,
    Organisation,
    Seat,
    User,
)

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


class ReadOnlyAdmin(AnyAdmin):
    """Rows that may be looked at and nothing else: the promises on them hold here too."""

    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


@admin.register(Organisation)
class OrganisationAdmin(ReadOnlyAdmin):
    """The company; its page under Team changes it."""

    list_display = ["name", "time_zone", "language", "set_up_at"]


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People; the pages under Team change them, so that there is always an administrator and a record."""

    list_display = ["name", "email", "is_active", "is_staff", "joined_at"]
    search_fields = ["name", "email"]
    list_filter = ["is_active"]
    exclude = ["password", "groups", "user_permissions"]


@admin.register(Department)
class DepartmentAdmin(ReadOnlyAdmin):
    """Departments; the pages under Team change them."""

    list_display = ["name", "slug", "kind", "is_active"]


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    """Roles in the company."""

    list_display = ["user", "role"]
    list_select_related = ["user"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Places in departments."""

    list_display = ["user", "department", "role"]
    list_select_related = ["user", "department"]


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    """The cross-functional team."""

    list_display = ["department", "representative", "is_proponent"]
    list_select_related = ["department", "representative"]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys of programs, without their digests."""

    list_display = ["name", "user", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    exclude = ["digest"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The record of changes."""

    list_display = ["at", "actor", "verb", "subject"]
    list_select_related = ["actor"]
    ordering = ["-pk"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """The ledger of who was told what."""

    list_display = ["created_at", "user", "kind", "medium", "state", "attempt_count", "error"]
    list_select_related = ["user"]
    list_filter = ["state", "medium"]
    ordering = ["-pk"]
