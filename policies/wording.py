"""The machine-readable part of the policy in words."""

from collections.abc import Mapping

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.models import PolicyVersion, Rule
from teams.models import Department

PRIORITIES = {
    1: gettext_lazy("urgent"),
    2: gettext_lazy("high"),
    3: gettext_lazy("normal"),
    4: gettext_lazy("low"),
}
DISPOSITIONS = {
    "no_response": gettext_lazy("do not respond"),
    "customer_service": gettext_lazy("respond as customer service"),
    "public_response": gettext_lazy("respond publicly"),
}
VISIBILITIES = {"public": gettext_lazy("in public"), "private": gettext_lazy("in private")}


def department_names() -> dict[str, str]:
    """Return what the departments are called, by the slugs that rules name."""
    return dict(Department.objects.values_list("slug", "name"))


def sentence_of_rule(rule: Rule, departments: Mapping[str, str]) -> str:
    """Return what a rule does, in one sentence; ``departments`` are names by slug."""
    condition, outcome = rule.condition, rule.outcome
    when: list[str] = []
    if condition.get("any_words"):
        words = get_text_list([f"“{word}”" for word in condition["any_words"]], _("or"))
        when.append(_("it says %(words)s") % {"words": words})
    if condition.get("languages"):
        when.append(_("it is in %(languages)s") % {"languages": get_text_list(condition["languages"], _("or"))})
    if condition.get("sentiment_below") is not None:
        when.append(_("its sentiment is below %(limit)s") % {"limit": f"{condition['sentiment_below']:+.2f}"})
    if condition.get("reach_at_least") is not None:
        when.append(_("its author reaches %(count)s or more") % {"count": f"{condition['reach_at_least']:,}"})
    then: list[str] = []
    if outcome.get("priority"):
        then.append(_("priority %(priority)s") % {"priority": PRIORITIES[outcome["priority"]]})
    if outcome.get("disposition"):
        then.append(str(DISPOSITIONS[outcome["disposition"]]))
    if outcome.get("visibility"):
        then.append(str(VISIBILITIES[outcome["visibility"]]))
    if outcome.get("department"):
        then.append(
            _("by %(department)s") % {"department": departments.get(outcome["department"], outcome["department"])}
        )
    return _("%(name)s: when %(when)s, then %(then)s.") % {
        "name": rule.name,
        "when": get_text_list(when, _("and")),
        "then": ", ".join(then),
    }


def words_for_minutes(minutes: int) -> str:
    """Return a length of time as people say it."""
    hours, rest = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    parts = []
    if days:
        parts.append(_("%(n)d d") % {"n": days})
    if hours_left:
        parts.append(_("%(n)d h") % {"n": hours_left})
    if rest or not parts:
        parts.append(_("%(n)d min") % {"n": rest})
    return " ".join(parts)


def words_for_targets(version: PolicyVersion) -> list[str]:
    """Return one line for each priority that the version names."""
    return [
        _(
            "%(priority)s: decide within %(decide)s, claim within %(claim)s, answer within %(answer)s, "
            "a claim rests at most %(idle)s"
        )
        % {
            "priority": str(PRIORITIES[target.priority]).capitalize(),
            "decide": words_for_minutes(target.decide_minutes),
            "claim": words_for_minutes(target.claim_minutes),
            "answer": words_for_minutes(target.answer_minutes),
            "idle": words_for_minutes(target.idle_minutes),
        }
        for target in version.targets.order_by("priority")
    ]
