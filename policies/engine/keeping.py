"""What a rule of retention may look at: never the words, which it is to let go."""

from django.utils.translation import gettext as _

from policies.engine.conditions import Condition, terms_in
from policies.engine.outcomes import Outcome, Retention
from socialhub.lib.errors import Invalid

# What is known of a conversation after its words are gone, and is the same on whatever night it is asked.
TERMS_OF_KEEPING = frozenset(
    {
        "language",
        "sentiment",
        "reach",
        "author",
        "earlier",
        "channel",
        "stream",
        "spike",
        "incident",
        "private",
        "disposition",
        "visibility",
        "department",
        "priority",
        "tag",
        "reason",
    }
)


def check_looks_at_no_text(condition: Condition, outcome: Outcome) -> None:
    """Refuse a rule of retention that looks at words, answers or the time of day; other rules may.

    :raises Invalid: it does.
    """
    if not isinstance(outcome, Retention):
        return
    for term in terms_in(condition):
        if term.name not in TERMS_OF_KEEPING:
            raise Invalid(
                _("A rule of retention cannot look at “%(term)s”, only at what stays known: %(known)s.")
                % {"term": term.name, "known": ", ".join(sorted(TERMS_OF_KEEPING))},
                field="condition",
            )
