"""The same form sent twice, as a double click does without JavaScript, makes one thing.

The page gives each form a key (``{% once %}``). The key alone would refuse what somebody
writes after they came back to the page, so what the form holds counts, too: the same under
one key is the same thing, something else is another.
"""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID, uuid5

from django.http import HttpRequest
from django.utils import timezone

from teams.http import signed_in
from teams.services import sent_forms

FIELD = "once"
# They differ from one page to the next, and say nothing of what is asked for.
_NOT_HELD = frozenset({FIELD, "csrfmiddlewaretoken"})


def make_once(request: HttpRequest, make: Callable[[], str | int]) -> str:
    """Make what the form asks for and return the id that ``make`` gives, or that of what the same form made before.

    A form without a key is carried out each time. Refusals of ``make`` pass through.
    """
    try:
        key = UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return str(make())
    held = [(name, values) for name, values in sorted(request.POST.lists()) if name not in _NOT_HELD]
    files = [(name, [(file.name, file.size) for file in files]) for name, files in sorted(request.FILES.lists())]
    digest = uuid5(key, f"{signed_in(request).pk} {request.path} {urlencode(held, doseq=True)} {files}")
    return sent_forms.make_once(digest=digest, make=make, at=timezone.now())
