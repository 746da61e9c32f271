"""From an exchange to the steps that people took with it."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from listening.practice.authors import invent_author
from listening.practice.compose import follow_up
from listening.practice.corpus import load
from listening.practice.exchanges import Line
from socialhub.demo import staffing
from socialhub.demo.company import CHANNELS
from socialhub.demo.plan import ChoicePlan, PlannedConversation, Step, StepKind, fit_before
from socialhub.demo.rhythm import TRIAGE, Shift, after_work, awake
from socialhub.demo.takeaways import TAKEAWAYS

# Working minutes that half of the conversations of a priority take, before the latest month.
DECIDE = {1: 6, 2: 20, 3: 62, 4: 150}
CLAIM = {1: 6, 2: 26, 3: 105, 4: 240}
WRITE = {1: 9, 2: 24, 3: 34, 4: 38}

NOTES = (
    "Please telephone, do not write.",
    "Third message from this person this year. Be generous.",
    "Watch the tone, this one is being read by many.",
    "Legal has seen it; facts only.",
    "Short and warm is enough.",
    "Check with the workshop before promising a date.",
    "They wrote to the mail address as well. One answer is enough.",
    "Ask for the photo, then decide on the spot.",
    "Local press follows this account.",
    "Good occasion to mention the loan bikes.",
)
REASON_INSTEAD = {"app_outage": "duplicate"}
CHANNEL = {channel.key: channel for channel in CHANNELS}


def signed(text: str, by: str, channel: str) -> str:
    """Return an answer with the name of who gives it."""
    name = staffing.signature(by)
    return f"{text}\n\n{name}\nTavolund" if channel == "mail" else f"{text} – {name}"


class Life:
    """Writes the steps of one planned conversation."""

    def __init__(self, rng: Random, planned: PlannedConversation, until: datetime) -> None:
        self._rng = rng
        self._planned = planned
        self._exchange = planned.exchange
        self._until = until
        self._now = planned.opened_at
        self._steps: list[Step] = []
        self._holder = ""
        self._outcome = self._exchange.outcome
        age = until - planned.opened_at
        self._pace = 0.62 if age < timedelta(days=30) else 0.85 if age < timedelta(days=60) else 1.0

    def expire(self, *, decided: bool) -> None:
        """Let nobody handle it, until a triage owner says so."""
        if decided:
            self._decide()
        self._now += timedelta(days=self._rng.uniform(6, 11))
        self._now = after_work(self._now, 30, TRIAGE)
        self._step("closed", by=self._duty(), outcome="expired")
        self._finish()

    def leave_unanswered(self) -> None:
        """Let the triage owner decide that nobody answers."""
        self._bystanders()
        self._work(DECIDE, TRIAGE)
        reason = self._exchange.reason or REASON_INSTEAD.get(self._exchange.topic, "no_value_added")
        choice = ChoicePlan("no_response", reason, self._exchange.priority, "", "")
        self._step("decided", by=self._duty(), choice=choice)
        self._finish()

    def assign(self, *, after_closing: bool) -> None:
        """Bring it into a department's queue: from triage, or because the customer came back."""
        if after_closing:
            self._answer_fully()
            self._reopen()
        else:
            self._decide()
        self._finish()

    def claim(self, *, trouble: str = "", answered: bool = False) -> None:
        """Let somebody hold it, perhaps with an answer that did not go out or a customer who wrote again."""
        self._decide()
        self._take()
        lines = self._talk()
        if trouble:
            self._reply(lines[0].text, state=trouble)
        elif answered:
            self._reply(lines[0].text)
            self._hear(follow_up(self._exchange, self._rng, "more"), timedelta(minutes=self._rng.uniform(8, 200)))
        self._finish()

    def wait(self) -> None:
        """Let it be answered and wait for the customer."""
        self._decide()
        self._take()
        self._converse(self._talk(), close=False)
        self._finish()

    def close(self, *, reopened: bool = False) -> None:
        """Let it run to its end; ``reopened`` customers come back once."""
        self._answer_fully()
        if reopened:
            self._reopen()
            self._take(other=self._rng.random() < 0.5)
            self._reply(self._again())
            self._end()
        self._finish()

    def _answer_fully(self) -> None:
        self._decide()
        self._take()
        if self._rng.random() < 0.03:
            self._now += timedelta(minutes=self._rng.uniform(4, 90))
            self._step("released", by=self._holder)
            self._take(other=True)
        self._converse(self._talk(), close=True)

    def _talk(self) -> list[Line]:
        return [line for line in self._exchange.lines[1:] if line.speaker != "bystander"]

    def _decide(self) -> None:
        self._bystanders()
        self._work(DECIDE, TRIAGE)
        right = self._choice(self._exchange.department)
        duty = self._duty()
        if self._rng.random() < 0.02 and self._exchange.department != "customer-service":
            self._step("decided", by=duty, choice=self._choice("customer-service"))
            self._work(CLAIM, TRIAGE)
        self._step("decided", by=duty, choice=right)

    def _choice(self, department: str) -> ChoicePlan:
        exchange, rng = self._exchange, self._rng
        is_private = exchange.visibility == "private" and CHANNEL[self._planned.channel].has_private_replies
        offered = staffing.colleague(rng, department, exchange.language) if rng.random() < 0.08 else ""
        note = rng.choice(NOTES) if exchange.topic != "app_outage" and rng.random() < 0.07 else ""
        return ChoicePlan(
            exchange.disposition,
            "",
            exchange.priority,
            department,
            "private" if is_private else "public",
            offered,
            note,
        )

    def _take(self, *, other: bool = False) -> None:
        choice = next((step.choice for step in reversed(self._steps) if step.choice), None)
        department = choice.department if choice else self._exchange.department
        self._work(CLAIM, staffing.shift_of(department))
        offered = choice.offered_to if choice and not self._holder else ""
        self._holder = offered or staffing.colleague(
            self._rng, department, self._exchange.language, other_than=self._holder if other else ""
        )
        self._step("claimed", by=self._holder)

    def _converse(self, lines: list[Line], *, close: bool) -> None:
        while lines and not close and lines[-1].speaker == "customer":
            lines.pop()
        if lines and self._rng.random() < 0.004:
            self._reply(lines[0].text, state="failed")
        for line in lines:
            if line.speaker == "brand":
                self._reply(line.text)
            else:
                self._hear(line.text, line.after)
        if close:
            self._end()

    def _again(self) -> str:
        pool = load().shared(self._exchange.language, load().topics[self._exchange.topic].scene, "seconds")
        line = next((line.text for line in reversed(self._exchange.lines) if line.speaker == "brand"), "")
        return self._rng.choice([text for text in pool if "{" not in text] or [line])

    def _reply(self, text: str, *, state: str = "sent") -> None:
        self._work(WRITE, staffing.shift_of(self._exchange.department))
        self._step("replied", by=self._holder, text=signed(text, self._holder, self._planned.channel), state=state)

    def _hear(self, text: str, after: timedelta) -> None:
        self._now = awake(self._now + after)
        self._step("heard", text=text)

    def _reopen(self) -> None:
        self._hear(follow_up(self._exchange, self._rng, "again"), timedelta(hours=self._rng.uniform(15, 80)))
        self._step("reopened")

    def _end(self) -> None:
        thanked = bool(self._steps) and self._steps[-1].kind == "heard"
        self._now = after_work(
            self._now,
            self._rng.lognormvariate(3.2 if thanked else 5.9, 0.7),
            staffing.shift_of(self._exchange.department),
        )
        self._step("closed", by=self._holder, outcome=self._outcome)

    def _bystanders(self) -> None:
        medium = CHANNEL[self._planned.channel].medium
        for line in self._exchange.lines:
            if line.speaker == "bystander":
                author = invent_author(self._rng, load(), language=self._exchange.language, medium=medium)
                minutes = self._rng.uniform(1, 5)
                self._steps.append(
                    Step("heard", self._planned.opened_at + timedelta(minutes=minutes), text=line.text, author=author)
                )
                self._now = max(self._now, self._steps[-1].at)

    def _work(self, medians: dict[int, int], shift: Shift) -> None:
        minutes = self._rng.lognormvariate(0, 0.85) * medians[self._exchange.priority] * self._pace
        if self._exchange.topic == "app_outage":
            minutes = min(minutes, 45)
        if self._exchange.priority == 1:
            # At any hour: somebody is on call.
            self._now += timedelta(minutes=minutes)
        else:
            self._now = after_work(self._now, minutes, shift)

    def _duty(self) -> str:
        return staffing.triage_owner_on_duty(self._rng, self._now)

    def _step(self, kind: StepKind, **parts: Any) -> None:
        self._steps.append(Step(kind, self._now, **parts))

    def _finish(self) -> None:
        times = fit_before(self._planned.opened_at, self._until, [step.at for step in self._steps])
        steps = [replace(step, at=at) for step, at in zip(self._steps, times, strict=True)]
        steps += self._takeaways(steps)
        self._planned.steps = sorted(steps, key=lambda step: step.at)

    def _takeaways(self, steps: list[Step]) -> list[Step]:
        decided = next((step for step in steps if step.kind == "decided"), None)
        if decided is None:
            return []
        found = []
        for spec in TAKEAWAYS.get(self._exchange.topic, ()):
            if self._rng.random() < spec.share:
                minutes = self._rng.lognormvariate(4.3, 1.0)
                at = after_work(decided.at, minutes, staffing.shift_of(spec.department)) + timedelta(seconds=1)
                if at <= self._until:
                    text = self._rng.choice(spec.texts).format(who=self._exchange.author.name)
                    by = staffing.writer_of(self._rng, spec.department)
                    found.append(Step("takeaway", at, by=by, text=text, department=spec.department, takeaway=spec.kind))
        return found
