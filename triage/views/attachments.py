"""Attachments: put to a draft, taken off it, and handed out to those who may see what they are attached to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from socialhub.lib.errors import Conflict, Invalid
from teams.http import may, signed_in
from teams.models import User
from triage.access import get_attachment_for, get_conversation_to_write
from triage.forms.attachments import alts_in
from triage.forms.conversation import DraftForm
from triage.forms.refusing import problems_of
from triage.models import Conversation, Draft
from triage.services.threads.merged_away import MergedAway
from triage.services.writing import attaching, drafts
from triage.showing.attachments import read_extras
from triage.showing.handing_out import file_response
from triage.views.acts import refused
from triage.views.inbox import queue_after

# Of one request; the channel takes less.
MOST_FILES = 20


@may("attachment.view")
@require_safe
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """Hand out a file: a picture to be shown, anything else to be saved; neither can run anything here."""
    return file_response(get_attachment_for(signed_in(request), attachment_id))


@may("conversation.view")
@require_POST
def attach(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Attach files to the reader's draft, and keep what was typed; htmx gets the list of what is attached."""
    user = signed_in(request)
    conversation = get_conversation_to_write(user, conversation_id, with_names=True)
    try:
        problems = keep_draft(request, conversation, user)
    except Conflict as conflict:
        return _shown(request, conversation, user, [], conflict)
    files = request.FILES.getlist("file")
    if not files:
        problems.append(_("Choose a file first."))
    for file in files[:MOST_FILES]:
        try:
            attaching.attach(
                conversation_id=conversation.pk, author=user, file=file, name=file.name or "", at=timezone.now()
            )
        except MergedAway as conflict:
            return _shown(request, conversation, user, problems, conflict)
        except (Conflict, Invalid) as refusal:
            problems.append(str(refusal))
    return _shown(request, conversation, user, problems)


@may("conversation.view")
@require_POST
def remove(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """Take a file off the reader's draft, and keep what was typed."""
    user = signed_in(request)
    found = get_attachment_for(user, attachment_id, is_writer=True)
    assert found.draft is not None  # noqa: S101 - only what is with a draft has a writer
    conversation = found.draft.conversation
    try:
        problems = keep_draft(request, conversation, user)
        attaching.remove(attachment_id=found.pk, author=user, at=timezone.now())
    except Conflict as conflict:
        return _shown(request, conversation, user, [], conflict)
    return _shown(request, conversation, user, problems)


def keep_draft(request: HttpRequest, conversation: Conversation, user: User) -> list[str]:
    """Keep the text and the descriptions that came along with an act beside them; return what cannot be kept.

    :raises Conflict: the conversation is erased.
    """
    now = timezone.now()
    problems = []
    form = DraftForm(request.POST)
    if "body" in request.POST and form.is_valid():
        data = form.cleaned_data
        drafts.save_draft(
            conversation_id=conversation.pk,
            author=user,
            body=data["body"],
            at=now,
            page=data["key"],
            split=form.chosen_split(),
        )
    problems += problems_of(form)
    try:
        attaching.describe(conversation_id=conversation.pk, author=user, alts=alts_in(request.POST), at=now)
    except Invalid as refusal:
        problems.append(str(refusal))
    return problems


def _shown(
    request: HttpRequest,
    conversation: Conversation,
    user: User,
    problems: list[str],
    conflict: Conflict | None = None,
) -> HttpResponse:
    slug = queue_after(conversation, request.GET.get("from", ""))
    if not request.htmx:  # type: ignore[attr-defined]
        if conflict is not None:
            return refused(request, conversation, conflict)
        for problem in problems:
            messages.error(request, problem)
        return redirect("triage:open", slug=slug, conversation_id=conversation.pk)
    problems += [str(conflict)] if conflict is not None else []
    draft = Draft.objects.filter(conversation=conversation, author=user).first()
    extras = read_extras(conversation, draft, slug=slug, body=draft.body if draft else "", problems=problems)
    status = 409 if conflict is not None else 422 if problems else 200
    return render(request, "triage/_composer_attachments.html", {"extras": extras}, status=status)
