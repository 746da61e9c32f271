"""One conversation as its page shows it to one person."""

import uuid
from dataclasses import replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from listening.connectors.registry import connector_for
from policies.engine.rules import Policy
from policies.services import binding, reading
from teams.models import Department, User
from teams.models.user import initials_of
from triage.course.debriefing import feedback_on
from triage.forms.conversation import DecisionForm, closing_choices
from triage.forms.guide import Walked, fill_in
from triage.history.guide import sentences_of_walk
from triage.history.sentences import decision_sentence, read_history
from triage.lists.rows import mood_chip, short_name
from triage.models import Conversation, Decision, Draft
from triage.services.seen import Seen
from triage.services.sending import private_window
from triage.services.sending.world import newest_inbound_id
from triage.services.writing.conduct import says_of_answers
from triage.services.writing.measuring import measure
from triage.showing.approvals import read_part
from triage.showing.attachments import read_extras
from triage.showing.clocks import read_clocks
from triage.showing.conduct import CHOSEN, judge_draft, needs_if_decided, show_conduct
from triage.showing.conversation_page import ConversationPage
from triage.showing.drafts import read_writing
from triage.showing.guide import read_guide
from triage.showing.holds import read_holds
from triage.showing.incidents import holding_texts, of_conversation
from triage.showing.later import read_later
from triage.showing.notes import read_notes
from triage.showing.pen import read_pen
from triage.showing.places import Place
from triage.showing.suggestion import read_suggestion
from triage.showing.thread import read_copies, read_thread
from triage.states import OPEN, Outcome, Priority, Stage, Visibility

NOT_WALKED = Walked()
PRIORITY_TONES = {1: "urgent", 2: "warn", 3: "neutral", 4: "neutral"}


def make_page(
    conversation: Conversation,
    user: User,
    *,
    slug: str,
    at: datetime,
    place: Place,
    decision_form: DecisionForm | None = None,
    walked: Walked = NOT_WALKED,
    body: str | None = None,
) -> ConversationPage:
    """Read a conversation for ``user``; ``slug`` names the list around it, ``place`` how far back they read.

    ``decision_form``, ``walked`` and ``body`` are what the person had filled in, if it was refused.
    """
    rights = user.rights
    base_url = reverse("triage:queue", args=[slug])
    stage = Stage(conversation.stage)
    department_id = conversation.department_id
    is_holder = conversation.holder_id == user.pk
    can_decide = rights.may("conversation.decide", department_id) and stage in (Stage.NEW, Stage.ASSIGNED)
    thread = read_thread(conversation, reader=user, slug=slug, at=at, before=place.messages_before)
    decision = _decision_in_force(conversation)
    history = read_history(conversation, before=place.history_before, latest=decision)
    address = f"{base_url}{conversation.pk}/"
    policy = reading.policy_in_force()
    page = ConversationPage(
        pk=conversation.pk,
        slug=slug,
        url=f"{address}{place.query}",
        back_url=base_url,
        name=conversation.author_name or _("Erased"),
        initials=initials_of(conversation.author_name),
        handle=conversation.profile.handle,
        channel=conversation.channel.name,
        earlier_count=_earlier(conversation, user),
        earlier_url=_earlier_url(conversation),
        stage_label=str(stage.label),
        department=conversation.department.name if conversation.department else "",
        holder_label=_holder(conversation, user),
        priority_label=str(Priority(conversation.priority).label),
        priority_tone=PRIORITY_TONES[conversation.priority],
        fence=conversation.fence,
        entries=thread.entries,
        copies=read_copies(conversation, slug=slug, may_split=rights.may("conversation.decide", department_id)),
        copy_count=conversation.copy_count,
        history=history.lines,
        suggestion=read_suggestion(conversation) if stage == Stage.NEW and conversation.learner_id is None else None,
        decision_text=decision_sentence(decision) if decision else "",
        decision_url=_clause_url(decision) if decision else "",
        decision_walk=sentences_of_walk(decision) if decision else [],
        can_decide=can_decide,
        must_attest=can_decide and not binding.may_act_under(user, version_id=policy.version_id, at=at),
        can_claim=stage == Stage.ASSIGNED
        and rights.may("conversation.claim", department_id)
        and conversation.offered_to_id in (None, user.pk),
        can_release=is_holder and stage in (Stage.CLAIMED, Stage.WAITING),
        can_wait=is_holder and stage == Stage.CLAIMED,
        can_close=_can_close(conversation, user),
        can_reopen=stage == Stage.CLOSED
        and conversation.outcome != Outcome.MERGED
        and rights.may("conversation.reopen", department_id),
        can_answer=False,
        outcomes=closing_choices(),
        decision_form=decision_form or (_decision_form(conversation) if can_decide else None),
        draft_body="",
        seen_mention=thread.newest or newest_inbound_id(conversation.pk) or 0,
        policy_version=policy.version_id,
        policy_text=_("Policy version %(number)d") % {"number": policy.number},
        key=uuid.uuid4(),
        reply_as=_reply_as(conversation),
        visibility_text=str(Visibility(conversation.visibility).label) if conversation.visibility else "",
        visibility_tone="warn" if conversation.visibility == Visibility.PRIVATE else "neutral",
    )
    if page.decision_form is not None:
        is_first = decision_form is None and decision is None
        _fill_decision(page, page.decision_form, conversation, walked, policy=policy, is_first=is_first, at=at)
    _fill_around(page, conversation, user, at=at)
    if thread.earlier is not None:
        page.earlier_messages_url = f"{address}{replace(place, messages_before=thread.earlier).query}"
    if history.earlier is not None:
        page.earlier_history_url = f"{address}{replace(place, history_before=history.earlier).query}"
    if place.messages_before is not None:
        # Nobody answers what they do not have before them.
        page.answer_block_text = _("You are reading earlier messages.")
        page.answer_block_url = address
        page.answer_block_label = _("Go to the latest")
    elif rights.may("conversation.answer", department_id):
        _fill_answer(page, conversation, user, policy=policy, body=body, at=at)
    return page


def _decision_in_force(conversation: Conversation) -> Decision | None:
    """Return the decision that holds; none also where its author took it back, and nobody has decided since."""
    latest = (
        Decision.objects.filter(conversation=conversation)
        .select_related("decided_by", "decided_by_rule", "department", "offered_to", "policy_version", "clause")
        .defer("policy_version__guide")
        .order_by("-pk")
        .first()
    )
    return latest if latest is not None and latest.disposition else None


def _fill_decision(
    page: ConversationPage,
    form: DecisionForm,
    conversation: Conversation,
    walked: Walked,
    *,
    policy: Policy,
    is_first: bool,
    at: datetime,
) -> None:
    """Read the guide beside the form of the decision, and whose word what stands in the form would need."""
    page.guide = read_guide(conversation, walked, policy=policy, slug=page.slug, at=at)
    if page.guide is not None and page.guide.outcome is not None and is_first:
        fill_in(form.initial, page.guide.outcome)
    chosen = {name: form[name].value() for name in CHOSEN}
    page.decision_needs = needs_if_decided(conversation, chosen, policy=policy, at=at)


def _fill_around(page: ConversationPage, conversation: Conversation, user: User, *, at: datetime) -> None:
    """Read what stands around the thread: who holds it, what is noted, when it is due, and what it belongs to."""
    slug, stage, rights = page.slug, Stage(conversation.stage), user.rights
    page.pen, page.hold = read_pen(conversation, user, slug=slug, at=at), read_holds(conversation, user, slug=slug)
    page.writing, page.practice = read_writing(conversation, user), feedback_on(conversation, user, at=at)
    page.notes, page.later = read_notes(conversation, user), read_later(conversation, user, slug=slug)
    page.tags = list(conversation.tags)
    page.incidents, page.other_incidents = of_conversation(conversation.pk)
    is_work = stage in OPEN and conversation.learner_id is None
    page.can_attach = is_work and rights.may("incident.attach", conversation.department_id)
    page.may_note = conversation.outcome != Outcome.MERGED and rights.may_somewhere("note.write")
    page.clocks = read_clocks(conversation, at=at)
    page.private_until = private_window.chip(conversation, at) if stage != Stage.CLOSED else None
    page.mood_label, page.mood_tone = mood_chip(conversation.sentiment) or ("", "")


def _fill_answer(
    page: ConversationPage, conversation: Conversation, user: User, *, policy: Policy, body: str | None, at: datetime
) -> None:
    """Read what somebody of the department answers with, or why they cannot now."""
    if conversation.stage == Stage.ASSIGNED:
        page.answer_block_text = _("Claim the conversation to answer it.")
    elif conversation.stage not in (Stage.CLAIMED, Stage.WAITING):
        return
    elif conversation.holder_id != user.pk:
        page.answer_block_text = _("%(name)s answers this conversation.") % {
            "name": conversation.holder.name if conversation.holder else _("Nobody")
        }
    elif not connector_for(conversation.channel.kind).can_reply:
        page.answer_block_text = _("This channel takes no answers. Close the conversation with an outcome.")
        if conversation.profile.url:
            page.answer_block_url = conversation.profile.url
            page.answer_block_label = _("Open the author's page")
    elif not page.seen_mention:
        page.answer_block_text = _("Nothing is left here that can be answered. Close the conversation with an outcome.")
    elif not binding.may_act_under(user, version_id=page.policy_version, at=at):
        page.answer_block_text = _("Read and attest the policy in force before you answer.")
        page.answer_block_url = reverse("policies:in_force")
        page.answer_block_label = _("Read the policy")
    else:
        page.can_answer = True
        _fill_composer(page, conversation, user, policy=policy, body=body, at=at)


def _fill_composer(
    page: ConversationPage, conversation: Conversation, user: User, *, policy: Policy, body: str | None, at: datetime
) -> None:
    """Read the draft, and what is to be said of it before it leaves."""
    draft = Draft.objects.filter(conversation=conversation, author=user).first()
    page.draft_body = body if body is not None else (draft.body if draft else "")
    seen = Seen(page.fence, page.seen_mention, page.policy_version)
    judged = judge_draft(conversation, draft, page.draft_body, writer=user, policy=policy, at=at)
    if judged.needed or says_of_answers(policy):
        page.approval = read_part(conversation, user, needed=judged.needed, seen=seen, slug=page.slug, at=at)
    if page.approval is not None and page.approval.body not in ("", page.draft_body):
        page.draft_body = page.approval.body
        judged = judge_draft(conversation, draft, page.draft_body, writer=user, policy=policy, at=at)
    page.conduct = show_conduct(judged, conversation, user, policy=policy)
    page.holding = holding_texts(page.incidents, conversation.pk, slug=page.slug)
    page.measured = measure(conversation.channel, page.draft_body)
    is_locked = bool(page.approval and page.approval.state)
    page.extras = read_extras(conversation, draft, slug=page.slug, body=page.draft_body, is_locked=is_locked)


def _can_close(conversation: Conversation, user: User) -> bool:
    if conversation.stage == Stage.CLOSED:
        return False
    if conversation.holder_id is not None:
        return conversation.holder_id == user.pk
    return user.rights.may("conversation.close", conversation.department_id)


def _decision_form(conversation: Conversation) -> DecisionForm:
    return DecisionForm.suggested(conversation, list(Department.objects.active().by_name()))


def _earlier(conversation: Conversation, user: User) -> int:
    """Count up to ten: it is a hint to look, not a statistic."""
    person_id = conversation.profile.person_id
    same = {"profile": conversation.profile_id} if person_id is None else {"profile__person": person_id}
    earlier = Conversation.objects.visible_to(user).filter(**same)
    return len(earlier.exclude(pk=conversation.pk).values_list("pk", flat=True)[:10])


def _earlier_url(conversation: Conversation) -> str:
    if conversation.profile.person_id is not None:
        return reverse("triage:person", args=[conversation.profile.person_id])
    return f"{reverse('triage:queue', args=['everything'])}?profile={conversation.profile_id}"


def _holder(conversation: Conversation, user: User) -> str:
    if conversation.holder_id == user.pk:
        return _("You")
    if conversation.holder is not None:
        return conversation.holder.name
    if conversation.offered_to is not None:
        return _("For %(name)s") % {"name": short_name(conversation.offered_to.name)}
    return _("Nobody")


def _reply_as(conversation: Conversation) -> str:
    handles = conversation.channel.our_handles
    if handles:
        return _("Reply as %(handle)s on %(channel)s") % {
            "handle": handles[0],
            "channel": conversation.channel.name,
        }
    return _("Reply on %(channel)s") % {"channel": conversation.channel.name}


def _clause_url(decision: Decision) -> str:
    if decision.clause is None:
        return ""
    return f"{reverse('policies:version', args=[decision.policy_version.number])}#clause-{decision.clause.label}"
