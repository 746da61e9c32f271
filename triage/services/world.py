"""What has changed in a conversation since somebody wrote their answer."""

from django.utils.translation import gettext as _

from listening.models import Mention


def newest_inbound_id(conversation_id: int) -> int | None:
    """Return the mention that was heard last and is not ours."""
    inbound = Mention.objects.filter(entry__conversation=conversation_id, is_ours=False)
    return inbound.order_by("-pk").values_list("pk", flat=True).first()


def changes_since(conversation_id: int, *, mention_id: int, policy_version_id: int, in_force_id: int) -> list[str]:
    """Return in sentences what the writer had not before them; nothing when all is as they saw it.

    ``mention_id`` and ``policy_version_id`` are what they saw, ``in_force_id`` is the version in force now.
    """
    changes = []
    if newest_inbound_id(conversation_id) != mention_id:
        changes.append(_("There is a new message in this conversation."))
    if policy_version_id != in_force_id:
        changes.append(_("A new version of the policy has come into force."))
    return changes
