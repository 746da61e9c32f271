"""The address that hubs call: they make sure that we asked, and tell that something is new."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from listening.services import websub_calls

MOST_BYTES = 5_000_000


@csrf_exempt
@never_cache
# Not HEAD: what a hub asks with GET is an act.
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, callback_id: str) -> HttpResponse:
    """Echo the challenge of a hub that we asked, or look at the feed that it speaks of.

    What was not asked for is answered as an address that does not exist. A wrong
    signature is answered like a right one, as WebSub has it, and does nothing.
    """
    now = timezone.now()
    try:
        if request.method == "GET":
            return _plain(websub_calls.answer_hub(callback_id=callback_id, query=request.GET, at=now), HTTPStatus.OK)
        websub_calls.require_known(callback_id=callback_id)
        body = request.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            return _plain("The body is larger than five megabytes.\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        websub_calls.receive_news(
            callback_id=callback_id, signature=request.headers.get("x-hub-signature", ""), body=body, at=now
        )
    except websub_calls.NotAsked:
        return _plain("There is no such address.\n", HTTPStatus.NOT_FOUND)
    except websub_calls.SubscriptionEnded:
        return _plain("This subscription has ended.\n", HTTPStatus.GONE)
    except UnreadablePostError:
        return _plain("The call broke off.\n", HTTPStatus.BAD_REQUEST)
    return HttpResponse(status=HTTPStatus.ACCEPTED)


def _plain(text: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
