"""The machine-readable part of the policy in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.models import PolicyVersion, RuleCount, Target
from policies.services.heeding import Heeded
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
REASONS = {
    "off_topic": gettext_lazy("not about us"),
    "spam": gettext_lazy("spam or a bot"),
    "trolling": gettext_lazy("trolling"),
    "rant": gettext_lazy("a rant that an answer would feed"),
    "no_value_added": gettext_lazy("an answer would add nothing"),
    "community_answers": gettext_lazy("the community answers better"),
    "duplicate": gettext_lazy("answered elsewhere"),
    "other": gettext_lazy("another reason"),
}
VISIBILITIES = {"public": gettext_lazy("in public"), "private": gettext_lazy("in private")}


def department_names() -> dict[str, str]:
    """Return what the departments are called, by the slugs that rules name."""
    return dict(Department.objects.values_list("slug", "name"))


def words_for_heeded(heeded: Heeded | None) -> str:
    """Return how often people followed a rule, and why they did not; nothing where nobody decided on it."""
    if heeded is None or not heeded.total:
        return ""
    told = {"followed": heeded.followed, "total": heeded.total}
    text = _("Followed %(followed)d of %(total)d.") % told
    if not heeded.departed:
        return text
    reasons = [
        _("%(n)d %(reason)s") % {"n": n, "reason": RuleCount.Verdict(verdict).label}
        for verdict, n in sorted(heeded.departed.items(), key=lambda one: (-one[1], one[0]))
    ]
    return text + " " + _("Departed from: %(reasons)s.") % {"reasons": ", ".join(reasons)}


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
    return [sentence_of_target(target) for target in version.targets.order_by("priority", "disposition")]


def sentence_of_target(target: Target) -> str:
    """Return what is allowed at one priority, without a full stop."""
    name = str(PRIORITIES[target.priority]).capitalize()
    if target.disposition:
        name = _("%(priority)s, %(disposition)s") % {
            "priority": name,
            "disposition": DISPOSITIONS[target.disposition],
        }
    text = _(
        "%(priority)s: decide within %(decide)s, claim within %(claim)s, answer within %(answer)s, "
        "a claim rests at most %(idle)s"
    ) % {
        "priority": name,
        "decide": words_for_minutes(target.decide_minutes),
        "claim": words_for_minutes(target.claim_minutes),
        "answer": words_for_minutes(target.answer_minutes),
        "idle": words_for_minutes(target.idle_minutes),
    }
    if target.resolve_minutes is not None:
        text += _(", resolved within %(resolve)s") % {"resolve": words_for_minutes(target.resolve_minutes)}
    return text + _(", in opening hours") if target.hours == Target.Hours.BUSINESS else text
