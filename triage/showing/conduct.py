"""What the policy says of an answer that is being written, as the composer shows it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from policies.engine.outcomes import Conduct, Verdict
from policies.engine.rules import Finding, Policy
from policies.sentences import words_for_evidence
from teams.models import Department, User
from triage.models import Conversation, Draft
from triage.services.approving import steps
from triage.services.approving.standing import Needed
from triage.services.writing import attachments, conduct
from triage.services.writing.conduct import Judged
from triage.states import Disposition

# The fields of a decision that rules look at.
CHOSEN = ("disposition", "visibility", "department", "priority")
_ID = re.compile(r"[0-9]{1,9}")
TONES = {Verdict.BLOCK: "urgent", Verdict.APPROVAL: "warn", Verdict.WARN: "info"}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One rule that applies: what it says, what it saw, what follows, and the clause that says so."""

    text: str
    because: str
    follows: str
    tone: str
    clause: str
    clause_url: str


@dataclass(slots=True)
class ShownConduct:
    """What the rules say of a text, and what therefore can be done with it."""

    findings: list[ShownFinding] = field(default_factory=list)
    # What the network asks of pictures, which no rule has to say.
    pictures: str = ""
    must_ask: bool = False
    # Whether other words may need approval where these do not, and the other way about.
    may_come_to_ask: bool = False
    may_come_to_send: bool = True
    # Whether a lead may send it all the same: for want of approval, or against rules that allow that.
    can_skip: bool = False
    may_come_to_skip: bool = False

    def as_data(self) -> dict[str, object]:
        """Return it for the page that is open: what to show, and which buttons."""
        return {
            "html": render_to_string("triage/_conduct.html", {"conduct": self}).strip(),
            "must_ask": self.must_ask,
            "can_skip": self.can_skip,
        }


def judge_draft(
    conversation: Conversation, draft: Draft | None, body: str, *, writer: User, policy: Policy, at: datetime
) -> Judged:
    """Ask the policy in force about what is being written, with what is attached to it."""
    attached = attachments.of_draft(draft) if draft is not None else []
    bare = conduct.count_undescribed(attached)
    return conduct.judge(conversation, body, writer=writer, undescribed=bare, policy=policy, at=at)


def show_conduct(judged: Judged, conversation: Conversation, writer: User, *, policy: Policy) -> ShownConduct:
    """Return what ``writer`` is told."""
    departments = dict(Department.objects.values_list("slug", "name")) if judged.findings else {}
    is_lead = writer.rights.may("reply.skip_approval", conversation.department_id)
    return ShownConduct(
        findings=[_finding(one, conversation, departments, policy.number) for one in judged.findings],
        pictures=_of_pictures(judged.undescribed, conversation),
        must_ask=bool(judged.needed),
        may_come_to_ask=conduct.says_of_answers(policy),
        may_come_to_send=all(one.clause_id is not None for one in judged.needed),
        may_come_to_skip=is_lead and conduct.says_of_answers(policy),
        can_skip=is_lead and judged.may_skip and bool(judged.needed or judged.blocking),
    )


def _of_pictures(undescribed: int, conversation: Conversation) -> str:
    """Return what will stand in the way of pictures that nothing is said of; nothing where it takes none."""
    limits = attachments.limits_of(conversation.channel) if undescribed else None
    if limits is None or not limits.alt:
        return ""
    if limits.alt == "required":
        told = ngettext(
            "%(n)d picture has no description: this channel takes none without.",
            "%(n)d pictures have no description: this channel takes none without.",
            undescribed,
        )
    else:
        told = ngettext(
            "%(n)d picture has no description: you are asked about it before the answer goes out.",
            "%(n)d pictures have no description: you are asked about them before the answer goes out.",
            undescribed,
        )
    return told % {"n": undescribed}


def words_for_needs(needed: Sequence[Needed]) -> list[str]:
    """Return whose word an answer will need by the policy, each with its clause, for who decides."""
    return [_("%(asked)s (clause %(clause)s)") % {"asked": asked_words(one), "clause": one.label} for one in needed]


def asked_words(needed: Needed) -> str:
    """Return whose word is needed, in words."""
    names = steps.names_of(needed)
    if len(names) == 1:
        return names[0]
    sentences = {
        "any": _("one of %(names)s"),
        "all": _("all of %(names)s"),
        "in_order": _("one after the other, %(names)s"),
    }
    return sentences[needed.mode.value] % {"names": ", ".join(names)}


def needs_if_decided(
    conversation: Conversation, chosen: Mapping[str, object], *, policy: Policy, at: datetime
) -> list[str]:
    """Return whose word an answer will need if what is ``chosen`` in the form of the decision is decided."""
    if not conduct.says_of_answers(policy):
        return []
    department = str(chosen.get("department") or "")
    priority = str(chosen.get("priority") or conversation.priority)
    needed = conduct.known_before(
        conversation,
        disposition=str(chosen.get("disposition") or Disposition.CUSTOMER_SERVICE),
        visibility=str(chosen.get("visibility") or ""),
        department=Department.objects.filter(pk=department).first() if _ID.fullmatch(department) else None,
        priority=int(priority) if priority in ("1", "2", "3", "4") else conversation.priority,
        policy=policy,
        at=at,
    )
    return words_for_needs(needed)


def _finding(finding: Finding, conversation: Conversation, departments: Mapping[str, str], number: int) -> ShownFinding:
    because = finding.because
    outcome = finding.outcome
    verdict = outcome.verdict if isinstance(outcome, Conduct) else Verdict.APPROVAL
    return ShownFinding(
        text=outcome.message if isinstance(outcome, Conduct) else because.rule,
        because=words_for_evidence(because.evidence, departments),
        follows=_follows(finding, verdict, conversation),
        tone=TONES[verdict],
        clause=because.clause_label,
        clause_url=f"{reverse('policies:version', args=[number])}#clause-{because.clause_label}",
    )


def _follows(finding: Finding, verdict: Verdict, conversation: Conversation) -> str:
    if verdict == Verdict.BLOCK:
        return _("Cannot be sent")
    if verdict == Verdict.WARN:
        return _("Please check")
    needed = conduct.needed_by(finding, conversation)
    return _("Needs approval: %(asked)s") % {"asked": asked_words(needed) if needed is not None else ""}
