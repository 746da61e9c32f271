"""What words look like in the indexes: their stems, in every language of which we keep stems."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.utils.translation import gettext as _

from socialhub.lib.stemming import CONFIGURATIONS, PLAIN
from triage.finding.language import Said, Sought, Term

LANGUAGES = tuple(dict.fromkeys((PLAIN, *CONFIGURATIONS.values())))


@dataclass(frozen=True, slots=True)
class Stems:
    """A query of the full-text search as PostgreSQL writes it; ``wanted`` and ``excluded`` may be empty.

    ``is_common`` says that some language has nothing but words in it that are left out of its index.
    """

    wanted: str = ""
    excluded: str = ""
    is_common: bool = False

    def __bool__(self) -> bool:
        return bool(self.wanted or self.excluded)

    @property
    def remark(self) -> str:
        """What is to be said of words that are not looked for; empty where there are none."""
        if not self.is_common:
            return ""
        return _("Some of these words are in almost every text of their language and are not looked for there.")

    @property
    def text(self) -> str:
        """The whole query."""
        parts = [f"({self.wanted})"] if self.wanted else []
        parts += [f"!({self.excluded})"] if self.excluded else []
        return " & ".join(parts)

    @property
    def query(self) -> "Written":
        """The whole query as an expression."""
        return Written(self.text)


class Written(SearchQuery):
    """A query as PostgreSQL has written it, used as it stands."""

    template = "%(expressions)s::tsquery"

    def __init__(self, written: str) -> None:
        super().__init__(written, search_type="raw")


def stems_of(said: Sought) -> Stems:
    """Return the stems of groups of words: one query."""
    wanted = [group for group in said.groups if not all(term.is_excluded for term in group)]
    excluded = [group for group in said.groups if all(term.is_excluded for term in group)]
    if not said:
        return Stems()
    parameters: list[str] = []
    # What says none of several lacks one of them: ``-a OR -b``.
    columns = [
        " && ".join(_one_of(group, parameters) for group in wanted) or "''::tsquery",
        " || ".join(_all_of(group, parameters) for group in excluded) or "''::tsquery",
    ]
    # Only our own words are in the statement; what people wrote goes beside it.
    statement = f"SELECT ({columns[0]})::text, ({columns[1]})::text FROM unnest(%s::regconfig[]) AS language"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, list(LANGUAGES)])
        rows = cursor.fetchall()
    found = [row[0] for row in rows]
    return Stems(
        wanted=" | ".join(f"({query})" for query in dict.fromkeys(found) if query),
        excluded=" | ".join(f"({query})" for query in dict.fromkeys(row[1] for row in rows) if query),
        is_common=bool(wanted) and not all(found),
    )


def _one_of(group: Sequence[Term], parameters: list[str]) -> str:
    return "(" + " || ".join(_stem(term, parameters, is_turned=term.is_excluded) for term in group) + ")"


def _all_of(group: Sequence[Term], parameters: list[str]) -> str:
    return "(" + " && ".join(_stem(term, parameters, is_turned=False) for term in group) + ")"


def _stem(term: Term, parameters: list[str], *, is_turned: bool) -> str:
    if not isinstance(term.what, Said):
        raise TypeError(term)
    parameters.append(term.what.text)
    # Several words come of one where there are signs in it: ``e-mail``, ``@name``.
    return f"{'!!' if is_turned else ''}phraseto_tsquery(language, %s)"
