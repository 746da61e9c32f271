"""The managers' dashboard."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from insights.csv_files import refused, table_rows
from insights.forms import ReportForm
from insights.report import Report, read_report
from insights.windows import Period, Window, window_for
from socialhub.lib.spreadsheets import csv_response
from teams.http import may
from teams.models import Department


@dataclass(frozen=True, slots=True)
class _Asked:
    form: ReportForm
    window: Window
    report: Report


@may("report.view")
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Show how much comes in, what waits, how long things take and what became of them."""
    now = timezone.now()
    asked = _ask(request, now)
    context = {
        "form": asked.form,
        "report": asked.report,
        "window": asked.window,
        "query": request.GET.urlencode(),
        "is_narrowed": bool(asked.form.is_valid() and asked.form.cleaned_data["department"]),
    }
    return render(request, "insights/reports.html", context, status=_status(asked.form))


@may("report.view")
@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """Hand out the page's numbers as a file."""
    asked = _ask(request, timezone.now())
    if not asked.form.is_valid():
        return refused(asked.form)
    # Worked out here, in the reader's zone, and not while the answer is being streamed.
    rows = list(table_rows(chart.table for chart in asked.report.charts))
    return csv_response("socialhub-numbers.csv", rows)


def _ask(request: HttpRequest, at: datetime) -> _Asked:
    departments = list(Department.objects.by_name())
    # Filled in, so that the page says which period it shows.
    form = ReportForm(departments, {"period": Period.WEEK, **request.GET.dict()})
    period, slug = Period.WEEK, ""
    if form.is_valid():
        period, slug = form.cleaned_data["period"], form.cleaned_data["department"]
    zone = timezone.get_current_timezone()
    window = window_for(period, at=at, zone=ZoneInfo(str(zone)))
    report = read_report(
        window,
        departments={department.pk: department.name for department in departments},
        department_id=next((department.pk for department in departments if department.slug == slug), None),
        at=at,
    )
    return _Asked(form, window, report)


def _status(form: ReportForm) -> HTTPStatus:
    return HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
