"""Channels and what was heard, in Django's admin, to look at only: the evidence stays as it was heard."""

from django.contrib import admin

from listening.models import Channel, Coverage, Gap, ImportRun, Mention, Profile, SetAside
from teams.admin import ReadOnlyAdmin


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """Channels; the pages under Channels change them."""

    list_display = ["name", "kind", "is_paused", "last_success_at", "failure_count", "next_fetch_at"]
    # A connector may keep in them what signs it in.
    exclude = ["options", "cursor", "sealed"]


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    """When channels were heard."""

    list_display = ["channel", "heard_from", "heard_until"]
    list_select_related = ["channel"]
    ordering = ["-pk"]


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    """When channels were not heard, and why."""

    list_display = ["channel", "reason", "began_at", "ended_at", "is_filled", "told_at"]
    list_select_related = ["channel"]
    ordering = ["-pk"]


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin):
    """What came and could not be read."""

    list_display = ["channel", "reason", "received_at", "settled_at"]
    list_select_related = ["channel"]
    ordering = ["-pk"]


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Imported files."""

    list_display = ["file_name", "channel", "started_at", "finished_at", "read_count", "new_count", "rejected_count"]
    list_select_related = ["channel"]
    ordering = ["-pk"]


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    """Accounts that spoke."""

    list_display = ["name", "handle", "channel", "reach", "is_ours"]
    list_select_related = ["channel"]
    ordering = ["-pk"]


@admin.register(Mention)
class MentionAdmin(ReadOnlyAdmin):
    """What was said."""

    list_display = ["external_id", "channel", "profile", "published_at", "is_ours"]
    list_select_related = ["channel", "profile"]
    exclude = ["search"]
    ordering = ["-pk"]
