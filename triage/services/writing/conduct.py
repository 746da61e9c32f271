"""What the policy says of an answer: rules of approval and of conduct, asked of what somebody wants to say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from listening.language import guess_language
from listening.sentiment import score_sentiment
from policies.engine import outcomes
from policies.engine.conditions import terms_in
from policies.engine.facts import Facts
from policies.engine.outcomes import Conduct, Named, Verdict
from policies.engine.rules import Finding, Policy
from policies.engine.terms import TERMS
from policies.models import Clause, Waiver
from policies.services import waiving
from socialhub.lib.errors import Invalid
from socialhub.lib.moments import date_format
from socialhub.lib.told import Told, told
from teams.models import Department, User
from teams.roles import DEPARTMENT_ROLES
from triage.models import Approval, Attachment, Conversation, Reply
from triage.services.approving import standing as approving
from triage.services.approving.standing import Needed
from triage.services.arriving import facts
from triage.services.writing import measuring
from triage.states import ReplyKind


class ConductBlocked(Invalid):
    """The policy lets nobody say this: ``judged`` tells which rules, and whether a lead may all the same."""

    code = "conduct_blocked"

    def __init__(self, message: str, *, judged: "Judged") -> None:
        super().__init__(message, field="body")
        self.judged = judged


@dataclass(frozen=True, slots=True)
class Judged:
    """What the policy says of one text: the rules that apply, and whose word it needs by the decision and by them."""

    findings: tuple[Finding, ...] = ()
    needed: tuple[Needed, ...] = ()
    # Pictures of which nothing says what they show.
    undescribed: int = 0

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The rules that let nobody send it."""
        return tuple(one for one in self.findings if _is_block(one))

    @property
    def may_skip(self) -> bool:
        """Whether every rule that blocks lets a lead send it all the same."""
        return all(isinstance(one.outcome, Conduct) and one.outcome.may_skip for one in self.blocking)


def judge(
    conversation: Conversation, text: str, *, writer: User, undescribed: int = 0, policy: Policy, at: datetime
) -> Judged:
    """Ask the policy about an answer of ``writer``, and join what its rules ask with what the decision asks.

    Each that asks is a group of its own, and every group has to give its word; what two ask
    alike is asked once. ``undescribed`` are pictures of which nothing says what they show.
    What would be blocked by a clause that is waived for the writer, or for the department for
    which they answer, is a warning.
    """
    found = findings_of(conversation, text, undescribed=undescribed, policy=policy, at=at)
    if not text.strip():
        # Who has said nothing yet has not conducted themselves.
        found = [one for one in found if not isinstance(one.outcome, Conduct)]
    found = _heeding_waivers(found, writer, conversation.department_id, at)
    asking = [(one, approval) for one in found if (approval := _approval_of(one)) is not None]
    if conversation.learner_id is not None:
        # What would be asked is told; nobody is asked.
        return Judged(tuple(found), undescribed=undescribed)
    return Judged(tuple(found), _joined(of_decision(conversation), _needs(asking, conversation)), undescribed)


def judge_reply(reply: Reply, conversation: Conversation, *, policy: Policy, at: datetime) -> Judged:
    """Ask the policy about what is on its way out; a removal says nothing, so only the decision asks."""
    if reply.kind == ReplyKind.REMOVAL:
        return Judged(needed=of_decision(conversation))
    bare = count_undescribed(reply.attachments.select_related("file"))
    return judge(conversation, reply.body, writer=reply.author, undescribed=bare, policy=policy, at=at)


def judge_change(
    conversation: Conversation, kind: ReplyKind, words: str, *, writer: User, policy: Policy, at: datetime
) -> Judged:
    """Ask the policy about a correction; a removal says nothing, so only the decision asks."""
    if kind == ReplyKind.REMOVAL:
        return Judged(needed=of_decision(conversation))
    return judge(conversation, words, writer=writer, policy=policy, at=at)


def refuse_blocked(judged: Judged, *, reason: str = "") -> None:
    """Refuse what the policy lets nobody say; ``reason`` is why a lead sends it where the rule allows that.

    :raises ConductBlocked: a rule blocks it.
    """
    if judged.blocking and not (reason and judged.may_skip):
        why = " ".join(str(_sentence_of(one)) for one in judged.blocking)
        raise ConductBlocked(
            _("The policy does not allow this answer; your draft is kept. %(why)s") % {"why": why}, judged=judged
        )


def why_not(reply: Reply, conversation: Conversation, *, policy: Policy, at: datetime) -> list[Told]:
    """Return in sentences why the policy in force does not let an answer leave, just before it would."""
    judged = judge_reply(reply, conversation, policy=policy, at=at)
    try:
        refuse_blocked(judged, reason=reply.emergency)
    except ConductBlocked:
        return [_sentence_of(one) for one in judged.blocking]
    return approving.not_approved(reply, judged.needed)


def findings_of(
    conversation: Conversation, text: str, *, undescribed: int = 0, policy: Policy, at: datetime
) -> list[Finding]:
    """Return the rules of approval and conduct that apply to a text, in the order of the document."""
    if not says_of_answers(policy):
        return []
    return policy.findings(answer_facts(conversation, text, undescribed=undescribed, at=at))


def answer_facts(conversation: Conversation, text: str, *, undescribed: int = 0, at: datetime) -> Facts:
    """Return what the rules look at in an answer: the text, as its channel counts it, and the conversation now."""
    said = text.strip()
    language = guess_language(said)
    return replace(
        facts.facts_of(conversation, at=at),
        answer=said,
        answer_language=language,
        answer_length=measuring.measure(conversation.channel, said).used,
        answer_sentiment=score_sentiment(said, language),
        answer_pictures_without_alt=undescribed,
    )


def known_before(
    conversation: Conversation,
    *,
    disposition: str,
    visibility: str,
    department: Department | None,
    priority: int,
    policy: Policy,
    at: datetime,
) -> tuple[Needed, ...]:
    """Return whose word an answer will need whatever it says, if this were decided."""
    if disposition == outcomes.DISPOSITIONS[0] or not says_of_answers(policy):
        return ()
    decided = replace(
        facts.facts_of(conversation, at=at),
        disposition=disposition,
        visibility=visibility,
        department=department.slug if department is not None else "",
        priority=priority,
    )
    looks_at_text = {
        rule.rule_id
        for rule in policy.rules
        if any(TERMS[term.name].is_about_answer for term in terms_in(rule.condition))
    }
    asking = [
        (one, approval)
        for one in policy.findings(decided)
        if one.because.rule_id not in looks_at_text and (approval := _approval_of(one)) is not None
    ]
    return _needs(asking, conversation, department=department)


def says_of_answers(policy: Policy) -> bool:
    """Say whether the policy has any rule of approval or conduct."""
    return any(isinstance(rule.outcome, outcomes.Approval | Conduct) for rule in policy.rules)


def of_decision(conversation: Conversation) -> tuple[Needed, ...]:
    """Return whose word the decisions ask, as the groups of an approval; nobody's for practice."""
    return () if conversation.learner_id is not None else tuple(approving.needed_by_decisions(conversation))


def count_undescribed(attached: Iterable[Attachment]) -> int:
    """Return of how many pictures nothing says what they show."""
    return sum(one.file.is_picture and not one.alt.strip() for one in attached)


def _sentence_of(finding: Finding) -> Told:
    """Return what a rule of conduct tells whoever writes, with its clause."""
    message = finding.outcome.message if isinstance(finding.outcome, Conduct) else finding.because.rule
    return told("%(message)s (clause %(clause)s)") % {"message": message, "clause": finding.because.clause_label}


def needed_by(finding: Finding, conversation: Conversation) -> Needed | None:
    """Return whose word a rule asks; None where it asks nobody's."""
    approval = _approval_of(finding)
    return None if approval is None else _needs([(finding, approval)], conversation)[0]


def _is_block(finding: Finding) -> bool:
    return isinstance(finding.outcome, Conduct) and finding.outcome.verdict == Verdict.BLOCK


def _heeding_waivers(found: list[Finding], writer: User, department_id: int | None, at: datetime) -> list[Finding]:
    """Return what was found; what blocks by a clause that is waived only warns, and says so."""
    blocking = [one.because.clause_id for one in found if _is_block(one)]
    if not blocking:
        return found
    standing = waiving.standing_for(writer, department_id=department_id, at=at)
    waivers = {one.clause_key: one for one in standing.select_related("person", "department").order_by("until", "pk")}
    if not waivers:
        return found
    clauses = Clause.objects.filter(pk__in=blocking, key__in=waivers).values_list("pk", "key")
    waived = {pk: waivers[key] for pk, key in clauses}
    return [
        _warned(one, waived[one.because.clause_id]) if _is_block(one) and one.because.clause_id in waived else one
        for one in found
    ]


def _warned(finding: Finding, waiver: Waiver) -> Finding:
    if not isinstance(finding.outcome, Conduct):
        return finding
    day = date_format(timezone.localtime(waiver.until), "j F Y")
    excused = _("Does not hold for %(name)s until %(day)s.") % {"name": waiving.name_of(waiver), "day": day}
    message = f"{finding.outcome.message} {excused}"
    return replace(finding, outcome=replace(finding.outcome, verdict=Verdict.WARN, message=message))


def _approval_of(finding: Finding) -> outcomes.Approval | None:
    return finding.outcome.approval if isinstance(finding.outcome, Conduct) else finding.outcome


def _needs(
    asking: Sequence[tuple[Finding, outcomes.Approval]],
    conversation: Conversation,
    *,
    department: Department | None = None,
) -> tuple[Needed, ...]:
    """Return what rules ask with the ids of those whom they name, read at once."""
    named = [one for _finding, approval in asking for one in approval.asked]
    slugs = [one.name for one in named if one.kind == "department"]
    departments = dict(Department.objects.active().filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
    addresses = [one.name.lower() for one in named if one.kind == "person"]
    people = dict(User.objects.active().filter(email__in=addresses).values_list("email", "pk")) if addresses else {}
    own = department.pk if department is not None else conversation.department_id

    def asked(one: Named) -> dict[str, object]:
        if one.kind == "department" and one.name in departments:
            return {"department": departments[one.name]}
        if one.kind == "person" and one.name.lower() in people:
            return {"person": people[one.name.lower()]}
        if one.kind == "role" and one.name not in DEPARTMENT_ROLES:
            return {"role": one.name}
        # A role in a department means the one that answers.
        if one.kind == "role" and own is not None:
            return {"department": own, "role": one.name}
        return {"gone": one.name}

    return tuple(
        Needed(
            Approval.Mode(approval.mode.value),
            tuple(asked(one) for one in approval.asked),
            finding.because.clause_id,
            finding.because.clause_label,
        )
        for finding, approval in asking
    )


def _joined(decided: Sequence[Needed], ruled: Sequence[Needed]) -> tuple[Needed, ...]:
    found: dict[str, Needed] = {}
    for one in (*decided, *ruled):
        found.setdefault(f"{one.mode} {one.asked}", one)
    return tuple(found.values())
