"""What the templates of one conversation print."""

import uuid
from dataclasses import dataclass, field

from django.urls import reverse

from triage.course.debriefing import Feedback
from triage.forms.conversation import DecisionForm
from triage.history.sentences import Line
from triage.services.writing.measuring import Measured
from triage.showing.addresses import act_url
from triage.showing.approvals import ApprovalPart
from triage.showing.attachments import Extras
from triage.showing.clocks import ShownClock
from triage.showing.conduct import ShownConduct
from triage.showing.drafts import Writing
from triage.showing.entries import Copy, Entry
from triage.showing.guide import ShownGuide
from triage.showing.holds import HoldPart
from triage.showing.incidents import HoldingText, ShownIncident
from triage.showing.later import Later
from triage.showing.notes import ShownNote
from triage.showing.pen import Pen
from triage.showing.suggestion import ShownSuggestion


@dataclass(slots=True)
class ConversationPage:
    """Everything that the conversation's templates print."""

    pk: int
    slug: str
    url: str
    back_url: str
    name: str
    initials: str
    handle: str
    channel: str
    earlier_count: int
    earlier_url: str
    stage_label: str
    department: str
    holder_label: str
    priority_label: str
    priority_tone: str
    fence: int
    entries: list[Entry]
    copies: list[Copy]
    copy_count: int
    history: list[Line]
    suggestion: ShownSuggestion | None
    decision_text: str
    decision_url: str
    can_decide: bool
    must_attest: bool
    can_claim: bool
    can_release: bool
    can_wait: bool
    can_close: bool
    can_reopen: bool
    can_answer: bool
    outcomes: list[tuple[str, str]]
    decision_form: DecisionForm | None
    draft_body: str
    seen_mention: int
    policy_version: int
    policy_text: str
    key: uuid.UUID
    reply_as: str
    visibility_text: str
    visibility_tone: str
    measured: Measured | None = None
    extras: Extras = field(default_factory=Extras)
    clocks: list[ShownClock] = field(default_factory=list)
    private_until: tuple[str, str] | None = None
    mood_label: str = ""
    mood_tone: str = ""
    pen: Pen = field(default_factory=Pen)
    hold: HoldPart = field(default_factory=HoldPart)
    approval: ApprovalPart | None = None
    conduct: ShownConduct = field(default_factory=ShownConduct)
    decision_needs: list[str] = field(default_factory=list)
    decision_walk: list[str] = field(default_factory=list)
    guide: ShownGuide | None = None
    answer_block_text: str = ""
    answer_block_url: str = ""
    answer_block_label: str = ""
    earlier_messages_url: str = ""
    earlier_history_url: str = ""
    writing: Writing = field(default_factory=Writing)
    tags: list[str] = field(default_factory=list)
    notes: list[ShownNote] = field(default_factory=list)
    may_note: bool = False
    practice: Feedback | None = None
    later: Later = field(default_factory=Later)
    incidents: list[ShownIncident] = field(default_factory=list)
    other_incidents: list[ShownIncident] = field(default_factory=list)
    can_attach: bool = False
    holding: list[HoldingText] = field(default_factory=list)

    @property
    def claim_url(self) -> str:
        """Where the claim goes."""
        return self._act("claim")

    @property
    def release_url(self) -> str:
        """Where the release goes."""
        return self._act("release")

    @property
    def wait_url(self) -> str:
        """Where waiting begins."""
        return self._act("wait")

    @property
    def close_url(self) -> str:
        """Where the outcome goes."""
        return self._act("close")

    @property
    def reopen_url(self) -> str:
        """Where reopening goes."""
        return self._act("reopen")

    @property
    def decide_url(self) -> str:
        """Where the decision goes."""
        return self._act("decide")

    @property
    def needs_url(self) -> str:
        """Where is told whose approval an answer will need, as the decision stands in its form."""
        return reverse("triage:decision_needs", args=[self.pk])

    @property
    def send_url(self) -> str:
        """Where the answer goes."""
        return self._act("send")

    @property
    def ask_url(self) -> str:
        """Where the answer is put before those who must approve it."""
        return self._act("ask_approval")

    @property
    def draft_url(self) -> str:
        """Where the draft is kept."""
        return reverse("triage:draft", args=[self.pk])

    @property
    def versions_url(self) -> str:
        """What the draft said before."""
        return self._act("draft_versions")

    @property
    def notes_url(self) -> str:
        """Where a note is written."""
        return self._act("notes")

    @property
    def answers_url(self) -> str:
        """Where the saved answers are that fit."""
        return self._act("answers")

    @property
    def preview_url(self) -> str:
        """Where the answer is shown as it will look."""
        return self._act("preview")

    @property
    def measuring_url(self) -> str:
        """Where a higher app says how moods are measured."""
        return "/how-we-measure/#mood"

    @property
    def author_url(self) -> str:
        """Where somebody says who the author is."""
        return reverse("triage:author", args=[self.pk])

    @property
    def alike_url(self) -> str:
        """Where is shown what similar conversations were answered with."""
        return reverse("triage:alike", args=[self.pk])

    @property
    def takeaways_url(self) -> str:
        """Where a higher app shows what departments wrote down."""
        return f"/conversations/{self.pk}/takeaways/"

    def _act(self, name: str) -> str:
        return act_url(name, self.pk, slug=self.slug)
