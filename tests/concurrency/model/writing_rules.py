"""What people write, and what others say about it."""

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st

from policies.services import attesting
from teams.models import User
from tests.concurrency.model.company import WRITERS
from tests.concurrency.model.happening import happens
from tests.concurrency.model.pen_rules import PenRules, ages, conversations, held, persons
from tests.concurrency.model.tables import Row
from triage.models import Approval, ApprovalStep, Conversation, Draft, DraftVersion
from triage.models.approval import OPEN_STATES
from triage.services.approving import asks, verdicts
from triage.services.approving.standing import digest_of
from triage.services.seen import Seen
from triage.services.writing import drafts
from triage.states import IN_FLIGHT

# Whether the text is what was drafted last, or another.
freshness = st.sampled_from(["drafted", "drafted", "new"])
approvers = st.sampled_from(["max", "max", "lars", "lea", "author", "anna"])


class WritingRules(PenRules):
    """Draft, ask for approval, approve, edit, reject, withdraw; read the policy."""

    def text_of(self, conversation: Conversation, person: User, freshness: str) -> str:
        drafted = Draft.objects.filter(conversation=conversation, author=person).exclude(body="").first()
        approved = Approval.objects.filter(conversation=conversation, author=person).order_by("pk").last()
        if freshness == "new" or drafted is approved is None:
            return self.new_text()
        # Mostly the words that others have approved.
        return approved.body if approved is not None and approved.state == "approved" else (drafted or approved).body

    def wrote(self, conversation: Conversation, person: User, text: str) -> None:
        self.written.add((conversation.pk, person.pk, text))

    def has_attested(self, person: User) -> bool:
        return person.attestations.filter(version=self.company.version_id).exists()

    def is_as_seen(self, conversation: Conversation, seen: Seen) -> bool:
        newest = self.said[conversation.pk][-1]
        return (seen.mention_id, seen.policy_version_id) == (newest, self.company.version_id)

    @happens(2, which=conversations, who=persons, page=st.sampled_from([UUID(int=1), UUID(int=2)]))
    def draft(self, which: int, who: str, page: UUID) -> None:
        row = self.row(which)
        person, text = self.person(who, row), self.new_text()
        self.wrote(row, person, text)
        self.act(lambda: drafts.save_draft(conversation_id=row.pk, author=person, body=text, at=self.at, page=page))

    @happens(which=conversations, who=persons)
    def empty_the_draft(self, which: int, who: str) -> None:
        row = self.row(which)
        person = self.person(who, row)
        self.act(lambda: drafts.save_draft(conversation_id=row.pk, author=person, body="", at=self.at))

    @happens(which=conversations, who=persons)
    def use_a_colleagues_draft(self, which: int, who: str) -> None:
        row = self.row(which)
        person = self.person(who, row)
        source = Draft.objects.filter(conversation=row).exclude(author=person).order_by("pk").last()
        if source is not None:
            self.act(lambda: drafts.copy_draft(source=source, author=person, at=self.at))

    @happens(which=conversations, who=persons)
    def restore_what_was_said_before(self, which: int, who: str) -> None:
        row = self.row(which)
        version = DraftVersion.objects.filter(draft__conversation=row, draft__author=self.person(who, row)).first()
        if version is not None:
            self.act(lambda: drafts.restore_version(version=version, at=self.at))

    @happens(who=st.sampled_from(WRITERS))
    def read_the_policy(self, who: str) -> None:
        person = self.company.people[who]
        self.act(lambda: attesting.attest(user=person, version_id=self.company.version_id, at=self.at))

    @happens(
        3,
        when=lambda self: self.any_in("claimed", "waiting"),
        which=conversations,
        who=persons,
        age=ages,
        fresh=freshness,
    )
    def ask_approval(self, which: int, who: str, age: int, fresh: str) -> None:
        row = self.row(which, lambda row: held(row) and self.needs_approval(row))
        person, seen = self.person(who, row), self.page(row, age)
        text = self.text_of(row, person, fresh)
        self.wrote(row, person, text)
        self.act(
            lambda: asks.ask_approval(conversation_id=row.pk, author=person, body=text, seen=seen, at=self.at),
            allowed=self.has_attested(person)
            and (row.holder_id, row.fence) == (person.pk, seen.fence)
            and self.needed(row) is not None
            and self.is_as_seen(row, seen)
            and not row.replies.filter(state__in=IN_FLIGHT).exists(),
            on=row,
            events=self._events_of_asking(row, person, text, seen),
        )

    def _events_of_asking(self, row: Conversation, person: User, text: str, seen: Seen) -> list[str]:
        latest = Approval.objects.filter(conversation=row).order_by("pk").last()
        if latest is not None and self.may_be_used(latest) and latest.state != "edited":
            is_same = self.holds_for(latest, row, person, text, seen, soon=True)
            if is_same:
                return []
        is_open = latest is not None and latest.state in OPEN_STATES
        return ["approval_withdrawn", "approval_asked"] if is_open else ["approval_asked"]

    def may_be_used(self, approval: Approval) -> bool:
        never_left = not approval.replies.exclude(state__in=["withdrawn", "failed"]).exists()
        return approval.state in OPEN_STATES or (approval.state == "used" and never_left)

    def holds_for(
        self, approval: Approval, row: Conversation, person: User, text: str, seen: Seen, *, soon: bool = False
    ) -> bool:
        """Tell whether it is of this text in this world, and in time; ``soon`` a second from now."""
        at = self.at + timedelta(seconds=1) if soon else self.at
        return (
            approval.author_id == person.pk
            and approval.digest == digest_of(text)
            and approval.fence == row.fence == seen.fence
            and (approval.answers_id, approval.policy_version_id) == (seen.mention_id, seen.policy_version_id)
            and (approval.expires_at is None or approval.expires_at > at)
        )

    def needs_approval(self, row: Row) -> bool:
        return self.needed(Conversation.objects.get(pk=row["id"])) is not None

    def latest_approval(self, which: int, *states: str) -> tuple[Conversation, Approval | None]:
        waiting = {one["conversation_id"] for one in self.tables.approvals if one["state"] in states}
        row = self.row(which, lambda row: row["id"] in waiting)
        return row, Approval.objects.filter(conversation=row).select_related("author").order_by("pk").last()

    @happens(
        4,
        when=lambda self: self.any_approval("asked"),
        which=conversations,
        who=approvers,
        verdict=st.sampled_from(["approve", "approve", "edit", "reject"]),
    )
    def speak(self, which: int, who: str, verdict: str) -> None:
        row, approval = self.latest_approval(which, "asked")
        if approval is None:
            return
        person = approval.author if who == "author" else self.company.people[who]
        can = (
            approval.state == "asked"
            and approval.author_id != person.pk
            and self._is_asked(approval, person)
            and self.has_attested(person)
            and approval.fence == row.fence
            and (approval.expires_at is None or approval.expires_at > self.at + timedelta(seconds=1))
        )
        told = {"approval_id": approval.pk, "approver": person}
        if verdict == "approve":
            seen = Seen(approval.fence, approval.answers_id, approval.policy_version_id)
            self.act(
                lambda: verdicts.approve(**told, at=self.at),
                allowed=can and self.is_as_seen(row, seen),
                on=row,
                events=["approval_given"],
            )
        elif verdict == "edit":
            text = self.new_text()
            self.act(
                lambda: verdicts.approve_with_edit(**told, body=text, note="", at=self.at),
                allowed=can,
                on=row,
                events=["approval_edited"],
            )
        else:
            self.act(
                lambda: verdicts.reject(**told, note="Too sharp.", at=self.at),
                allowed=can,
                on=row,
                events=["approval_rejected"],
            )

    def _is_asked(self, approval: Approval, person: User) -> bool:
        waiting = list(approval.steps.filter(verdict="").order_by("position"))
        turn = waiting[:1] if approval.mode == "in_order" else waiting
        return any(self._speaks_for(step, person) for step in turn)

    def _speaks_for(self, step: ApprovalStep, person: User) -> bool:
        if step.person_id is not None:
            return step.person_id == person.pk
        return self.name(person) == ("max" if step.role else "lars")

    @happens(3, when=lambda self: self.any_approval("edited"), which=conversations)
    def take_the_edit(self, which: int) -> None:
        row, approval = self.latest_approval(which, "edited")
        if approval is None:
            return
        author = approval.author
        seen = Seen(approval.fence, approval.answers_id, approval.policy_version_id)
        can = (
            approval.state == "edited"
            and row.holder_id == author.pk
            and self.is_as_seen(row, seen)
            and self.holds_for(approval, row, author, approval.body, seen, soon=True)
        )
        if can:
            self.wrote(row, author, approval.edited_body)
        self.act(
            lambda: asks.take_edit(approval_id=approval.pk, author=author, at=self.at),
            allowed=can,
            on=row,
            events=["approval_asked"],
        )

    @happens(when=lambda self: self.any_approval(*OPEN_STATES), which=conversations)
    def withdraw_approval(self, which: int) -> None:
        row, approval = self.latest_approval(which, *OPEN_STATES)
        if approval is not None:
            self.act(
                lambda: asks.withdraw_approval(approval_id=approval.pk, author=approval.author, at=self.at),
                allowed=approval.state in OPEN_STATES,
                on=row,
                events=["approval_withdrawn"],
            )

    @happens(when=lambda self: self.any_approval(*OPEN_STATES))
    def deadlines_pass_and_approvals_end(self) -> None:
        self.at += timedelta(hours=3)
        late = Approval.objects.filter(
            conversation__in=self.ids, state__in=OPEN_STATES, expires_at__lte=self.at + timedelta(seconds=1)
        )
        others = {pk: ["approval_expired"] for pk in late.values_list("conversation", flat=True)}
        self.act(lambda: asks.expire(at=self.at), others=others)
