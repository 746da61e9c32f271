"""Walking the guide beside the decision."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from policies.services import reading
from teams.http import may, signed_in
from triage.access import get_conversation_for
from triage.forms.conversation import DecisionForm
from triage.forms.guide import fill_in, typed_in, walked_in
from triage.services.decisions.deciding import DecisionNotOpen
from triage.showing.guide import read_guide
from triage.states import Stage
from triage.views.acts import only_the_decision, refused
from triage.views.inbox import queue_after, show


@may("conversation.view")
@require_POST
def guide(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Go on in the guide, or a step back; nothing is kept, and nothing that was typed is lost.

    An outcome fills the form of the decision in.
    """
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.decide")
    if conversation.stage not in (Stage.NEW, Stage.ASSIGNED):
        refusal = DecisionNotOpen(_("Somebody has claimed or closed this conversation a moment ago."))
        return refused(request, conversation, refusal)
    slug = queue_after(conversation, request.GET.get("from", ""))
    policy, now = reading.policy_in_force(), timezone.now()
    walked = replace(walked_in(request.POST), is_open=True, is_asking=True)
    shown = read_guide(conversation, walked, policy=policy, slug=slug, at=now)
    if request.htmx and shown is not None and shown.outcome is None:  # type: ignore[attr-defined]
        return render(request, "triage/_guide.html", {"guide": shown})
    values = typed_in(request.POST)
    if shown is not None and shown.outcome is not None:
        fill_in(values, shown.outcome)
    form = DecisionForm(initial=values)
    response = show(request, slug, conversation.pk, decision_form=form, walked=walked)
    return only_the_decision(request, response)
