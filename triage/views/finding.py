"""The search page, and what the search box suggests."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from socialhub.lib.errors import Invalid
from socialhub.lib.moments import date_format
from teams.http import may, signed_in
from triage.finding.contradictions import contradiction
from triage.finding.elsewhere import clauses_found, people_found
from triage.finding.language import LONGEST, NotUnderstood, read
from triage.finding.places import Place, read_place, write_place
from triage.finding.searching import Found, Ranking, search
from triage.finding.suggestions import suggest
from triage.finding.unknown import unknown_in
from triage.finding.vocabulary import VOCABULARY
from triage.names import names_now
from triage.showing.search import show_found


@may("conversation.view")
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Show what was found; what cannot be read is 422, with the part that is wrong."""
    user = signed_in(request)
    now = timezone.now()
    text = request.GET.get("q", "").replace("\x00", " ").strip()
    ranking = Ranking.NEWEST if request.GET.get("order") == Ranking.NEWEST else Ranking.BEST
    context: dict[str, Any] = {"text": text[:LONGEST], "fields": VOCABULARY.values(), "longest": LONGEST}
    try:
        sought = read(text)
    except NotUnderstood as error:
        context |= {"problem": str(error), "nearest": _corrected(text, error)} | _around(text, error)
        return render(request, "triage/search.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    context["contradiction"] = contradiction(sought)
    if sought and not context["contradiction"]:
        place = _place(request)
        found = search(sought, reader=user, at=now, after=place, ranking=ranking)
        context |= _found(found, text, ranking) | {
            "finds": show_found(found, reader=user, names=names_now(), at=now),
            "people": people_found(sought, reader=user) if place is None else [],
            "clauses": clauses_found(sought, found.stems, reader=user) if place is None else [],
            "is_first": place is None,
            "unknown": [(one, _address(one.instead)) for one in unknown_in(sought, reader=user)],
        }
    return render(request, "triage/search.html", context | {"sought": sought})


@may("conversation.view")
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Answer how what is being typed may go on, as options of a combobox."""
    text = request.GET.get("q", "")
    # Of one box on the page; another has other options.
    box = request.GET.get("box", "")
    found = suggest(text, reader=signed_in(request))
    context = {"suggestions": found, "box": box if box.isidentifier() and box.isascii() else "search"}
    return render(request, "triage/_suggestions.html", context)


def _place(request: HttpRequest) -> Place | None:
    given = request.GET.get("after", "")
    if not given:
        return None
    try:
        return read_place(given)
    except Invalid as error:
        raise Http404(str(error)) from error


def _found(found: Found, text: str, ranking: Ranking) -> dict[str, Any]:
    address = reverse("triage:search")
    other = Ranking.BEST if ranking is Ranking.NEWEST else Ranking.NEWEST
    asked = {"q": text} | ({"order": ranking} if ranking is Ranking.NEWEST else {})
    return {
        "found": found,
        "is_newest": found.ranking is Ranking.NEWEST,
        "other_url": f"{address}?{urlencode({'q': text, 'order': other})}",
        "has_choice": found.stems.wanted != "" and (ranking is Ranking.NEWEST or found.ranking is Ranking.BEST),
        "next_url": f"{address}?{urlencode(asked | {'after': write_place(found.after)})}" if found.after else "",
        "back_to": date_format(timezone.localtime(found.back_to), "j F Y, H:i") if found.back_to else "",
    }


def _around(text: str, error: NotUnderstood) -> dict[str, str]:
    """Return what is wrong, and the little that stands around it."""
    return {
        "before": text[max(0, error.start - 40) : error.start],
        "wrong": text[error.start : min(error.end, error.start + 80)],
        "behind": text[error.end : error.end + 40],
    }


def _corrected(text: str, error: NotUnderstood) -> dict[str, str] | None:
    """Return the text with what is likely meant, and where that is sought."""
    if not error.nearest:
        return None
    corrected = text[: error.start] + error.nearest + text[error.end :]
    return {"text": corrected, "url": _address(corrected)}


def _address(text: str) -> str:
    """Return where a text is sought; nothing where there is none."""
    return f"{reverse('triage:search')}?{urlencode({'q': text})}" if text else ""
