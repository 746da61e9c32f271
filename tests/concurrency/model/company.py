"""The people, departments and policies among whom the conversations go round."""

from datetime import datetime, timedelta

from listening.heard import HeardItem
from listening.models import Channel
from listening.services import ingest
from policies.models import PolicyVersion
from policies.services import attesting
from teams.models import Department, User
from teams.roles import Role
from tests.concurrency.model.ledger import Ledger
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from triage.models import Approval, Conversation, Reply, ThreadEntry
from triage.models.approval import OPEN_STATES
from triage.services.approving.standing import Needed
from triage.services.arriving import intake
from triage.states import IN_FLIGHT

WRITERS = ("anna", "bo", "cy", "lea")
# They read each version at once.
DECIDERS = ("lars", "max", "olga")


class Company:
    """Care (Anna, Bo, and Lea who leads it), Press (Bo and Cy), Legal (Lars), Olga who decides, Max who manages.

    Anna holds one conversation at most. ``at`` is the time, which only goes on.
    """

    def __init__(self, network: Ledger) -> None:
        self.network = network
        self.at = NOON
        self.care: Department = DepartmentFactory()
        self.press: Department = DepartmentFactory()
        self.legal: Department = DepartmentFactory()
        self.people: dict[str, User] = {
            "anna": MembershipFactory(department=self.care, user__name="Anna", user__capacity=1).user,
            "bo": MembershipFactory(department=self.care, user__name="Bo").user,
            "cy": MembershipFactory(department=self.press, user__name="Cy").user,
            "lea": MembershipFactory(department=self.care, role=Role.LEAD, user__name="Lea").user,
            "lars": MembershipFactory(department=self.legal, user__name="Lars").user,
            "max": AppointmentFactory(role=Role.MANAGER, user__name="Max").user,
            "olga": AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Olga").user,
        }
        MembershipFactory(user=self.people["bo"], department=self.press)
        self.claiming = {self.care.pk: {"anna", "bo", "lea"}, self.press.pk: {"bo", "cy"}}
        asked = ({"role": Role.MANAGER.value}, {"department": self.legal.pk})
        self.approvals = {
            "nobody": None,
            "any": Needed(Approval.Mode.ANY, ({"person": self.people["lea"].pk}, asked[0])),
            "all": Needed(Approval.Mode.ALL, asked),
            "in order": Needed(Approval.Mode.IN_ORDER, asked),
        }
        self.channel: Channel = ChannelFactory(kind="scripted", our_handles=["us"])
        self.version_id = 0
        self.publish(self.at)
        self._spoken = 0

    def begin(self) -> datetime:
        """Return the time of a new day on which everybody has read the policy."""
        self.at += timedelta(days=1)
        for name in WRITERS:
            attesting.attest(user=self.people[name], version_id=self.version_id, at=self.at)
        return self.at

    def publish(self, at: datetime) -> None:
        PolicyVersion.objects.in_force().update(state=PolicyVersion.State.RETIRED, in_force_until=at)
        self.version_id = PolicyVersionFactory.published(in_force_from=at, published_by=self.people["max"]).pk
        for name in DECIDERS:
            attesting.attest(user=self.people[name], version_id=self.version_id, at=at)

    def hear(self, at: datetime, *, answers: str = "", external_id: str = "", text: str = "") -> tuple[int, int]:
        """Let the customer speak, or our own account where an ``external_id`` is named; return thread and mention."""
        self._spoken += 1
        item = HeardItem(
            external_id=external_id or f"said-{self._spoken}",
            text=text or f"The power is out, and I say so for the {self._spoken}th time.",
            published_at=at,
            author_id="us" if external_id else f"customer of {answers or self._spoken}",
            in_reply_to=answers,
            language="en",
            is_ours=bool(external_id),
        )
        ingest.store_items(channel=self.channel, items=[item], at=at)
        intake.take_in_everything(at=at)
        entry = ThreadEntry.objects.get(mention__channel=self.channel, mention__external_id=item.external_id)
        return entry.conversation_id, entry.mention_id

    def leave(self, conversation_ids: list[int], at: datetime) -> None:
        """Take conversations out of the way of the sweeps of later days."""
        Reply.objects.filter(conversation__in=conversation_ids, state__in=IN_FLIGHT).update(state="withdrawn")
        Approval.objects.filter(conversation__in=conversation_ids, state__in=OPEN_STATES).update(state="withdrawn")
        Conversation.objects.filter(pk__in=conversation_ids).update(
            stage="closed", holder=None, offered_to=None, outcome="expired", closed_at=at, due_at=None, due_for=""
        )
        self.at = at
