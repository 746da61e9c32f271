"""A small service of the AT Protocol in this process: it keeps posts, pages them, and fails when it is told to."""

import base64
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
US = "did:plc:us"
ANNA = "did:plc:anna"
POSTS = "app.bsky.feed.post"


@dataclass
class Fault:
    """What a request is answered instead: a refusal, or an answer that breaks off in its middle."""

    status: int = 200
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    # Done all the same: the request is carried out and only its answer is lost.
    after: bool = False
    body: bytes | None = None


def token(name: str, until: datetime) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": int(until.timestamp())}).encode()).decode().rstrip("=")
    return f"{name}.{claims}.signature"


def uri(key: str, did: str = ANNA) -> str:
    return f"at://{did}/{POSTS}/{key}"


class Bluesky:
    """The far side: ``posts`` by address, ``told`` the notifications, newest first when asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.host = f"127.0.0.1:{port}"
        self.password = "app-password"
        self.access = token("access-1", NOON + timedelta(hours=2))
        self.refresh = "refresh-1"
        self.posts: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        self.params: list[tuple[str, dict[str, Any]]] = []
        self.faults: dict[str, list[Fault]] = {}
        self.blocked: set[str] = set()
        self.blobs: list[tuple[str, bytes]] = []
        self.page = 100
        self.headers: dict[str, str] = {}

    def settings(self) -> dict[str, object]:
        """Return a channel that has signed in."""
        return {"handle": "nordlys.test", "app_password": self.password, "service": self.url}

    def say(self, key: str, text: str = "Hello", *, did: str = ANNA, at: datetime = NOON, **record: Any) -> str:
        """Write a post, or another text under the same address."""
        address = uri(key, did)
        record = {"$type": POSTS, "text": text, "createdAt": _iso(at), **record}
        name = "nordlys" if did == US else did.rsplit(":", 1)[1]
        self.posts[address] = {
            "uri": address,
            "cid": f"cid-{key}-{crc32(text.encode())}",
            "author": {"did": did, "handle": f"{name}.test", "displayName": name.title(), "viewer": {}},
            "record": record,
            "indexedAt": _iso(at),
            "viewer": {},
        }
        return address

    def mention(self, key: str, text: str = "@nordlys.test hello", *, reason: str = "mention", **more: Any) -> str:
        """Write a post of which we are told."""
        address = self.say(key, text, **more)
        self.told.append({"uri": address, "reason": reason})
        return address

    def fail(self, method: str, *faults: Fault) -> None:
        self.faults.setdefault(method, []).extend(faults)

    # Each method of the protocol, spelled our way, answers a status and what.

    def create_session(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked["password"] != self.password:
            return 401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
        return 200, self._session()

    def refresh_session(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked["token"] != self.refresh:
            return 400, {"error": "ExpiredToken", "message": "Token has expired"}
        self.access, self.refresh = token("access-2", NOON + timedelta(hours=4)), "refresh-2"
        return 200, self._session()

    def get_session(self, asked: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"did": US, "handle": "nordlys.test"}

    def get_profile(self, asked: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"did": US, "handle": "nordlys.test", "followersCount": 12}

    def list_notifications(self, asked: dict[str, Any]) -> tuple[int, Any]:
        told = [self.posts[one["uri"]] | {"reason": one["reason"]} for one in self.told if one["uri"] in self.posts]
        return 200, self._paged(told, "notifications", asked)

    def get_author_feed(self, asked: dict[str, Any]) -> tuple[int, Any]:
        posts = [post for post in self.posts.values() if post["author"]["did"] == asked["actor"]]
        answer = self._paged(posts, "feed", asked)
        return 200, answer | {"feed": [{"post": post} for post in answer["feed"]]}

    def search_posts(self, asked: dict[str, Any]) -> tuple[int, Any]:
        return 200, self._paged([p for p in self.posts.values() if asked["q"] in p["record"]["text"]], "posts", asked)

    def get_posts(self, asked: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"posts": [self.posts[uri] for uri in asked["uris"] if uri in self.posts.keys() - self.blocked]}

    def get_post_thread(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked["uri"] not in self.posts:
            return 400, {"error": "NotFound", "message": "Post not found"}
        return 200, {"thread": {"$type": "app.bsky.feed.defs#blockedPost"}}

    def resolve_handle(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked["handle"] != "anna.test":
            return 400, {"error": "InvalidRequest", "message": "Unable to resolve handle"}
        return 200, {"did": ANNA}

    def get_record(self, asked: dict[str, Any]) -> tuple[int, Any]:
        post = self.posts.get(uri(asked["rkey"], asked["repo"]))
        if post is None:
            return 400, {"error": "RecordNotFound", "message": "Could not locate record"}
        return 200, {"uri": post["uri"], "cid": post["cid"], "value": post["record"]}

    def put_record(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if uri(asked["rkey"], asked["repo"]) in self.posts:
            return 400, {"error": "InvalidSwap", "message": "Record was at a cid"}
        record = asked["record"]
        more = {name: value for name, value in record.items() if name not in {"text", "$type", "createdAt"}}
        address = self.say(asked["rkey"], record["text"], did=asked["repo"], **more)
        return 200, {"uri": address, "cid": self.posts[address]["cid"]}

    def upload_blob(self, asked: dict[str, Any]) -> tuple[int, Any]:
        self.blobs.append((asked["type"], asked["content"]))
        ref = {"$link": f"blob-{len(self.blobs)}"}
        return 200, {"blob": {"$type": "blob", "ref": ref, "mimeType": asked["type"], "size": len(asked["content"])}}

    def delete_record(self, asked: dict[str, Any]) -> tuple[int, Any]:
        self.posts.pop(uri(asked["rkey"], asked["repo"]), None)
        return 200, {}

    def _session(self) -> dict[str, Any]:
        return {"accessJwt": self.access, "refreshJwt": self.refresh, "did": US, "handle": "nordlys.test"}

    def _paged(self, posts: list[dict[str, Any]], name: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a page as the AppView does: marked by the time of its last entry, even when it is the last page."""
        rows = sorted(posts, key=lambda post: post["indexedAt"], reverse=True)
        if "cursor" in asked:
            rows = [post for post in rows if post["indexedAt"] < asked["cursor"]]
        page = rows[: min(int(asked["limit"]), self.page)]
        return {name: page, **({"cursor": page[-1]["indexedAt"]} if page else {})}


def _spelled_here(method: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", method)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def bluesky_service() -> Iterator[Bluesky]:
    """Run the service on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {
                name: values if name in {"uris", "reasons"} else values[0]
                for name, values in parse_qs(urlsplit(self.path).query).items()
            }
            self._answer(asked)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path.endswith(".uploadBlob"):
                return self._answer({"content": body, "type": self.headers["Content-Type"]})
            return self._answer(json.loads(body or b"{}"))

        def _answer(self, asked: dict[str, Any]) -> None:
            method = urlsplit(self.path).path.rsplit(".", 1)[-1]
            told.asked[method] += 1
            told.params.append((method, dict(asked)))
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            fault = told.faults[method].pop(0) if told.faults.get(method) else None
            act: Callable[[dict[str, Any]], tuple[int, Any]] = getattr(told, _spelled_here(method))
            if fault is not None and not fault.after and not fault.cut and fault.body is None:
                status, answer = fault.status, {"error": fault.error, "message": fault.error}
            elif method not in {"createSession", "refreshSession"} and bearer != told.access:
                status, answer = 400, {"error": "InvalidToken", "message": "Token could not be verified"}
            else:
                status, answer = act({**asked, "token": bearer})
                if fault is not None and fault.after:
                    status, answer = fault.status, {"error": fault.error}
            body = json.dumps(answer).encode() if fault is None or fault.body is None else fault.body
            self.send_response(status)
            for name, value in (told.headers | (fault.headers if fault else {})).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault is not None and fault.cut else body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Bluesky(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
