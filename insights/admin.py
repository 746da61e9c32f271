"""What administrators may look at, and nobody may change by hand."""

from django.contrib import admin

from insights.models import HourlyCount, RollupPosition, Takeaway, Timing
from teams.admin import ReadOnlyAdmin


@admin.register(Takeaway)
class TakeawayAdmin(ReadOnlyAdmin):
    """What departments wrote down."""

    list_display = ["at", "department", "kind", "author"]
    list_filter = ["department", "kind"]
    list_select_related = ["department", "author"]


@admin.register(HourlyCount)
class HourlyCountAdmin(ReadOnlyAdmin):
    """The counts that the reports read."""

    list_display = ["hour", "measure", "channel_id", "department_id", "sentiment", "n"]
    list_filter = ["measure"]


@admin.register(Timing)
class TimingAdmin(ReadOnlyAdmin):
    """How long each conversation took."""

    list_display = ["conversation_id", "opened_at", "stage", "decide_seconds", "claim_seconds", "answer_seconds"]


@admin.register(RollupPosition)
class RollupPositionAdmin(ReadOnlyAdmin):
    """How far the events have been counted."""

    list_display = ["transaction", "event_id", "rolled_up_at"]
