"""The course of new members: what they do next, practice, and who is through."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from policies.services.reading import NoPolicyInForce
from socialhub.lib.spreadsheets import csv_response
from teams.http import answer_conflict, may, signed_in
from teams.services import people
from triage.course.lessons import read_course
from triage.course.register import read_course_register, rows_of
from triage.services import practising


@may("policy.view")
@require_safe
def course(request: HttpRequest) -> HttpResponse:
    """Lead somebody through what they need for their roles; who is through is led here no more."""
    user = signed_in(request)
    read = read_course(user, at=timezone.now())
    if read.steps and read.is_finished and user.is_led_to_course:
        people.lead_to_course_no_more(user)
    return render(request, "triage/course.html", {"course": read})


@may("policy.view")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Post something to practise on."""
    try:
        count = practising.start_practising(learner=signed_in(request), at=timezone.now())
    except NoPolicyInForce as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:course"))
    sentence = ngettext(
        "%(count)d practice conversation waits for you.", "%(count)d practice conversations wait for you.", count
    )
    messages.success(
        request, sentence % {"count": count} if count else _("What you practise on waits for you already.")
    )
    return redirect("triage:course")


@may("policy.view")
@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """Stop leading somebody to the course; it stays where it is."""
    people.lead_to_course_no_more(signed_in(request))
    messages.success(request, _("The course stays under Policy."))
    return redirect("/")


@may("attestation.view")
@require_safe
def learners(request: HttpRequest) -> HttpResponse:
    """Show who is through with the course, and who not."""
    lines = read_course_register(at=timezone.now())
    context = {"lines": lines, "unfinished_count": sum(not line.is_finished for line in lines)}
    return render(request, "triage/course_register.html", context)


@may("attestation.view")
@require_safe
def learners_file(request: HttpRequest) -> HttpResponseBase:
    """Return the same as a file for a spreadsheet."""
    return csv_response("socialhub-course.csv", rows_of(read_course_register(at=timezone.now())))
