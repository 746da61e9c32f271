"""Drafts: saving what is typed, going back to what it said before, and taking over what a colleague began."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from teams.http import may, signed_in
from triage.access import get_conversation_for, get_conversation_to_write
from triage.forms.attachments import alts_in
from triage.forms.conversation import DraftForm
from triage.forms.refusing import problems_of
from triage.lists.queues import queue_of
from triage.models import Draft, DraftVersion
from triage.services.pen import working
from triage.services.writing import attaching, drafts, measuring
from triage.showing.attachments import count_posts, posts_text
from triage.showing.conduct import judge_draft, show_conduct
from triage.views.acts import act


@may("conversation.view")
@require_POST
def draft(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Keep what is being typed. Somebody who has just lost the claim does not lose their text, but is told."""
    user = signed_in(request)
    # Somebody else has signed in in another tab: what was typed here is not theirs.
    if request.headers.get("X-Reader", str(user.pk)) != str(user.pk):
        return JsonResponse({}, status=401)
    conversation = get_conversation_to_write(user, conversation_id)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": " ".join(problems_of(form))}, status=422)
    data = form.cleaned_data
    try:
        saved = drafts.save_draft(
            conversation_id=conversation.pk,
            author=user,
            body=data["body"],
            at=timezone.now(),
            page=data["key"],
            split=form.chosen_split(),
        )
        attaching.describe(conversation_id=conversation.pk, author=user, alts=alts_in(request.POST), at=timezone.now())
    except Invalid as invalid:
        return JsonResponse({"problem": str(invalid)}, status=422)
    except Conflict as conflict:
        return JsonResponse({"problem": str(conflict)}, status=409)
    length = measuring.measure(conversation.channel, saved.body)
    answer: dict[str, Any] = {"saved_at": saved.saved_at.isoformat(), "length": asdict(length)}
    if saved.split or length.is_too_long:
        posts = count_posts(conversation, saved.body, saved.split)
        answer |= {"posts": posts, "posts_text": posts_text(posts) if posts else ""}
    if conversation.holder_id == user.pk:
        policy = reading.policy_in_force()
        judged = judge_draft(conversation, saved, saved.body, writer=user, policy=policy, at=timezone.now())
        answer["conduct"] = show_conduct(judged, conversation, user, policy=policy).as_data()
    # As it was read a moment ago: whoever loses the pen in between hears of it at their next save.
    if data["fence"] is not None and (conversation.holder_id, conversation.fence) != (user.pk, data["fence"]):
        why = working.why_stale(conversation_id=conversation.pk, person=user, fence=data["fence"])
        if why:
            return JsonResponse({**answer, "problem": why}, status=409)
    return JsonResponse(answer)


@may("conversation.view")
@require_safe
@vary_on_headers("HX-Request")
def versions(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """List what the reader's own draft said before; htmx gets the list alone."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id)
    found = DraftVersion.objects.filter(draft__conversation=conversation, draft__author=user)
    context = {
        "conversation": conversation,
        "versions": found.order_by("-saved_at", "-pk")[: drafts.MOST_VERSIONS],
        "slug": request.GET.get("from", "") or queue_of(conversation),
    }
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "triage/_draft_versions.html" if is_fragment else "triage/draft_versions.html", context)


@may("conversation.view")
@require_POST
def restore(request: HttpRequest, conversation_id: int, version_id: int) -> HttpResponse:
    """Let the reader's draft say again what it said before."""
    user = signed_in(request)
    conversation = get_conversation_to_write(user, conversation_id)
    mine = DraftVersion.objects.filter(draft__conversation=conversation, draft__author=user)
    version = get_object_or_404(mine, pk=version_id)
    return act(
        request,
        conversation,
        lambda: drafts.restore_version(version=version, at=timezone.now()),
        _("Your draft says again what it said before. What it said last is kept among the versions."),
    )


@may("conversation.view")
@require_POST
def use(request: HttpRequest, conversation_id: int, draft_id: int) -> HttpResponse:
    """Copy what a colleague began into the reader's own draft; theirs stays."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    source = Draft.objects.filter(conversation=conversation, pk=draft_id).exclude(body="").first()
    if source is None:
        raise Http404
    return act(
        request,
        conversation,
        lambda: drafts.copy_draft(source=source, author=user, at=timezone.now()),
        _("The text is in your draft now."),
    )
