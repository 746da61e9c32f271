"""What colleagues say beside conversations, and whose word some answers need: planned after everything else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from socialhub.demo import staffing
from socialhub.demo.lives import signed
from socialhub.demo.plan import PlannedConversation, Step, StepKind

APPROVERS = ("mette", "nora")
# What the company says about these goes out with a manager's word only.
APPROVED_TOPICS = {"battery_recall_rumour", "battery_fire", "press_enquiry", "legal_threat", "app_privacy"}
# Where answers stand that are before their approvers at the end: one of each.
STANDING = ("asked", "rejected", "proposed", "approved")
SHORTEST = timedelta(minutes=2)
ASKING_SHARE = 0.16
# Of those that lie open, some still wait for the answer of a colleague.
WAITING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks another department, and what comes back."""

    department: str
    text: str
    answer: str


QUESTIONS: dict[str, tuple[Question, ...]] = {
    "order_late": (
        Question("sales", "Is the container with the autumn orders through customs?", "Since Tuesday. Ten days."),
        Question("it", "The tracking page shows nothing for this order. Is the feed down?", "It was. Look again now."),
    ),
    "refund": (
        Question("legal", "Fifteen days after delivery. Do we have to take it back?", "No, but do it this once."),
        Question("sales", "Paid by leasing: who gets the money back?", "The leasing company. I have written to them."),
    ),
    "warranty": (
        Question("product", "Is play in the hinge after a year wear, or ours?", "Ours below two millimetres. Swap it."),
        Question("legal", "Bought second-hand. Does the warranty go along?", "With the invoice, yes. Ask for it."),
    ),
    "damaged_in_transit": (
        Question("sales", "Which carrier was it? A dropped box, says the photo.", "The northern one. I claim it."),
    ),
    "app_bug": (
        Question("product", "Known on the older displays?", "Yes, fixed in 4.2. It is out on Thursday."),
        Question("customer-service", "Do you have more of these?", "Four since Monday, all on the same phone."),
    ),
    "battery_range": (
        Question("customer-service", "Has anybody measured this battery?", "Yes: 92 per cent. It is the cold."),
    ),
    "price_outrage": (
        Question("sales", "What do we say about the new prices?", "Steel and shipping; and the lights are in now."),
    ),
    "battery_recall_rumour": (
        Question("product", "Is there anything to this?", "Nothing. All packs of that number passed twice."),
        Question("legal", "May we name the maker of the cells?", "No. Say that they are tested, and where."),
    ),
    "press_enquiry": (
        Question("product", "How many frames are affected, for print?", "112, all called back by letter in March."),
    ),
    "legal_threat": (
        Question("customer-service", "Was the refund promised in writing?", "Yes, on the 3rd. I put it in the file."),
    ),
    "sustainability": (
        Question("product", "Do the 2030 figures include the ships?", "Yes since this year; see page nine."),
    ),
    "accessibility": (
        Question("it", "Can the app be used with a screen reader?", "All but the map. That comes in spring."),
    ),
}


def add_asides(planned: Sequence[PlannedConversation], *, seed: int, until: datetime) -> None:
    """Add notes and approvals to the planned lives, between what happens there anyway."""
    rng = Random(f"asides {seed}")  # noqa: S311 - the same company every time is the point
    waiting = [
        one
        for one in planned
        if one.stage == "claimed" and not _steps(one, "replied") and until - one.steps[-1].at >= SHORTEST
    ]
    # First what always needs a manager's word, then what every visitor can read.
    waiting.sort(key=lambda one: (one.exchange.topic not in APPROVED_TOPICS, one.exchange.language != "en"))
    standing = dict(zip([id(one) for one in waiting], STANDING, strict=False))
    for one in planned:
        if id(one) in standing:
            _stand(one, standing[id(one)], rng, until)
        elif one.exchange.topic in APPROVED_TOPICS and one.stage != "claimed":
            _approve(one, rng)
        _ask_colleagues(one, rng, until)


def _ask_colleagues(one: PlannedConversation, rng: Random, until: datetime) -> None:
    """Let the holder ask another department before they answer."""
    choices = [
        question for question in QUESTIONS.get(one.exchange.topic, ()) if question.department != one.exchange.department
    ]
    claimed = _steps(one, "claimed")
    is_open = one.stage == "claimed"
    if not choices or not claimed or rng.random() > (WAITING_SHARE if is_open else ASKING_SHARE):
        return
    question, begins = rng.choice(choices), claimed[-1]
    ends = min((step.at for step in one.steps if step.at > begins.at), default=until)
    if ends - begins.at < SHORTEST:
        return
    asked = Step(
        "note", _soon(begins.at, ends, 0.2, minutes=12), begins.by, question.text, department=question.department
    )
    one.steps.append(asked)
    if not is_open or rng.random() > WAITING_SHARE:
        by = staffing.colleague(rng, question.department, one.exchange.language)
        one.steps.append(Step("note", _soon(begins.at, ends, 0.6, minutes=55), by, question.answer, is_answer=True))
    one.steps.sort(key=lambda step: step.at)


def _approve(one: PlannedConversation, rng: Random) -> None:
    """Let every answer of a conversation be approved before it goes out, where there was time."""
    replied = _steps(one, "replied")
    before = [max(step.at for step in one.steps if step.at < reply.at) for reply in replied]
    if not replied or min(reply.at - at for reply, at in zip(replied, before, strict=True)) < SHORTEST:
        return
    _need_approval(one)
    for reply, at in zip(replied, before, strict=True):
        one.steps.append(Step("asked_approval", _soon(at, reply.at, 0.4, minutes=20), reply.by, reply.text))
        one.steps.append(Step("approved", _soon(at, reply.at, 0.8, minutes=45), rng.choice(APPROVERS)))
    one.steps.sort(key=lambda step: step.at)


def _stand(one: PlannedConversation, standing: str, rng: Random, until: datetime) -> None:
    """Leave the answer of a held conversation before those who approve it."""
    last = one.steps[-1].at
    holder = _steps(one, "claimed")[-1].by
    line = next(line.text for line in one.exchange.lines if line.speaker == "brand")
    _need_approval(one)
    one.steps.append(
        Step("asked_approval", _soon(last, until, 0.3, minutes=25), holder, signed(line, holder, one.channel))
    )
    at, by = _soon(last, until, 0.7, minutes=70), rng.choice(APPROVERS)
    if standing == "approved":
        one.steps.append(Step("approved", at, by))
    elif standing == "rejected":
        text = "We cannot promise that yet. Say what we know, and when we know more."
        one.steps.append(Step("rejected", at, by, text))
    elif standing == "proposed":
        better = signed(f"Thank you for asking. {line.split('. ')[0].rstrip('.')}.", holder, one.channel)
        one.steps.append(Step("proposed", at, by, better))


def _need_approval(one: PlannedConversation) -> None:
    one.steps = [
        replace(step, choice=replace(step.choice, needs_approval=True)) if step.choice is not None else step
        for step in one.steps
    ]


def _steps(one: PlannedConversation, kind: StepKind) -> list[Step]:
    return [step for step in one.steps if step.kind == kind]


def _soon(earlier: datetime, later: datetime, share: float, *, minutes: int) -> datetime:
    """Return a moment between two others, in the hours in which the earlier one was."""
    return (earlier + min((later - earlier) * share, timedelta(minutes=minutes))).replace(microsecond=0)
