"""The policy in Django's admin, to look at only: the pages under Policy change drafts, and nothing changes the rest."""

from django.contrib import admin

from policies.models import Attestation, Clause, Comment, PolicyVersion, Review, Rule, Target
from teams.admin import ReadOnlyAdmin


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    """Versions."""

    list_display = ["number", "title", "state", "in_force_from", "in_force_until", "published_by"]
    list_select_related = ["published_by"]
    ordering = ["-number"]


@admin.register(Clause)
class ClauseAdmin(ReadOnlyAdmin):
    """Clauses."""

    list_display = ["version", "number", "title"]
    list_select_related = ["version"]
    ordering = ["-version__number", "number"]


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    """Rules."""

    list_display = ["clause", "position", "name"]
    list_select_related = ["clause"]
    ordering = ["-clause__version__number", "clause__number", "position"]


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    """Times allowed."""

    list_display = ["version", "priority", "decide_minutes", "claim_minutes", "answer_minutes", "idle_minutes"]
    list_select_related = ["version"]
    ordering = ["-version__number", "priority"]


@admin.register(Attestation)
class AttestationAdmin(ReadOnlyAdmin):
    """Who has read what."""

    list_display = ["version", "user", "at"]
    list_select_related = ["version", "user"]
    ordering = ["-at", "-pk"]


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Who was asked to review what, and what they said."""

    list_display = ["version", "reviewer", "verdict", "said_at", "voided_at"]
    list_select_related = ["version", "reviewer"]
    ordering = ["-version__number", "pk"]


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """What was said of clauses."""

    list_display = ["version", "author", "written_at", "resolved_at"]
    list_select_related = ["version", "author"]
    ordering = ["-pk"]
