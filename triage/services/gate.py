"""The gate before deciding, answering and approving: who acts has attested what binds them."""

from datetime import datetime

from django.utils.translation import gettext as _

from policies.engine.rules import Policy
from policies.services import binding, reading
from socialhub.lib.errors import Forbidden
from teams.models import User


class NotAttested(Forbidden):
    """The person has not attested the policy in force."""

    code = "not_attested"


def must_attest(user: User, *, at: datetime) -> bool:
    """Say whether what ``user`` does under the policy in force would be refused, to tell them early."""
    return not binding.may_act_under(user, version_id=reading.policy_in_force().version_id, at=at)


def check_deciding(user: User, policy: Policy, *, at: datetime) -> None:
    """Let ``user`` decide under the policy in force, as ``check`` lets them answer.

    :raises NotAttested: as there.
    """
    check(user, policy, at=at, refusal=_("Read and attest the policy in force before you decide."))


def check(user: User, policy: Policy, *, at: datetime, refusal: str = "") -> None:
    """Let ``user`` act under the policy in force; what they do then names this very version.

    Whoever publishes another meanwhile comes after: what is done here was done before that.

    :raises NotAttested: they have not attested what binds them, and no grace lets them go on.
    """
    if not binding.may_act_under(user, version_id=policy.version_id, at=at):
        raise NotAttested(refusal or _("Read and attest the policy in force before you answer."))
