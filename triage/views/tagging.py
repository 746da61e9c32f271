"""What one conversation is about, changed beside its tags."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from teams.http import may, signed_in
from teams.models import User
from triage.access import get_conversation_for
from triage.forms.refusing import refusal_of
from triage.forms.tagging import TaggingForm
from triage.models import Conversation, Event
from triage.services.decisions import tagging
from triage.showing import undo_offers
from triage.views.acts import act, refused


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def tags(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show the tags of a conversation to be changed, and do it; htmx gets the form alone."""
    user = signed_in(request)
    conversation = _to_tag(user, conversation_id)
    if request.method != "POST":
        return _show(request, conversation, TaggingForm(present=conversation.tags))
    form = TaggingForm(request.POST, present=conversation.tags)
    if not form.is_valid():
        return _show(request, conversation, form, status=422)
    add, remove = form.change()
    return act(
        request,
        conversation,
        lambda: tagging.change_tags(
            conversation_id=conversation.pk, actor=user, add=add, remove=remove, at=timezone.now()
        ),
        _("The tags are changed."),
        undo=lambda event, _tagged, slug: undo_offers.of_tagging(event, slug),
    )


@may("conversation.view")
@require_POST
def undo_tags(request: HttpRequest, conversation_id: int, event_id: int) -> HttpResponse:
    """Put the tags back as they were before the person changed them."""
    user = signed_in(request)
    conversation = _to_tag(user, conversation_id)
    if not Event.objects.filter(pk=event_id, conversation=conversation, kind=Event.Kind.TAGGED).exists():
        raise Http404
    return act(
        request,
        conversation,
        lambda: tagging.undo_tags(event_id=event_id, actor=user, at=timezone.now()),
        _("The tags are as they were."),
    )


def _to_tag(user: User, conversation_id: int) -> Conversation:
    conversation = get_conversation_for(user, conversation_id, action="conversation.tag")
    if conversation.learner_id is not None:
        raise PermissionDenied
    return conversation


def _show(request: HttpRequest, conversation: Conversation, form: TaggingForm, status: int = 200) -> HttpResponse:
    is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    if is_part and form.errors:
        return refused(request, conversation, refusal_of(form))
    context = {"form": form, "conversation": conversation}
    return render(request, "triage/_tags_form.html" if is_part else "triage/tags.html", context, status=status)
