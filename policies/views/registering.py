"""The register for auditors."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from policies.models import PolicyVersion
from policies.register import Standing, read_register, rows_of
from socialhub.lib.spreadsheets import csv_response
from teams.http import may


@may("attestation.view")
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show who attested the version in force, and who has not."""
    version = PolicyVersion.objects.in_force().first()
    if version is None:
        return render(request, "policies/none.html", {"can_edit": False})
    return _page(request, version)


@may("attestation.view")
@require_safe
def version_register(request: HttpRequest, number: int) -> HttpResponse:
    """Show who attested a version that is or was in force."""
    return _page(request, _version(number))


@may("attestation.view")
@require_safe
def register_file(request: HttpRequest, number: int) -> HttpResponseBase:
    """Return the register of a version as a file for a spreadsheet."""
    version = _version(number)
    lines = read_register(version, at=timezone.now())
    return csv_response(f"socialhub-attestations-{version.number}.csv", rows_of(version, lines))


def _version(number: int) -> PolicyVersion:
    return get_object_or_404(PolicyVersion, number=number, in_force_from__isnull=False)


def _page(request: HttpRequest, version: PolicyVersion) -> HttpResponse:
    lines = read_register(version, at=timezone.now())
    context = {
        "version": version,
        "is_in_force": version.state == PolicyVersion.State.IN_FORCE,
        "lines": lines,
        "missing_count": sum(line.standing in (Standing.MISSING, Standing.GRACE) for line in lines),
        "versions": PolicyVersion.objects.filter(in_force_from__isnull=False).newest_first(),
    }
    return render(request, "policies/register.html", context)
