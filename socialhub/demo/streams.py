"""What the invented company listens for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from listening.models import Stream
from listening.services import streams
from socialhub.demo import rhythm
from socialhub.demo.founding import Company


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream; ``review_in`` is in days from now, so that one is overdue."""

    name: str
    purpose: Stream.Purpose
    terms: tuple[str, ...]
    owner: str
    reason: str
    review_in: int
    daily_limit: int | None = None


STREAMS = (
    StreamSpec(
        "Our name",
        Stream.Purpose.NAME,
        ("Tavolund", "tavolund_bikes"),
        "nadia",
        "To notice and answer what people say to us and about us.",
        120,
    ),
    StreamSpec(
        "Tavo Cargo",
        Stream.Purpose.PRODUCT,
        ("Tavo Cargo", "cargo bike"),
        "sofie",
        "To learn what families miss before the next model is drawn.",
        45,
    ),
    StreamSpec(
        "Safety",
        Stream.Purpose.RISK,
        ("brake", "brakes", "fire", "smoke", "recall", "injured"),
        "frederik",
        "Product safety law obliges us to notice dangers early.",
        -4,
    ),
    StreamSpec(
        "Others who build bikes",
        Stream.Purpose.COMPETITOR,
        ("Plikvelo", "Ostrando", "Zwinka"),
        "henrik",
        "To know what customers compare us with.",
        80,
        daily_limit=200,
    ),
)


def listen(company: Company, *, at: datetime) -> None:
    """Make the streams, and find what they would have heard. Call it when the mentions are there."""
    # After what is in the record already.
    since = rhythm.policy_moments(at).current_from + timedelta(days=1, hours=5)
    for spec in STREAMS:
        wanted = streams.Wanted(
            name=spec.name,
            purpose=spec.purpose,
            any_terms=spec.terms,
            owner=company.people[spec.owner],
            reason=spec.reason,
            review_on=(at + timedelta(days=spec.review_in)).date(),
            daily_limit=spec.daily_limit,
        )
        streams.add_stream(wanted=wanted, actor=company.people["anders"], at=since)
