"""A word of thanks at the end: no new work, where the policy says so."""

from listening.models import Mention
from policies.engine.rules import Policy
from policies.engine.thanks import is_closing_remark
from policies.services import reading

# Who writes so often while an answer is on its way says more than thanks.
MOST_LOOKED_AT = 5


def is_one(text: str, policy: Policy) -> bool:
    """Say whether a message neither reopens a conversation nor starts a clock."""
    return policy.passes_over_thanks and is_closing_remark(text)


def only_thanks_since(conversation_id: int, *, mention_id: int) -> bool:
    """Say whether the customer has said something after a message, and only thanks."""
    policy = reading.policy_in_force()
    inbound = Mention.objects.filter(
        entry__conversation=conversation_id, entry__is_copy=False, is_ours=False, is_automatic=False, deleted_at=None
    )
    later = inbound.filter(pk__gt=mention_id).order_by("pk").values_list("text", flat=True)[:MOST_LOOKED_AT]
    texts = list(later)
    return 0 < len(texts) < MOST_LOOKED_AT and all(is_one(text, policy) for text in texts)
