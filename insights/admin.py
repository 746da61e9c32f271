"""What administrators may look at, and nobody may change by hand."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from insights.models import HourlyCount, RollupPosition, Takeaway, Timing


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only services write."""

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


@admin.register(Takeaway)
class TakeawayAdmin(ReadOnly):
    """What departments wrote down."""

    list_display = ("at", "department", "kind", "author")
    list_filter = ("department", "kind")
    list_select_related = ("department", "author")


@admin.register(HourlyCount)
class HourlyCountAdmin(ReadOnly):
    """The counts that the reports read."""

    list_display = ("hour", "measure", "channel_id", "department_id", "sentiment", "n")
    list_filter = ("measure",)


@admin.register(Timing)
class TimingAdmin(ReadOnly):
    """How long each conversation took."""

    list_display = ("conversation_id", "opened_at", "stage", "decide_seconds", "claim_seconds", "answer_seconds")


@admin.register(RollupPosition)
class RollupPositionAdmin(ReadOnly):
    """How far the events have been counted."""

    list_display = ("transaction", "event_id", "rolled_up_at")
