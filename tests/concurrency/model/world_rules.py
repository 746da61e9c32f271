"""What happens around the conversations."""

from datetime import timedelta

from hypothesis import strategies as st

from listening.models import Mention
from tests.concurrency.model.happening import happens
from tests.concurrency.model.pen_rules import conversations
from tests.concurrency.model.thread_rules import ThreadRules
from triage.models import Reply, SendingStop
from triage.services.sending import stopping
from triage.services.sending.stopping import Reach

places = st.sampled_from(["everything", "channel", "department"])


class Machine(ThreadRules):
    """Customers go on speaking, policies come into force, sending is stopped, and the network falters."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = 0

    @happens(3, which=conversations)
    def the_customer_speaks_again(self, which: int) -> None:
        row = self.row(which)
        said = Mention.objects.get(pk=self.said[row.pk][0]).external_id

        def hear() -> None:
            _, mention_id = self.company.hear(self.at, answers=said)
            self.said[row.pk].append(mention_id)

        then = ["reopened"] if row.stage == "closed" else ["woken"] if row.snoozed_at else []
        self.act(hear, on=row, events=["heard", *then])

    @happens(2, when=lambda self: self._unheard() is not None)
    def the_network_hands_our_answer_back(self) -> None:
        reply = self._unheard()
        assert reply is not None
        said = Mention.objects.get(pk=reply.answers_id).external_id
        self.act(
            lambda: self.company.hear(self.at, answers=said, external_id=f"post-{reply.key}", text=reply.body),
            on=reply.conversation,
            events=["heard", "closed"] if reply.conversation.stage == "new" else ["heard"],
        )

    def _unheard(self) -> Reply | None:
        """Return an answer that is out there, and which neither a worker nor a look has told us of."""
        heard = set(
            Mention.objects.filter(channel=self.company.channel, is_ours=True).values_list("external_id", flat=True)
        )
        for post in self.network.posts:
            if f"post-{post.key}" in heard:
                continue
            reply = Reply.objects.select_related("conversation").get(key=post.key)
            # What answers a message that was taken out is heard where that is.
            if reply.answers_id in self.said[reply.conversation_id]:
                return reply
        return None

    # After two of them nobody would ever have read the policy in force.
    @happens(when=lambda self: self.changes < 2)
    def a_policy_comes_into_force(self) -> None:
        self.changes += 1
        self.act(lambda: self.company.publish(self.at))

    @happens(when=lambda self: len(self.standing) < 2, place=places)
    def stop_sending(self, place: str) -> None:
        reach, name = {
            "everything": (Reach(), "everything"),
            "channel": (Reach(channel=self.company.channel), "channel"),
            "department": (Reach(department=self.company.care), f"department {self.company.care.pk}"),
        }[place]
        stop = self.act(
            lambda: stopping.stop_sending(
                reach=reach, reason="We were hacked.", actor=self.company.people["max"], at=self.at
            ),
            allowed=name not in self.standing.values(),
        )
        if stop is not None:
            self.standing[stop.pk] = name

    @happens(2, when=lambda self: self.standing, first=st.booleans())
    def lift_a_stop(self, first: bool) -> None:
        self._lift(list(self.standing)[0 if first else -1])

    def _lift(self, stop_id: int) -> None:
        waiting = Reply.objects.filter(conversation__in=self.ids, state="queued").select_related("conversation")
        held = [reply.conversation for reply in waiting if self.is_stopped(reply.conversation)]
        del self.standing[stop_id]
        let_go = {row.pk: ["reply_failed"] for row in held if not self.is_stopped(row)}
        self.act(
            lambda: stopping.lift_stop(stop_id=stop_id, actor=self.company.people["max"], at=self.at), others=let_go
        )

    @happens(when=lambda self: self.network.can_tell)
    def the_network_can_or_cannot_be_asked(self) -> None:
        self.network.is_down = not self.network.is_down

    @happens(minutes=st.sampled_from([1, 20, 200]))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    def lift_everything(self) -> None:
        for stop in SendingStop.objects.filter(lifted_at=None):
            stopping.lift_stop(stop_id=stop.pk, actor=self.company.people["max"], at=self.at)
