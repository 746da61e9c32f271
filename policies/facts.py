"""What a decision may look at. Filled by whoever asks; knows no database."""

from dataclasses import dataclass, field

from socialhub.lib.wording import Wording


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """A conversation as the policy sees it."""

    text: str
    language: str = ""
    sentiment: float | None = None
    reach: int | None = None
    channel_kind: str = ""
    wording: Wording = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wording", Wording(self.text))
