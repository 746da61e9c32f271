"""How language, mood and copies are told, how good that is, and where it is weak."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from listening import copies, sentiment
from listening.services import originals
from teams.http import may


@may("conversation.view")
@require_safe
def measuring(request: HttpRequest) -> HttpResponse:
    """Explain the numbers and chips that a machine made. The figures are those that the tests on real texts hold."""
    context = {
        "positive_from": sentiment.POSITIVE_FROM,
        "negative_to": sentiment.NEGATIVE_TO,
        "fewest_characters": copies.FEWEST_CHARACTERS,
        "fewest_words": copies.FEWEST_WORDS,
        "days": originals.WITHIN.days,
        # Of 12,976 labelled tweets.
        "languages": [
            (_("English"), "99 %", "99 %"),
            (_("Arabic"), "99 %", "99 %"),
            (_("Italian"), "90 %", "99 %"),
            (_("Portuguese"), "82 %", "99 %"),
            (_("German"), "72 %", "95 %"),
        ],
    }
    return render(request, "insights/how_we_measure.html", context)
