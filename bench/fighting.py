"""People who all want the same conversations, each over a connection of their own."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.world import Browser, make_company
from listening.heard import HeardItem
from listening.models import Channel, Mention
from listening.services import ingest
from teams.models import Appointment, Membership, User
from teams.roles import Role
from triage.models import Reply, ThreadEntry
from triage.services.arriving import intake
from triage.services.decisions import deciding
from triage.services.sending import outbox
from triage.states import Disposition, Priority, ReplyState, Visibility

Told = dict[str, Any]


class Fight:
    """What is fought over, who fights, and what they were answered."""

    def __init__(self, *, said: dict[int, int], channel: Channel, version_id: int) -> None:
        self.said = said
        self.channel = channel
        self.version_id = version_id
        self.answers: Counter[str] = Counter()
        self.fighters: list[Fighter] = []
        self.seconds = 0.0
        self.is_over = threading.Event()

    @classmethod
    def over(cls, count: int, *, people: int, ports: list[int], seed: int = 1) -> "Fight":
        """Let so many customers speak, and put so many people before the processes on ``ports``."""
        company = make_company(responders=people)
        for person in company["people"][: max(1, people // 8)]:
            Membership.objects.filter(user=person).update(role=Role.LEAD)
        for person in company["people"][-max(1, people // 8) :]:
            Appointment.objects.create(user=person, role=Role.TRIAGE_OWNER)
        channel = Channel.objects.create(name="Bench", kind="practice", created_at=timezone.now())
        now = timezone.now()
        items = [
            HeardItem(
                external_id=f"said-{n}", text=f"The power is out in street {n}.", published_at=now, author_id=str(n)
            )
            for n in range(count)
        ]
        ingest.store_items(channel=channel, items=items, at=now)
        intake.take_in_everything(at=now)
        said = dict(ThreadEntry.objects.values_list("conversation", "mention"))
        # Those who answer see a conversation once it is theirs; a tenth is left for the fight to decide.
        choice = deciding.Choice(
            disposition=Disposition.CUSTOMER_SERVICE,
            priority=Priority.NORMAL,
            department=company["departments"][0],
            visibility=Visibility.PUBLIC,
        )
        for pk in sorted(said)[count // 10 :]:
            deciding.decide(conversation_id=pk, choice=choice, triage_owner=company["owner"], fence=0, at=now)
        fight = cls(said=said, channel=channel, version_id=company["version"].pk)
        # As they are now: some have become leads or triage owners since they were made.
        fight.fighters = [
            Fighter(
                fight, User.objects.get(pk=person.pk), ports[number % len(ports)], random.Random(f"{seed} {number}")
            )
            for number, person in enumerate(company["people"])
        ]
        return fight

    def go_on(self, *, seconds: float) -> None:
        """Let everybody at it; meanwhile customers speak on, and a worker sends."""
        began = time.monotonic()
        works = [*(fighter.fight for fighter in self.fighters), self._send, self._speak]
        threads = [threading.Thread(target=self._run, args=[work]) for work in works]
        for thread in threads:
            thread.start()
        self.is_over.wait(seconds)
        self.is_over.set()
        for thread in threads:
            thread.join()
        self.seconds = time.monotonic() - began
        self.answers = sum((fighter.answers for fighter in self.fighters), Counter())

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    def _send(self) -> None:
        while not self.is_over.wait(0.2):
            due = Reply.objects.filter(state=ReplyState.QUEUED, not_before_at__lte=timezone.now())
            for reply_id in due.values_list("pk", flat=True)[:20]:
                outbox.deliver(reply_id=reply_id, at=timezone.now())

    def _speak(self) -> None:
        chance = random.Random(0)
        while not self.is_over.wait(0.5):
            conversation_id = chance.choice(list(self.said))
            first = Mention.objects.filter(entry__conversation=conversation_id, is_ours=False).earliest("pk")
            item = HeardItem(
                external_id=f"more-{uuid.uuid4()}",
                text="Is anybody there?",
                published_at=timezone.now() - timedelta(seconds=1),
                author_id=first.profile.external_id,
                in_reply_to=first.external_id,
            )
            ingest.store_items(channel=self.channel, items=[item], at=timezone.now())
            intake.take_in_everything(at=timezone.now())
            self.said[conversation_id] = Mention.objects.get(channel=self.channel, external_id=item.external_id).pk


class Fighter:
    """One person who looks at a conversation and does something about it, again and again."""

    def __init__(self, fight: Fight, person: User, port: int, chance: random.Random) -> None:
        self.answers: Counter[str] = Counter()
        self.person = person
        # The hand-overs that were asked of them.
        self.asked: list[int] = []
        self._fight = fight
        self._chance = chance
        self._headers = Browser(person).headers | {"Accept": "application/json"}
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def fight(self) -> None:
        """Go on until it is over."""
        acts = [self._decide, *[self._claim] * 4, self._claim_on_the_page, self._release, self._hand_over, self._accept]
        acts += [
            self._take_over,
            self._draft,
            self._draft,
            self._send,
            self._send,
            self._wait,
            self._close,
            self._reopen,
        ]
        conversations = list(self._fight.said)
        while not self._fight.is_over.is_set():
            pk = self._chance.choice(conversations)
            seen = self._ask("GET", f"/api/conversations/{pk}/")
            if seen is None:
                continue
            # Mostly goes on with what it holds, as a person does.
            for _ in range(self._chance.randrange(1, 5)):
                self._chance.choice(acts)(pk, seen)
                seen = self._ask("GET", f"/api/conversations/{pk}/") or seen
        self._line.close()

    def _decide(self, pk: int, seen: Told) -> None:
        choice: Told = {"disposition": "customer_service", "department": "d0", "visibility": "public"}
        if self._chance.random() < 0.1:
            choice = {"disposition": "no_response", "reason": "rant"}
        self._ask("POST", f"/api/conversations/{pk}/decisions/", choice | {"fence": seen["fence"]})

    def _claim(self, pk: int, seen: Told) -> None:
        self._ask("POST", f"/api/conversations/{pk}/claim/")

    def _claim_on_the_page(self, pk: int, seen: Told) -> None:
        self._ask("POST", f"/conversations/{pk}/claim/", Accept="text/html")

    def _release(self, pk: int, seen: Told) -> None:
        self._ask("DELETE", f"/api/conversations/{pk}/claim/?fence={seen['fence']}")

    def _hand_over(self, pk: int, seen: Told) -> None:
        taker = self._chance.choice(self._fight.fighters)
        wish = {"taker": taker.person.pk, "fence": seen["fence"]}
        asked = self._ask("POST", f"/api/conversations/{pk}/hand-overs/", wish)
        if asked is not None:
            taker.asked.append(asked["id"])

    def _accept(self, pk: int, seen: Told) -> None:
        if self.asked:
            how = self._chance.choice(["accept", "accept", "decline"])
            self._ask("POST", f"/api/hand-overs/{self._chance.choice(self.asked[-5:])}/{how}/")

    def _take_over(self, pk: int, seen: Told) -> None:
        wish = {"reason": "They are ill.", "to_queue": self._chance.random() < 0.5, "fence": seen["fence"]}
        self._ask("POST", f"/api/conversations/{pk}/take-over/", wish)

    def _draft(self, pk: int, seen: Told) -> None:
        words = {"body": f"We are on our way, says {self.person.name}. {self._chance.random()}", "fence": seen["fence"]}
        self._ask("PUT", f"/api/conversations/{pk}/draft/", words)

    def _send(self, pk: int, seen: Told) -> None:
        answer = {
            "key": str(uuid.uuid4()),
            "body": f"We are on our way, says {self.person.name}.",
            "fence": seen["fence"],
            "mention": self._fight.said[pk],
            "policy_version": self._fight.version_id,
            "closes": self._chance.random() < 0.5,
        }
        self._ask("POST", f"/api/conversations/{pk}/replies/", answer)

    def _wait(self, pk: int, seen: Told) -> None:
        self._ask("POST", f"/api/conversations/{pk}/wait/", {"fence": seen["fence"]})

    def _close(self, pk: int, seen: Told) -> None:
        self._ask("POST", f"/api/conversations/{pk}/close/", {"fence": seen["fence"], "outcome": "resolved"})

    def _reopen(self, pk: int, seen: Told) -> None:
        self._ask("POST", f"/api/conversations/{pk}/reopen/")

    def _ask(self, method: str, path: str, body: Told | None = None, **headers: str) -> Told | None:
        """Ask, count the answer, and return it where it was done."""
        sent = json.dumps(body or {}) if method != "GET" else None
        told = self._headers | {"Content-Type": "application/json"} | headers
        try:
            self._line.request(method, path, sent, told)
            answer = self._line.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.answers["broken"] += 1
            self._line.close()
            return None
        is_done = answer.status < 400
        self.answers["done" if is_done else str(answer.status)] += 1
        return json.loads(content) if is_done and content[:1] == b"{" else None
