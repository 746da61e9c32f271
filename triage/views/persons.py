"""Who a customer is: their profiles, and everything they said that the reader may see."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from listening.models import Person, Profile
from socialhub.lib.durations import ago
from socialhub.lib.errors import Conflict
from teams.bell import unread_conversations
from teams.http import may, signed_in
from teams.models import User
from triage.access import get_conversation_for
from triage.forms.conversation import PersonForm
from triage.lists import rows
from triage.lists.queues import EVERYTHING
from triage.models import Conversation, ThreadEntry
from triage.names import names_now
from triage.services import knowing
from triage.states import Outcome, Stage

MOST_FOUND = 10
NEWEST = EVERYTHING.order
MOST_SHOWN = 100
# In the panel beside a conversation; the page of the person has more.
LATEST = 3
# Whoever may end a conversation may say who its author is.
ACTION = "conversation.close"


@dataclass(frozen=True, slots=True)
class Shown:
    """One profile as the pages print it."""

    pk: int
    name: str
    handle: str
    url: str
    channel: str


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def author(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show who the author of a conversation is, and say it; htmx gets the part alone."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id)
    if request.method != "POST":
        return _author_page(request, user, conversation)
    if not user.rights.may(ACTION, conversation.department_id):
        raise PermissionDenied
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _author_page(request, user, conversation, refusal=_("Choose one of the profiles."), status=422)
    other = form.cleaned_data["profile"]
    try:
        if other is None:
            knowing.separate_author(conversation_id=conversation.pk, actor=user, at=timezone.now())
        elif _visible_profiles(user).filter(pk=other).exists():
            knowing.join_author(conversation_id=conversation.pk, profile_id=other, actor=user, at=timezone.now())
        else:
            raise Http404
    except Conflict as conflict:
        return _author_page(request, user, conversation, refusal=str(conflict), status=409)
    if _is_fragment(request):
        return _author_page(request, user, get_conversation_for(user, conversation_id))
    messages.success(request, _("Noted."))
    return redirect("triage:author", conversation_id=conversation.pk)


@may("conversation.view")
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a person's profiles and their conversations on all channels, as far as the reader may see them."""
    user = signed_in(request)
    found = Person.objects.filter(pk=person_id).first()
    conversations = Conversation.objects.visible_to(user).filter(profile__person=person_id)
    newest = list(rows.with_columns(conversations.order_by(*NEWEST.columns), NEWEST)[:MOST_SHOWN])
    if found is None or not newest:
        raise Http404
    context = {
        "person": found,
        "profiles": [_shown(profile) for profile in _visible_profiles(user).filter(person=found).order_by("pk")],
        "rows": rows.print_rows(
            newest,
            user=user,
            names=names_now(),
            base_url=reverse("triage:queue", args=["everything"]),
            selected=None,
            unread=set(unread_conversations(request)),
            at=timezone.now(),
        ),
        "is_cut": len(newest) == MOST_SHOWN,
        "most": MOST_SHOWN,
    }
    return render(request, "triage/person.html", context)


def _author_page(
    request: HttpRequest, user: User, conversation: Conversation, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    profile = conversation.profile
    visible = _visible_profiles(user)
    same = visible.filter(person=profile.person_id).exclude(pk=profile.pk) if profile.person_id else visible.none()
    context = {
        "conversation": conversation,
        "profile": _shown(profile),
        "person_id": profile.person_id,
        "same": [_shown(one) for one in same.order_by("pk")[:MOST_FOUND]],
        "search": search,
        "found": [_shown(one) for one in _search(visible, search, profile)] if search else None,
        "can_say": user.rights.may(ACTION, conversation.department_id),
        "refusal": refusal,
        "earlier": _earlier(user, conversation),
    }
    template = "triage/_author.html" if _is_fragment(request) else "triage/author.html"
    return render(request, template, context, status=status)


def _earlier(user: User, conversation: Conversation) -> list[dict[str, str]]:
    """Return the latest other conversations of the author that the reader may see, with how they stand or ended."""
    person_id = conversation.profile.person_id
    same = {"profile": conversation.profile_id} if person_id is None else {"profile__person": person_id}
    others = Conversation.objects.visible_to(user).filter(**same).exclude(pk=conversation.pk)
    now = timezone.now()
    return [
        {
            "url": reverse("triage:conversation", args=[one.pk]),
            "snippet": one.snippet or _("Erased"),
            "language": one.language,
            "ended": str(Outcome(one.outcome).label if one.outcome else Stage(one.stage).label),
            "where": " · ".join(filter(None, [one.channel.name, one.department.name if one.department else ""])),
            "ago": ago(one.last_inbound_at, now),
            "at_iso": one.last_inbound_at.isoformat(),
        }
        for one in others.select_related("channel", "department").order_by("-pk")[:LATEST]
    ]


def _visible_profiles(user: User) -> QuerySet[Profile, Profile]:
    """Return the customers' profiles of which the reader may see something that was said."""
    spoken = ThreadEntry.objects.filter(
        mention__profile=OuterRef("pk"), conversation__in=Conversation.objects.visible_to(user)
    )
    return Profile.objects.filter(Exists(spoken), is_ours=False).select_related("channel")


def _search(profiles: QuerySet[Profile, Profile], search: str, profile: Profile) -> QuerySet[Profile, Profile]:
    name = search.removeprefix("@")
    matching = profiles.filter(
        Q(name__istartswith=search) | Q(handle__istartswith=name) | Q(handle__istartswith=f"@{name}")
    )
    others = matching.exclude(pk=profile.pk)
    if profile.person_id is not None:
        others = others.exclude(person=profile.person_id)
    return others.order_by("name", "pk")[:MOST_FOUND]


def _shown(profile: Profile) -> Shown:
    return Shown(profile.pk, str(profile), profile.handle, profile.url, profile.channel.name)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
