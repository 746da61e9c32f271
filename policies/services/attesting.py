"""Who has read the policy."""

from datetime import datetime

from django.utils.translation import gettext as _

from policies.models import Attestation, PolicyVersion
from socialhub.lib.errors import Conflict
from teams.models import User


class NotInForce(Conflict):
    """The version that was read is not, or no longer, the one in force."""

    code = "policy_not_in_force"


def attest(*, user: User, version_id: int, at: datetime) -> None:
    """Record that ``user`` has read the version in force. Harmless to call twice.

    :raises NotInForce: another version came in force meanwhile.
    """
    if not PolicyVersion.objects.in_force().filter(pk=version_id).exists():
        raise NotInForce(_("Another version came in force a moment ago. Read that one."))
    Attestation.objects.get_or_create(user=user, version_id=version_id, defaults={"at": at})
