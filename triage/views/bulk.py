"""Acts on many conversations: chosen in a list, previewed, begun, watched, cancelled and taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from socialhub.lib.errors import Conflict, Forbidden, Invalid, Refusal
from socialhub.lib.keyset import MAX_ID
from teams.http import answer_conflict, may, signed_in
from triage.access import get_bulk_run_for
from triage.forms.bulk import FORMS, ChosenForm, ManyForm
from triage.lists.filtering import written
from triage.lists.listing import listing_of
from triage.models import BulkRun
from triage.names import names_now
from triage.services.bulk import preparing, starting
from triage.showing import bulk
from triage.showing.undo_offers import Offer
from triage.views.acts import status_of

MOST_DIGITS = 18
LISTED = 30
State = BulkRun.State


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_runs(request: HttpRequest) -> HttpResponse:
    """List what the person has done to many at once; or fix what was chosen, and show what it would come to."""
    user = signed_in(request)
    if request.method != "POST":
        runs = BulkRun.objects.filter(person=user).exclude(state=State.PREPARED).select_related("undoes")
        listed = [(run, bulk.title_of(run)) for run in runs.order_by("-pk")[:LISTED]]
        return render(request, "triage/bulk_runs.html", {"runs": listed})
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return _refused(request, Invalid(_("Choose what is to be done.")))
    asked, at = form.cleaned_data, timezone.now()
    act = BulkRun.Act(asked["act"])
    sought = {"list": asked["list"], "q": asked["q"], "profile": asked["profile"], "all": asked["everything"]}
    listing = listing_of(user, asked["list"], names_now(), text=asked["q"], profile=asked["profile"])
    try:
        if asked["everything"]:
            run = preparing.prepare(act=act, found=listing.found(at), person=user, at=at, sought=sought)
        else:
            chosen = {int(pk) for pk in request.POST.getlist("id") if pk.isdecimal() and len(pk) <= MOST_DIGITS}
            run = preparing.prepare_chosen(act=act, chosen=chosen, person=user, at=at, sought=sought)
    except Refusal as refusal:
        return _refused(request, refusal, sought)
    return redirect("triage:bulk_run", run_id=run.pk)


@may("conversation.view")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show what an act would come to, how far it is or what came of it; or begin it."""
    user = signed_in(request)
    run = get_bulk_run_for(user, run_id)
    form = FORMS[run.act]() if run.state == State.PREPARED and run.undoes is None else None
    if request.method != "POST":
        return _page(request, run, form)
    if run.state != State.PREPARED or run.undoes is not None:
        # Sent twice: what the first has begun is what was wanted.
        return redirect("triage:bulk_run", run_id=run.pk)
    form = FORMS[run.act](request.POST)
    if not form.is_valid():
        return _page(request, run, form, status=422)
    try:
        run = starting.start(run_id=run.pk, how=form.how(), at=timezone.now(), clock=timezone.now)
    except Invalid as invalid:
        field = {"offered_to": "person"}.get(invalid.field or "", invalid.field)
        form.add_error(field if field in form.fields else None, str(invalid))
        return _page(request, run, form, status=422)
    except Forbidden as refusal:
        form.add_error(None, str(refusal))
        return _page(request, run, form, status=403)
    except starting.RunUnderway as underway:
        # What was filled in waits with it until the other is over.
        form.add_error(None, str(underway))
        return _page(request, run, form, status=409)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:bulk_runs"))
    return _begun(request, run)


@may("conversation.view")
@never_cache
@require_safe
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show how far an act is, as its open page asks; when it is over, send that there."""
    run = get_bulk_run_for(signed_in(request), run_id)
    page = reverse("triage:bulk_run", args=[run.pk])
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(page)
    if not run.is_underway:
        return HttpResponseClientRedirect(page)
    return render(request, "triage/_bulk_progress.html", _progress_of(run))


@may("conversation.view")
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop an act; what is done stays done."""
    run = get_bulk_run_for(signed_in(request), run_id)
    try:
        starting.cancel(run_id=run.pk, at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:bulk_run", args=[run.pk]))
    return redirect("triage:bulk_run", run_id=run.pk)


@may("conversation.view")
@require_POST
def undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take back what an act has done, where nobody has gone on with it."""
    user = signed_in(request)
    run = get_bulk_run_for(user, run_id)
    at = timezone.now()
    try:
        undoing = preparing.prepare_undo(run_id=run.pk, person=user, at=at)
        undoing = starting.start(run_id=undoing.pk, how={}, at=at, clock=timezone.now)
    except (Conflict, Forbidden) as refusal:
        if request.htmx:  # type: ignore[attr-defined]
            notice = {"title": str(refusal), "tone": "warn"}
            return render(request, "triage/_notice.html", notice, status=status_of(refusal))
        return _refused(request, refusal, run.sought)
    return _begun(request, undoing)


def _begun(request: HttpRequest, run: BulkRun) -> HttpResponse:
    """Go back to the list where all went well at once, else to where it is told how it goes."""
    target = reverse("triage:bulk_run", args=[run.pk])
    if run.state == State.DONE and not run.refused_count:
        way_back = Offer(reverse("triage:undo_bulk_run", args=[run.pk])) if run.undoes is None else None
        tags = way_back.written() if way_back is not None else ""
        messages.success(request, bulk.done_sentence(run), extra_tags=tags)
        target = _list_url(run)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(target)
    return redirect(target)


def _page(request: HttpRequest, run: BulkRun, form: ManyForm | None, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "run": run,
        "title": bulk.title_of(run),
        "how": bulk.how_told(run),
        "list_url": _list_url(run),
        "form": form,
    }
    if run.state == State.PREPARED:
        context |= {
            "preview": bulk.preview_sentence(run.foreseen),
            "can": run.foreseen.get("", 0),
            "does": bulk.title_of(run, count=run.foreseen.get("", 0)),
            "samples": bulk.samples(run),
        }
    elif run.is_underway:
        context |= _progress_of(run)
    else:
        after = request.GET.get("after", "")
        place = int(after) if after.isdecimal() and len(after) <= MOST_DIGITS else 0
        refused, more = bulk.refusals(run, after=min(place, MAX_ID))
        is_undoable = not preparing.why_not_undoable(run, at=timezone.now())
        undoable = preparing.left_to_undo(run).count() if is_undoable else 0
        context |= {
            "done": bulk.done_sentence(run),
            "reasons": bulk.reasons(run),
            "refused": refused,
            "more": more,
            "undo": bulk.undo_sentence(run, undoable) if undoable else "",
            "undone": [(one, bulk.done_sentence(one)) for one in run.undone_by.order_by("pk")],
        }
    return render(request, "triage/bulk_run.html", context, status=status)


def _progress_of(run: BulkRun) -> dict[str, Any]:
    over = run.done_count + run.refused_count
    return {
        "run": run,
        "title": bulk.title_of(run),
        "how": bulk.how_told(run),
        "over": over,
        "time_left": bulk.time_left(run, at=timezone.now()),
        "share": over * 100 // run.matched_count if run.matched_count else 0,
    }


def _list_url(run: BulkRun) -> str:
    sought = (run if run.undoes is None else run.undoes).sought
    if not sought.get("list"):
        return reverse("triage:inbox")
    return reverse("triage:queue", args=[sought["list"]]) + written(q=sought["q"], profile=sought["profile"])


def _refused(request: HttpRequest, refusal: Refusal, sought: dict[str, Any] | None = None) -> HttpResponse:
    context = {"refusal": str(refusal), "list_url": _list_url(BulkRun(sought=sought or {}))}
    return render(request, "triage/bulk_refused.html", context, status=status_of(refusal))
