"""A list without the page around it: further rows, the places of what is shown, and how one wants to read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from socialhub.lib.errors import Invalid
from socialhub.lib.keyset import Page
from socialhub.lib.moments import grouped
from teams.bell import unread_conversations
from teams.http import may, signed_in
from teams.models import User
from teams.services import choices as services
from triage.finding.stems import stems_of
from triage.finding.unknown import unknown_in
from triage.lists import choices, rows
from triage.lists.bulk_bar import print_bulk_bar
from triage.lists.filter_bar import print_bar
from triage.lists.filtering import read_filter, written
from triage.lists.listing import Listing, listing_of
from triage.lists.menu import menu_of, print_menu, total_of, view_count
from triage.lists.rows import Names
from triage.names import names_now
from triage.services import counting_views
from triage.services.counting import InboxNumbers, KnownView, read_numbers
from triage.services.saved_views import may_share
from triage.showing.incidents import open_now

PAGE = "lists"


@may("conversation.view")
@require_safe
def more(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the rows after or before a place, with the way on; 404 where the place is none of this list."""
    names = names_now()
    listing = _listing(request, slug, names)
    now = timezone.now()
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = listing.page(now, after=after, before=before)
    except Invalid as error:
        raise Http404(str(error)) from error
    context = {
        "rows": print_page(request, listing, page.rows, names=names, selected=None, at=now),
        "place": listing.query(after=after, before="" if after else before),
        **_ways(listing, page, reverse("triage:queue", args=[slug])),
    }
    if after:
        context["previous_url"] = ""
    else:
        context["next_url"] = ""
    return render(request, "triage/_rows.html", context)


@may("conversation.view")
@require_safe
def places(request: HttpRequest, slug: str) -> HttpResponse:
    """Say which conversations stand between two places, in order: what is shown is compared with it."""
    listing = _listing(request, slug, names_now())
    try:
        found = listing.places(timezone.now(), begin=request.GET.get("begin", ""), end=request.GET.get("end", ""))
    except Invalid as error:
        raise Http404(str(error)) from error
    return JsonResponse({"ids": found})


@may("conversation.view")
@require_POST
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep the order or the density that somebody chose, and show the list so."""
    user = signed_in(request)
    listing = _listing(request, slug, names_now(), request.POST.get("q", ""), request.POST.get("profile", ""))
    sort, density = request.POST.get("sort", ""), request.POST.get("density", "")
    if sort in listing.queue.sorts:
        services.choose(user_id=user.pk, page=PAGE, change=lambda kept: choices.with_sort(kept, slug, sort))
    if density in choices.Density.values:
        chosen = choices.Density(density)
        services.choose(user_id=user.pk, page=PAGE, change=lambda kept: choices.with_density(kept, chosen))
    return redirect(f"{reverse('triage:queue', args=[slug])}{listing.query()}")


def _listing(request: HttpRequest, slug: str, names: Names, text: str | None = None, profile: str = "") -> Listing:
    user = signed_in(request)
    if text is None:
        text, profile = request.GET.get("q", ""), request.GET.get("profile", "")
    return listing_of(user, slug, names, text=text, profile=profile)


def numbers_for(user: User, at: datetime) -> InboxNumbers:
    """Return the numbers of a person's menu; the views in it are counted from now on."""
    numbers = read_numbers(
        user_id=user.pk,
        sees_all=user.rights.everywhere("conversation.view"),
        departments=user.rights.departments_for("conversation.view"),
        at=at,
    )
    stale = (at - counting_views.MARKED_EVERY).timestamp()
    if unseen := [view.pk for view in numbers.views if view.looked_at < stale]:
        counting_views.mark_looked(views=unseen, at=at)
    return numbers


def print_page(
    request: HttpRequest,
    listing: Listing,
    found: Sequence[tuple[Any, ...]],
    *,
    names: Names,
    selected: int | None,
    at: datetime,
) -> list[str]:
    """Return the rows of a page, printed for who asks."""
    return rows.print_rows(
        found,
        order=listing.reading.order,
        user=listing.user,
        names=names,
        base_url=reverse("triage:queue", args=[listing.queue.slug]),
        query=listing.query(),
        title=str(listing.queue.title),
        selected=selected,
        # What is open is being read.
        unread=set(unread_conversations(request)) - {selected},
        at=at,
    )


def list_context(
    request: HttpRequest, listing: Listing, *, names: Names, numbers: InboxNumbers, selected: int | None, at: datetime
) -> dict[str, Any]:
    """Return what the page says of a list. A place that is none of it shows its beginning, and that it does."""
    queue, user = listing.queue, listing.user
    base_url = reverse("triage:queue", args=[queue.slug])
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    is_misplaced = False
    try:
        page = listing.page(at, after=after, before=before)
    except Invalid:
        is_misplaced = True
        page = listing.page(at)
    view = next((each for each in numbers.views if each.pk == queue.saved), None)
    return {
        "list_slug": queue.slug,
        "base_url": base_url,
        "title": str(queue.title),
        "count_label": count_label(listing, numbers),
        "sort_label": listing.sort.label,
        "menu": print_menu(
            menu_of(user, names, numbers, queue.slug),
            slug=queue.slug,
            can_write_down=user.rights.may_somewhere("mention.write"),
        ),
        "rows": print_page(request, listing, page.rows, names=names, selected=selected, at=at),
        "row_url_pattern": f"{base_url}0/row/{listing.query()}",
        "places_url": f"{base_url}places/{listing.query()}",
        "place": "" if is_misplaced else listing.query(after=after, before="" if after else before),
        "density": choices.density_of(user),
        "bar": print_bar(listing, names, base_url, incidents=[one.asked for one in open_now()]),
        "bulk_bar": print_bulk_bar(user, queue) if page.rows else "",
        "is_narrowed": listing.is_narrowed,
        "filter": _filter(listing, names, base_url, may_change=view is not None and _may_change(user, view)),
        "misplaced": is_misplaced,
        "empty_title": _("Nothing can be found") if listing.sought.problem else _("Nothing here"),
        "empty_text": "" if page.rows else _empty_text(listing),
        **_ways(listing, page, base_url),
    }


def _ways(listing: Listing, page: Page[Any], base_url: str) -> dict[str, str]:
    """Return the ways on from a page, each as an address of the page and one of the rows alone."""
    more_url = f"{base_url}more/"
    ways = {"begin": page.before, "end": page.after}
    for name, place in (("next", {"after": page.after}), ("previous", {"before": page.before})):
        query = listing.query(**place) if any(place.values()) else ""
        ways |= {f"{name}_url": query, f"{name}_rows_url": more_url + query}
    return ways


def _filter(listing: Listing, names: Names, base_url: str, *, may_change: bool) -> dict[str, Any] | None:
    """Return what the list says of its filter: the terms one by one; None where it has none."""
    typed, queue = listing.typed, listing.queue
    if not typed.text and queue.saved is None and listing.profile is None:
        return None

    def address(text: str) -> str:
        return f"{base_url}{listing.narrowed(text).query()}"

    return {
        "chips": typed.chips(address),
        "unknown": [
            (one, address(one.instead) if one.instead else "") for one in unknown_in(typed.sought, reader=listing.user)
        ],
        "kept": read_filter(queue.query).terms(),
        "problem": typed.problem,
        "wrong_part": typed.wrong_part,
        "clear_url": base_url if typed.text or listing.profile else "",
        "save_url": "" if typed.problem or not typed.text else _save_url(listing),
        "change_url": reverse("triage:change_saved_view", args=[queue.saved]) if may_change else "",
    }


def _save_url(listing: Listing) -> str:
    # A view is kept among everything: what the list itself keeps is said as well.
    whole = f"{listing.queue.terms} {listing.sought.text}".strip()
    return reverse("triage:save_view") + written(q=whole, sort=listing.sort.value)


def _may_change(user: User, view: KnownView) -> bool:
    return view.owner_id == user.pk if view.department_id is None else may_share(user, view.department_id)


def count_label(listing: Listing, numbers: InboxNumbers) -> str:
    """Return what stands beside the heading of a list: how many are in it, where that is known."""
    if listing.is_narrowed:
        return ""
    if listing.queue.saved is not None:
        return view_count(next((each.count for each in numbers.views if each.pk == listing.queue.saved), None))
    total = total_of(listing.queue, numbers, listing.user)
    return "" if total is None else _("%(n)s open") % {"n": grouped(total)}


def _empty_text(listing: Listing) -> str:
    if listing.typed.problem:
        return _("Change the filter above, or clear it.")
    if listing.sought.problem:
        return listing.sought.problem
    if listing.is_narrowed:
        said = [_("Nothing that you may see is like this. Take a term away to see more.")]
        said.append(stems_of(listing.typed.sought.said()).remark)
        return " ".join(filter(None, said))
    return str(listing.queue.empty)
