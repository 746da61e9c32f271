"""Forms that make something, carried out once however often they are sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from teams.models import SentForm

# Nobody clicks twice a day apart; who comes back to an older page means another thing.
KEPT_FOR = timedelta(days=1)


def make_once(*, digest: UUID, make: Callable[[], str | int], at: datetime) -> str:
    """Make what a form asks for and return the id that ``make`` gives, or that of what the same form made before.

    Of several at once the first makes it and the others wait for its answer. Whatever
    ``make`` raises undoes that the form was sent. It runs in a transaction: it asks no network.
    """
    with transaction.atomic():
        sent, is_first = SentForm.objects.get_or_create(digest=digest, defaults={"sent_at": at})
        if not is_first:
            return sent.made
        sent.made = str(make())
        sent.save(update_fields=["made"])
        SentForm.objects.filter(sent_at__lt=at - KEPT_FOR).delete()
    return sent.made
