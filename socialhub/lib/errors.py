"""Refusals: answers that say no, with a sentence for the person who asked."""


class Refusal(Exception):
    """Something was asked for that will not be done; ``str()`` is a sentence for people."""

    code = "refused"


class Invalid(Refusal):
    """What was given cannot be used; ``field`` names where it stood, if it stood in a field."""

    code = "invalid"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Forbidden(Refusal):
    """The person may see this, but may not do it."""

    code = "forbidden"


class Conflict(Refusal):
    """The world has changed since the person looked; nothing was done."""

    code = "conflict"
