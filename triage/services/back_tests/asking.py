"""Ask for a version to be tried on the past, and think better of it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from policies.models import PolicyVersion
from policies.services import reading, trials
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.queue import wake_last
from teams.models import User
from triage.models import BackTest
from triage.models.back_test import UNDERWAY


class TriedAlready(Conflict):
    """The version is being tried this moment."""

    code = "tried_already"


class NotUnderway(Conflict):
    """The back-test is over."""

    code = "not_underway"


def start_back_test(*, version_id: int, since: datetime, until: datetime, requester: User, at: datetime) -> BackTest:
    """Let a version be tried on the conversations that began in a period, in the background.

    It is tried as it stands now: who changes its rules meanwhile stops it.

    :raises Invalid: the period has no end after its beginning, or a rule cannot be carried out.
    :raises TriedAlready: it is being tried this moment.
    """
    if since >= until:
        raise Invalid(_("The period must end after it begins."), field="until")
    if since >= at:
        raise Invalid(_("The period lies in the future."), field="since")
    reading.read_policy(version_id)
    fingerprint = trials.content_fingerprint(PolicyVersion.objects.get(pk=version_id))
    try:
        with transaction.atomic():
            asked = BackTest.objects.create(
                version_id=version_id,
                fingerprint=fingerprint,
                since=since,
                until=min(until, at),
                requested_by=requester,
                requested_at=at,
            )
            wake_last("triage.begin_back_test", back_test_id=asked.pk)
    except IntegrityError as error:
        if "triage_backtest_one_underway" not in str(error):
            raise
        raise TriedAlready(_("This version is being tried this moment. Wait for the result, or cancel it.")) from None
    return asked


def cancel_back_test(*, back_test_id: int, actor: User, at: datetime) -> None:
    """Stop a back-test; its workers notice within seconds, and what they found so far is forgotten.

    :raises NotUnderway: it is over.
    """
    with transaction.atomic():
        underway = BackTest.objects.filter(pk=back_test_id, state__in=UNDERWAY)
        if not underway.update(state=BackTest.State.CANCELLED, cancelled_by=actor, finished_at=at):
            raise NotUnderway(_("It is over already."))
        BackTest.objects.get(pk=back_test_id).parts.all().delete()


def done_so_far(asked: BackTest) -> int:
    """Return how many conversations were tried until now."""
    if not asked.is_underway:
        return asked.done_count
    return asked.parts.aggregate(n=Sum("done_count"))["n"] or 0
