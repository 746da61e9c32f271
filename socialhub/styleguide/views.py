"""The pages of the style guide."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from socialhub.styleguide import conversations, figures, lists, notices, states
from socialhub.styleguide.parts import Part
from teams.http import may

PARTS = [
    Part("list", "List", lists.specimens),
    Part("messages", "Messages", conversations.messages),
    Part("decision", "Decision", conversations.deciding),
    Part("attest", "Decision, policy unread", conversations.attesting),
    Part("composer", "Composer", conversations.writing),
    Part("approval", "Composer, approval", conversations.approving),
    Part("locked", "Composer, locked", conversations.locked),
    Part("notices", "Notices", notices.specimens),
    Part("states", "Regions", states.specimens),
    Part("figures", "Figures", figures.specimens),
]


@may("team.manage")
@require_safe
def basics(request: HttpRequest) -> HttpResponse:
    """Show the smallest parts, and lead to the others."""
    return render(request, "styleguide/basics.html", {"tabs": _tabs("")})


@may("team.manage")
@require_safe
def part(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one part in each of its states."""
    found = next((one for one in PARTS if one.slug == slug), None)
    if found is None:
        raise Http404
    drawn = [(one, one.draw(request)) for one in found.make()]
    return render(request, "styleguide/part.html", {"part": found, "specimens": drawn, "tabs": _tabs(slug)})


def _tabs(current: str) -> list[dict[str, object]]:
    basics_tab = {"label": "Basics", "url": reverse("styleguide"), "is_current": not current}
    pages = [(one.title, reverse("styleguide_part", args=[one.slug]), one.slug == current) for one in PARTS]
    return [basics_tab, *({"label": title, "url": url, "is_current": is_open} for title, url, is_open in pages)]
