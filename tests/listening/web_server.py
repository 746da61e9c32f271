import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Seconds between two bytes; 0 sends everything at once.
    drip: float = 0.0
    # Nothing is answered before it is set.
    may_go: threading.Event | None = None


@dataclass
class WebServer:
    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    # How many bytes of what drips were written.
    dripped: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


@contextmanager
def web_server() -> Iterator[WebServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, self.headers))
            answer = told.answers.get(self.path, Answer(404))
            if answer.may_go is not None:
                answer.may_go.wait(60)
            etag = answer.headers.get("ETag")
            is_known = etag is not None and self.headers.get("If-None-Match") == etag
            body = b"" if is_known else answer.body
            self.send_response(304 if is_known else answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not is_known:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                if not answer.drip:
                    self.wfile.write(body)
                for byte in body if answer.drip else b"":
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    told.dripped += 1
                    if stopped.wait(answer.drip):
                        return
            except OSError:
                pass

        def do_POST(self) -> None:
            told.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            pass

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = WebServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def packed_zeros(unpacked_bytes: int) -> bytes:
    return gzip.compress(bytes(unpacked_bytes), 9)


def elapsed_since(start: float) -> float:
    return time.monotonic() - start
