"""A server of the Mastodon family in this process, with the paging, the ids and the faults that a test gives it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "acme-token"
ACME = {"id": "1", "username": "acme", "acct": "acme", "display_name": "Acme", "url": "https://far.example/@acme"}
BOB = {
    "id": "2",
    "username": "bob",
    "acct": "bob@pub.example",
    "display_name": "Bob",
    "url": "https://pub.example/@bob",
    "uri": "https://pub.example/users/bob",
    "followers_count": 7,
}


@dataclass
class Fault:
    """What happens instead of an answer: a status with headers, or a connection cut after some bytes of the body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    cut_after: int | None = None
    is_done_all_the_same: bool = False
    times: int = 1


@dataclass
class MastodonServer:
    """What is there, newest first as the network lists it, and what was asked and posted."""

    port: int = 0
    notifications: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    tagged: dict[str, list[str]] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)
    posted: list[dict[str, str]] = field(default_factory=list)
    pictures: list[tuple[Any, str, bytes, str]] = field(default_factory=list)
    takes_pictures_at: tuple[str, ...] = ("/api/v2/media",)
    looks: int = 0
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    # What posts were written as, which some servers do not tell, and what was changed.
    sources: dict[str, str] = field(default_factory=dict)
    revised: list[dict[str, list[str]]] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    instance: dict[str, Any] = field(default_factory=dict)
    # As Mastodon does it; others answer with the newest page and leave out what lies between.
    walks_forward: bool = True
    page_size: int = 40
    events: list[tuple[str, str]] = field(default_factory=list)
    streams: bool = False
    tokens: dict[str, dict[str, Any]] = field(default_factory=lambda: {TOKEN: ACME})
    _next: int = 100

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"http://{self.host}"

    def status(self, text: str, *, account: dict[str, Any] = BOB, **told: Any) -> dict[str, Any]:
        """Put a post on the server."""
        self._next += 1
        number = str(self._next)
        name = account["username"]
        status = {
            "id": number,
            "uri": f"https://pub.example/users/{name}/statuses/{number}",
            "url": f"https://pub.example/@{name}/{number}",
            "created_at": "2026-11-22T11:00:00.000Z",
            "account": account,
            "content": f"<p>{text}</p>",
            "visibility": "public",
            "spoiler_text": "",
            "language": "en",
            "in_reply_to_id": None,
            "edited_at": None,
            "reblog": None,
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            **told,
        }
        self.statuses[number] = status
        return status

    def mention(self, text: str, **told: Any) -> dict[str, Any]:
        """Put a post on the server of which our account is told."""
        status = self.status(text, **told)
        self.notify("mention", status)
        return status

    def notify(self, kind: str, status: dict[str, Any] | None) -> None:
        self._next += 1
        told = {"id": str(self._next), "type": kind, "created_at": "2026-11-22T11:00:00.000Z", "account": BOB}
        self.notifications.insert(0, {**told, "status": status})

    def tag(self, name: str, text: str, **told: Any) -> dict[str, Any]:
        """Put a post under a hashtag."""
        status = self.status(f"{text} #{name}", tags=[{"name": name}], **told)
        self.tagged.setdefault(name, []).insert(0, status["id"])
        return status

    def remove(self, status: dict[str, Any]) -> None:
        """Take a post back, as its author does: some servers keep a notification without it."""
        del self.statuses[status["id"]]
        for notification in self.notifications:
            if notification["status"] is status:
                notification["status"] = None

    def paths(self) -> list[str]:
        return [urlsplit(asked).path for asked in self.asked]

    def answer(self, path: str, query: dict[str, str], token: str) -> Any:
        """Return what the network answers to a GET; None is 404."""
        *_start, last = path.split("/")
        if path == "/api/v1/accounts/verify_credentials":
            return self.tokens[token]
        if path == "/api/v2/instance":
            return self.instance or None
        if path == "/api/v1/instance":
            return {"title": "Far", "version": "4.3.0", "configuration": {"statuses": {"max_characters": 500}}}
        if path == "/api/v1/notifications":
            return self.page(self.notifications, query)
        if path.startswith("/api/v1/accounts/"):
            number = path.split("/")[4]
            own = [status for status in reversed(self.statuses.values()) if status["account"]["id"] == number]
            return self.page(own, query)
        if path.startswith("/api/v1/timelines/tag/"):
            return self.page([self.statuses[number] for number in self.tagged.get(unquote(last), [])], query)
        if path == "/api/v2/search":
            numbers = self.found.get(query["q"], [])
            by_address = [status for status in self.statuses.values() if status["uri"] == query["q"]]
            return {"statuses": [self.statuses[number] for number in numbers] + by_address}
        if path.startswith("/api/v1/media/"):
            return self._picture(last)
        if last == "source":
            number = path.split("/")[-2]
            return {"id": number, "text": self.sources[number]} if number in self.sources else None
        if last == "context":
            number = path.split("/")[-2]
            if number not in self.statuses:
                return None
            below = [status for status in self.statuses.values() if status["in_reply_to_id"] == number]
            return {"ancestors": [], "descendants": below}
        return self.statuses.get(last)

    def revise(self, path: str, told: dict[str, list[str]]) -> dict[str, Any] | None:
        """Let a post say something else; None is 404."""
        self.revised.append(told)
        number = path.split("/")[-1]
        if number not in self.statuses:
            return None
        if number in self.sources:
            self.sources[number] = told["status"][0]
        self.statuses[number] |= {"content": f"<p>{told['status'][0]}</p>", "edited_at": "2026-11-22T12:00:00.000Z"}
        return self.statuses[number]

    def delete(self, path: str) -> dict[str, Any] | None:
        """Delete a post; None is 404."""
        return self.statuses.pop(path.split("/")[-1], None)

    def page(self, newest_first: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        limit = min(int(query.get("limit", 20)), self.page_size)
        after, before = int(query.get("min_id", 0)), int(query.get("max_id", 10**9))
        between = [entry for entry in newest_first if after < int(entry["id"]) < before]
        return between[-limit:] if "min_id" in query and self.walks_forward else between[:limit]

    def upload(self, path: str, kind: str, content: bytes) -> dict[str, Any] | None:
        """Take a picture; it is ready after it was asked for ``looks`` times. None is 404."""
        if path not in self.takes_pictures_at:
            return None
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
        fields = {part.get_param("name", header="Content-Disposition"): part for part in form.get_payload()}
        file, told = fields["file"], fields.get("description")
        words = told.get_payload(decode=True).decode() if told is not None else ""
        self.pictures.append((file.get_filename(), file.get_content_type(), file.get_payload(decode=True), words))
        return self._picture(str(len(self.pictures)))

    def _picture(self, number: str) -> dict[str, Any]:
        self.looks -= 1
        return {"id": number, "type": "image", "url": None if self.looks > 0 else f"https://pub.example/{number}.jpg"}

    def publish(self, told: dict[str, str], key: str) -> dict[str, Any]:
        self.posted.append(told)
        self.keys.append(key)
        parent = self.statuses.get(told["in_reply_to_id"])
        return self.status(
            told["status"],
            account=ACME,
            in_reply_to_id=parent["id"] if parent else None,
            visibility=told["visibility"],
        )


@contextmanager
def mastodon_server() -> Iterator[MastodonServer]:
    """Run the server on a free port until the block ends."""
    told = MastodonServer()
    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told, stopped))
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(told: MastodonServer, stopped: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            told.asked.append(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/api/v1/streaming/user" and told.streams:
                return self._stream()
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            return self._tell(parts.path, lambda: told.answer(parts.path, query, token))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/media"):
                told.asked.append(self.path)
                return self._tell(self.path, lambda: told.upload(self.path, self.headers["Content-Type"], content))
            body = content.decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            told.asked.append(self.path)
            return self._tell(self.path, lambda: told.publish(form, self.headers["Idempotency-Key"]))

        def do_PUT(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._tell(self.path, lambda: told.revise(self.path, form))

        def do_DELETE(self) -> None:
            self._tell(self.path, lambda: told.delete(self.path))

        def _tell(self, path: str, answer: Callable[[], Any]) -> None:
            fault = told.faults.get(f"{self.command} {path}")
            if fault is not None:
                fault.times -= 1
                if not fault.times:
                    del told.faults[f"{self.command} {path}"]
                if fault.cut_after is None:
                    if fault.is_done_all_the_same:
                        answer()
                    return self._send(fault.status, fault.body, fault.headers)
            is_known = self.headers.get("Authorization", "").removeprefix("Bearer ") in {"", *told.tokens}
            found = answer() if is_known else {"error": "The access token is invalid"}
            status = (200 if found is not None else 404) if is_known else 401
            self._send(status, found, told.headers, cut_after=fault.cut_after if fault else None)
            return None

        def _send(self, status: int, told: Any, headers: dict[str, str], cut_after: int | None = None) -> None:
            body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut_after])

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            sent = 0
            while not stopped.is_set():
                for name, data in told.events[sent:]:
                    if name == "end":
                        return
                    self.wfile.write(f"event: {name}\ndata: {data}\n\n".encode())
                    self.wfile.flush()
                    sent += 1
                time.sleep(0.01)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Sun, 22 Nov 2026 12:00:00 GMT"

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
