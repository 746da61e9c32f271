"""The record of administrative changes, for administrators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from teams.changes import sentence_of_change
from teams.http import may
from teams.models import AuditEntry
from teams.newest import read_newest

PAGE_SIZE = 50


@may("team.manage")
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """List what was changed, newest first."""
    entries = AuditEntry.objects.select_related("actor")
    found, next_url = read_newest(entries, size=PAGE_SIZE, after=request.GET.get("after", ""))
    context = {"rows": [(entry, sentence_of_change(entry)) for entry in found], "next_url": next_url}
    return render(request, "teams/changes.html", context)
