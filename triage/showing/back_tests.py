"""What came of trying a version on the past, as people read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from socialhub.lib.moments import grouped
from teams.models import Department, User
from triage.models import BackTest, Conversation
from triage.showing.moves_picture import Flow, flow_picture, week_picture
from triage.states import Disposition, Priority, Visibility

# Departments with a picture of their week.
MOST_WEEKS = 8
MOST_MOVES = 12


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation to open."""

    pk: int
    author: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Move:
    """How many go from where to where, with some to look at."""

    before: str
    after: str
    n: str
    share: str
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves in one part of the suggestion."""

    part: str
    title: str
    summary: str
    picture: SafeString
    moves: list[Move]
    rest: int


@dataclass(frozen=True, slots=True)
class RuleShown:
    """What came of one rule. ``flaw`` says what is wrong with it."""

    clause: str
    name: str
    matched: str
    gave: str
    agreement: list[str]
    flaw: str
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Week:
    """When work would come to a department."""

    name: str
    total: str
    picture: SafeString


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often people decided what was suggested: then, and by the tried version."""

    part: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What became of the deadlines to decide: a line for each way."""

    label: str
    n: str
    tone: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A whole result."""

    tiles: list[tuple[str, str, str]]
    moves: list[Moves]
    deadlines: list[Deadlines]
    agreement: list[Agreement]
    rules: list[RuleShown]
    flawed: list[RuleShown]
    weeks: list[Week]
    notes: list[str] = field(default_factory=list)


def part_names() -> dict[str, str]:
    """Return what the parts of a suggestion are called."""
    return {
        "disposition": _("Disposition"),
        "department": _("Department"),
        "visibility": _("Visibility"),
        "priority": _("Priority"),
    }


def value_names(departments: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what the values of each part are called, in the order in which they are shown."""
    return {
        "disposition": {**{one.value: str(one.label) for one in Disposition}, "": _("No suggestion")},
        "department": {**departments, "": _("No department")},
        "visibility": {one.value: str(one.label) for one in Visibility},
        "priority": {str(one.value): f"{one.value} {one.label}" for one in Priority},
    }


def department_names() -> dict[str, str]:
    """Return the names of all departments, also of closed ones, by slug."""
    return dict(Department.objects.order_by("name").values_list("slug", "name"))


def show(asked: BackTest, reader: User) -> Shown:
    """Return the result for ``reader``, who is shown no conversation that they may not see."""
    result = asked.result
    names = value_names(department_names())
    seen = _visible(result, reader)
    rules = [_rule(rule, result["rules"], seen) for rule in result["rules"]]
    return Shown(
        tiles=_tiles(result),
        moves=[_moves(part, result, names[part], seen) for part in ("disposition", "department", "priority")],
        deadlines=_deadlines(result["deadlines"]),
        agreement=[
            Agreement(
                name,
                share_of(result["agreement_before"].get(part, {})),
                share_of(result["agreement_after"].get(part, {})),
            )
            for part, name in part_names().items()
        ],
        rules=rules,
        flawed=[rule for rule in rules if rule.flaw],
        weeks=_weeks(result["load"], names["department"]),
        notes=_notes(result, seen),
    )


def percent_of(n: int, whole: int) -> str:
    """Return a share as people read it; a dash of nothing."""
    # Rounded first: the format itself only cuts off.
    return f"{number_format(round(n / whole * 100, 1), 1)} %" if whole else "–"


def share_of(counts: Mapping[str, int]) -> str:
    """Return how often people agreed, of how many."""
    whole = counts.get("agreed", 0) + counts.get("differed", 0)
    if not whole:
        return "–"
    told = {"share": percent_of(counts.get("agreed", 0), whole), "n": grouped(whole)}
    return _("%(share)s of %(n)s") % told


def missed(counts: Mapping[str, int]) -> tuple[int, int]:
    """Return how many deadlines to decide were missed then, and would be by the tried version."""
    before = sum(n for way, n in counts.items() if way.startswith("missed>"))
    return before, sum(n for way, n in counts.items() if way.endswith(">missed"))


def _visible(result: Mapping[str, Any], reader: User) -> dict[int, Example]:
    wanted = {pk for moves in result["examples"].values() for shown in moves.values() for pk in shown}
    wanted |= {pk for rule in result["rules"] for shown in rule.get("examples", {}).values() for pk in shown}
    found = Conversation.objects.visible_to(reader).filter(pk__in=wanted)
    return {pk: Example(pk, *rest) for pk, *rest in found.values_list("pk", "author_name", "snippet")}


def _tiles(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    before, after = missed(result["deadlines"])
    known = sum(n for way, n in result["deadlines"].items() if not way.startswith(">"))
    agreed = result["agreement_after"].get("disposition", {})
    was = share_of(result["agreement_before"].get("disposition", {}))
    idle = sum(not rule["matched"] for rule in result["rules"])
    return [
        (_("Tried"), grouped(result["count"]), _("conversations")),
        (_("Would change"), grouped(result["moved"]), percent_of(result["moved"], result["count"])),
        (
            _("Deadlines to decide missed"),
            grouped(after),
            _("then %(n)s of %(all)s") % {"n": grouped(before), "all": grouped(known)},
        ),
        (_("People decided as suggested"), share_of(agreed), _("%(share)s then") % {"share": was}),
        (
            _("Decided by rules themselves"),
            grouped(result["by_rule_after"]),
            _("then %(n)s") % {"n": grouped(result["by_rule_before"])},
        ),
        (_("Rules that never apply"), grouped(idle), _("of %(n)s") % {"n": grouped(len(result["rules"]))}),
    ]


def _notes(result: Mapping[str, Any], seen: Mapping[int, Example]) -> list[str]:
    notes = []
    if n := result["incomplete"]:
        sentence = ngettext(
            "%(n)s conversation began before all that rules look at was kept: of it only text, language and mood are"
            " known.",
            "%(n)s conversations began before all that rules look at was kept: of them only text, language and mood are"
            " known.",
            n,
        )
        notes.append(sentence % {"n": grouped(n)})
    # Of trials from before it was counted nothing is known.
    if n := result.get("erased", 0):
        sentence = ngettext(
            "%(n)s conversation of this time was not tried: its words are erased.",
            "%(n)s conversations of this time were not tried: their words are erased.",
            n,
        )
        notes.append(sentence % {"n": grouped(n)})
    if not seen and any(result["examples"].values()):
        notes.append(_("There are conversations to look at, but your roles do not let you open them."))
    return notes


def _moves(part: str, result: Mapping[str, Any], names: Mapping[str, str], seen: Mapping[int, Example]) -> Moves:
    counts: dict[tuple[str, str], int] = {}
    for way, n in result["moves"][part].items():
        before, _sign, after = way.partition(">")
        counts[before, after] = n
    total = sum(counts.values())
    known = {side: names.get(side, side) for pair in counts for side in pair}
    order = [side for side in (*names, *sorted(set(known) - set(names))) if side in known]
    place = {side: number for number, side in enumerate(order)}
    flows = [
        Flow(place[before], place[after], n, _way(known[before], known[after], n, total))
        for (before, after), n in counts.items()
    ]
    moved = sorted(((n, pair) for pair, n in counts.items() if pair[0] != pair[1]), key=lambda one: (-one[0], one[1]))
    going = sum(n for n, _pair in moved)
    title = part_names()[part]
    sentence = ngettext("%(n)s of %(all)s would move.", "%(n)s of %(all)s would move.", going)
    summary = sentence % {"n": grouped(going), "all": grouped(total)}
    return Moves(
        part=part,
        title=title,
        summary=summary,
        picture=flow_picture(
            f"moves-{part}", [_short(known[side]) for side in order], flows, title=title, description=summary
        ),
        moves=[
            Move(
                known[before],
                known[after],
                grouped(n),
                percent_of(n, total),
                _seen(result["examples"][part].get(f"{before}>{after}", []), seen),
            )
            for n, (before, after) in moved[:MOST_MOVES]
        ],
        rest=max(len(moved) - MOST_MOVES, 0),
    )


def _way(before: str, after: str, n: int, total: int) -> str:
    told = {"before": before, "after": after, "n": grouped(n), "share": percent_of(n, total)}
    if before == after:
        return _("%(before)s stays: %(n)s (%(share)s).") % told
    return _("From %(before)s to %(after)s: %(n)s (%(share)s).") % told


def _short(name: str, longest: int = 22) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"


def _seen(wanted: Iterable[int], seen: Mapping[int, Example]) -> list[Example]:
    return [seen[pk] for pk in wanted if pk in seen]


def _deadlines(counts: Mapping[str, int]) -> list[Deadlines]:
    lines = [
        ("met>met", _("Met then, and would be"), ""),
        ("met>missed", _("Met then, would be missed"), "urgent"),
        ("missed>met", _("Missed then, would be met"), "ok"),
        ("missed>missed", _("Missed then, and would be"), "warn"),
        (">met", _("Would be met; nothing known of then"), ""),
        (">missed", _("Would be missed; nothing known of then"), "warn"),
        (">", _("Still undecided, and in time"), ""),
        ("missed>", _("Missed then, would be still in time"), "ok"),
    ]
    return [Deadlines(label, grouped(counts[way]), tone) for way, label, tone in lines if counts.get(way)]


def _rule(rule: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], seen: Mapping[int, Example]) -> RuleShown:
    agreement = []
    for part, name in part_names().items():
        counts = {kind: rule.get(kind, {}).get(part, 0) for kind in ("agreed", "differed")}
        if any(counts.values()):
            agreement.append(f"{name}: {share_of(counts)}")
    return RuleShown(
        clause=rule["clause"],
        name=rule["name"],
        matched=grouped(rule["matched"]),
        gave=grouped(rule["gave"]),
        agreement=agreement,
        flaw=_flaw(rule, {one["key"]: one for one in rules}),
        examples=_seen(dict.fromkeys(pk for shown in rule.get("examples", {}).values() for pk in shown), seen),
    )


def _flaw(rule: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]) -> str:
    if not rule["matched"]:
        return _("Never applies.")
    if rule["gave"]:
        return ""
    if rule["shadowed_by"]:
        other = rules[rule["shadowed_by"][0]]
        told = {"clause": other["clause"], "rule": other["name"]}
        return _("Has no say: “%(rule)s” of clause %(clause)s always comes first.") % told
    return _("Has no say: earlier rules always come first.")


def _weeks(load: Mapping[str, Mapping[str, int]], departments: Mapping[str, str]) -> list[Week]:
    totals = {slug: sum(hours.values()) for slug, hours in load.items()}
    most = max((n for hours in load.values() for n in hours.values()), default=0)
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    weeks: list[Week] = []
    for slug in sorted(totals, key=lambda slug: -totals[slug])[:MOST_WEEKS]:
        name = departments.get(slug, slug)
        counts = {int(hour): n for hour, n in load[slug].items()}
        tips = {number: f"{days[number // 24]} {number % 24:02}:00: {grouped(n)}" for number, n in counts.items()}
        total = grouped(totals[slug])
        peak = max(counts, key=lambda number: (counts[number], -number))
        told = {"name": name, "n": total, "day": days[peak // 24], "hour": f"{peak % 24:02}:00"}
        description = _("%(n)s for %(name)s, most of them on %(day)s at %(hour)s.") % told
        picture = week_picture(f"week-{len(weeks)}", counts, tips, days, most=most, title=name, description=description)
        weeks.append(Week(name, total, picture))
    return weeks
