"""One address: pages by a few threads of WSGI, which cost a third of pages by ASGI, and the stream beside them."""

import os

from a2wsgi import WSGIMiddleware
from django.conf import settings

from socialhub.wsgi import application as pages

# The stream reads models, so it is imported when Django is ready.
from socialhub.live import application as live  # isort: skip

# More threads in one process make rendering slower; more processes do not.
THREADS = int(os.environ.get("WEB_THREADS", "2"))

_pages = WSGIMiddleware(pages, workers=THREADS)  # type: ignore[arg-type]  # Django types its answer its own way


async def application(scope: live.Message, receive: live.Receive, send: live.Send) -> None:
    """Send a request to the stream or to the pages."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == settings.LIVE_URL:
        await live.application(scope, receive, send)
    elif scope["type"] == "http":
        await _pages(scope, receive, send)  # type: ignore[arg-type]  # the same protocol under other names
    else:
        await send({"type": "websocket.close"})


async def _lifespan(receive: live.Receive, send: live.Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await live.hub.close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
