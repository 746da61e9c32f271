"""What one can be told of on a device, in groups that people choose from."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.models import Notification

Kind = Notification.Kind

WORK = "work"
GROUPS: dict[str, tuple[Promise, tuple[Kind, ...]]] = {
    "decisions": (
        _("Decisions and deadlines"),
        (Kind.NEEDS_DECISION, Kind.DEADLINE_NEAR, Kind.DEADLINE_MISSED),
    ),
    "answers": (
        _("Your answers, and customers who write again"),
        (Kind.CUSTOMER_ANSWERED, Kind.REPLY_FAILED, Kind.SENDING_REFUSED, Kind.ANSWER_STALE, Kind.ANSWER_CHANGED),
    ),
    "notes": (_("Questions to you in notes"), (Kind.NOTE_ASKS, Kind.NOTE_ANSWERS)),
    "approvals": (_("Approvals"), tuple(kind for kind in Kind if kind.value.startswith("approval_"))),
    "policy": (_("The policy"), tuple(kind for kind in Kind if kind.value.startswith("policy_"))),
    "channels": (_("Channels and streams"), (Kind.CHANNEL_DEAF, Kind.CHANNEL_HEARD, Kind.STREAM_LIMIT)),
    WORK: (_("Conversations that come to you or your department"), ()),
}
_GROUP_OF = {kind: name for name, (_label, kinds) in GROUPS.items() for kind in kinds}


def group_of(kind: str) -> str:
    """Return the group that a kind belongs to; what belongs to no other comes as work."""
    return _GROUP_OF.get(Kind(kind), WORK)
