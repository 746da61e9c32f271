"""What is wrong with a folder, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``line`` counts from 1 and is None where no line is meant."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.text}" if where else self.text


class BadFolder(Invalid):
    """A folder cannot be taken; ``problems`` are all that were found, the first ones first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(_("The folder cannot be taken as it is."))
        self.problems = list(problems)


def bad(file: str, text: str, line: int | None = None) -> BadFolder:
    """Return the refusal for one thing that is wrong."""
    return BadFolder([Problem(file, line, text)])
