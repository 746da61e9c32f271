"""The files of a folder read as a version, with everything that is wrong and where."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.utils.translation import gettext as _

from policies.checking import check_rule, obstacles
from policies.document import ClauseText, Document, RuleText
from policies.engine.conditions import InvalidAt
from policies.engine.outcomes import DISPOSITIONS, Kind
from policies.engine.plain import only, refuse, text
from policies.folder.packing import MAIN
from policies.folder.problems import BadFolder, Problem, bad
from policies.folder.writing import FORMAT
from policies.folder.yaml_text import Located, Place, read_yaml
from policies.parts import PARTS
from policies.parts.base import Files

MOST_CLAUSES = 500
MOST_RULES = 5000
LONGEST_BODY = 20_000
_HEADING = re.compile(r"#[ \t]+(\S.*)\Z")
Read = TypeVar("Read")


def read_files(texts: Mapping[str, str]) -> Document:
    """Read the texts of a folder as a version. What has no key is given one.

    :raises BadFolder: it cannot be taken; names every problem that was found.
    """
    if MAIN not in texts:
        raise bad("", _("There is no %(file)s in this folder.") % {"file": MAIN})
    return _Reader(read_yaml(texts[MAIN], MAIN), Files(texts)).document()


class _Reader:
    """Reads on after a problem, so that all of them are told at once."""

    def __init__(self, main: Located, files: Files) -> None:
        self.main = main
        self.files = files
        self.problems: list[Problem] = []
        self.keys: dict[UUID, Place] = {}
        self.rule_count = 0

    def document(self) -> Document:
        """Return the version.

        :raises BadFolder: there are problems.
        """
        known = ("format", "title", "summary", "clauses", *(part.name for part in PARTS))
        data = self.main.data
        if not isinstance(data, Mapping):
            raise bad(MAIN, _("Write names with values here: %(known)s.") % {"known": ", ".join(known)}, 1)
        for name in data:
            if name not in known:
                told = {"word": str(name)[:40], "known": ", ".join(known)}
                self.wrong((name,), _("“%(word)s” is not known here. Known are: %(known)s.") % told)
        if data.get("format") != FORMAT:
            self.wrong(("format",), _("This folder is of another format: “format” must be %(n)d.") % {"n": FORMAT})
        title = self.tried((), partial(text, data, "title", most=120)) or ""
        summary = self.tried((), partial(text, data, "summary", most=5000, fallback="")) or ""
        clauses = self.clauses(data.get("clauses"))
        parts = {
            part.name: self.tried((part.name,), partial(part.read, data.get(part.name), self.files)) for part in PARTS
        }
        for path in sorted(set(self.files.texts) - self.files.used - {MAIN}):
            self.problems.append(Problem(path, None, _("Nothing in %(file)s names this file.") % {"file": MAIN}))
        document = Document(title, summary, clauses, parts)
        if not self.problems:
            # With a rule or clause left out, places would not be what they are in the file.
            for found in obstacles(document):
                place: Place = () if found.clause is None else ("clauses", found.clause, "rules", found.rule or 0)
                self.wrong(place, found.text)
        if self.problems:
            raise BadFolder(self.problems)
        return document

    def clauses(self, data: Any) -> Sequence[ClauseText]:
        """Read the clauses that can be read."""
        if not isinstance(data, list) or not data:
            self.wrong(("clauses",), _("A policy needs a list of clauses."))
            return []
        if len(data) > MOST_CLAUSES:
            self.wrong(("clauses",), _("A policy takes at most %(count)d clauses.") % {"count": MOST_CLAUSES})
            return []
        found = []
        for number, entry in enumerate(data):
            place = ("clauses", number)
            clause = self.tried(place, partial(self.clause, entry, place))
            if clause is not None:
                found.append(clause)
        return found

    def clause(self, data: Any, place: Place) -> ClauseText:
        """Read one clause, with its file."""
        row = only(data, ("file", "key", "level", "substantial", "may_decide", "rules"))
        key = self.key(row, place, name=row.get("file"))
        title, body = self.text_of(row.get("file"))
        level = row.get("level", 1)
        if not isinstance(level, int) or isinstance(level, bool) or level not in (1, 2):
            raise refuse(_("The level is 1 or 2."), "level")
        substantial = row.get("substantial", True)
        if not isinstance(substantial, bool):
            raise refuse(_("Say true or false."), "substantial")
        may_decide = row.get("may_decide", [])
        if not isinstance(may_decide, list) or not all(one in DISPOSITIONS for one in may_decide):
            raise refuse(_("Give a list of these: %(known)s.") % {"known": ", ".join(DISPOSITIONS)}, "may_decide")
        rules = row.get("rules") or []
        if not isinstance(rules, list):
            raise refuse(_("Give a list of rules."), "rules")
        self.rule_count += len(rules)
        if self.rule_count > MOST_RULES:
            raise refuse(_("A policy takes at most %(count)d rules.") % {"count": MOST_RULES}, "rules")
        places: list[Place] = [(*place, "rules", number) for number in range(len(rules))]
        read = [
            self.tried(where, partial(self.rule, key, entry, where)) for entry, where in zip(rules, places, strict=True)
        ]
        return ClauseText(
            key=key,
            title=title,
            body=body,
            level=level,
            may_decide=tuple(one for one in DISPOSITIONS if one in may_decide),
            is_substantial=substantial,
            rules=tuple(rule for rule in read if rule is not None),
        )

    def rule(self, clause: UUID, data: Any, place: Place) -> RuleText:
        """Read one rule as the machine will."""
        row = only(data, ("name", "key", "kind", "when", "then"))
        name = text(row, "name", most=60)
        kind = row.get("kind", Kind.ROUTING.value)
        if not isinstance(kind, str) or kind not in set(Kind):
            raise refuse(_("Give one of these: %(known)s.") % {"known": ", ".join(Kind)}, "kind")
        rule = RuleText(self.key(row, place, within=clause, name=name), name, kind, row.get("when"), row.get("then"))  # type: ignore[arg-type]
        check_rule(rule)
        return rule

    def text_of(self, path: Any) -> tuple[str, str]:
        """Return the title and the text of a clause."""
        if isinstance(path, str) and path in self.files.used:
            raise refuse(_("“%(path)s” is the file of another clause.") % {"path": path[:100]}, "file")
        written = self.files.read(path, below="clauses", place="file").strip()
        first, _line_end, rest = written.partition("\n")
        heading = _HEADING.match(first.strip())
        title = heading[1].strip() if heading else ""
        body = rest.strip()
        if not title or len(title) > 120:
            raise bad(path, _("A clause begins with a line like “# Title”, of at most 120 characters."), 1)
        if not body or len(body) > LONGEST_BODY:
            told = _("The text of a clause has 1 to %(count)d characters.") % {"count": LONGEST_BODY}
            raise bad(path, told)
        return title, body

    def key(self, row: Mapping[str, Any], place: Place, *, within: UUID = NAMESPACE_URL, name: object) -> UUID:
        """Return the key of a clause or a rule; without one the same ``name`` is always given the same."""
        given = row.get("key")
        if given is None:
            made = uuid5(within, str(name))
            made = uuid4() if made in self.keys else made
            self.keys[made] = place
            return made
        try:
            key = UUID(given)
        except (ValueError, AttributeError, TypeError):
            raise refuse(_("The key of a clause or rule is a UUID; leave it out for a new one."), "key") from None
        if key in self.keys:
            line = self.main.line((*self.keys[key], "key"))
            raise refuse(_("The same key stands on line %(line)s. Leave it out for a new one.") % {"line": line}, "key")
        self.keys[key] = place
        return key

    def tried(self, place: Place, read: Callable[[], Read]) -> Read | None:
        """Return what ``read`` makes, or None with its problem written down."""
        try:
            return read()
        except InvalidAt as refusal:
            steps: list[str | int] = [
                int(step) if step.isdecimal() else step for step in refusal.place.split(".") if step
            ]
            self.wrong((*place, *steps), refusal.bare)
        except BadFolder as refusal:
            self.problems += refusal.problems
        return None

    def wrong(self, place: Place, told: str) -> None:
        """Write down what is wrong at a place of policy.yaml."""
        self.problems.append(Problem(MAIN, self.main.line(place), told))
