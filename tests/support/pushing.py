"""A push service on this machine, and a browser that it belongs to: it decrypts what it is sent."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from teams.services.pushing import text_of

AUTH = b"sixteen letters!"


class PushService:
    """Takes messages for one browser; ``status`` is what it answers, and ``retry_after`` what it asks to wait."""

    def __init__(self) -> None:
        self.status = 201
        self.retry_after = "0"
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.browser_key = ec.generate_private_key(ec.SECP256R1())
        self.endpoint = ""
        self.trusted = ssl.create_default_context()
        # One more for every connection that a silent one took.
        self.asked = threading.Semaphore(0)
        self._taken: list[socket.socket] = []

    @property
    def keys(self) -> dict[str, str]:
        """What the browser hands in beside its address."""
        return {"p256dh": text_of(self._point), "auth": text_of(AUTH)}

    @property
    def _point(self) -> bytes:
        return self.browser_key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def hang_up(self) -> None:
        """End the connections that a silent one took."""
        for one in self._taken:
            one.close()

    def take(self, listener: socket.socket) -> None:
        """Take every connection, until nobody listens any more, and say nothing."""
        with contextlib.suppress(OSError):
            while True:
                self._taken.append(listener.accept()[0])
                self.asked.release()

    def opened(self) -> list[bytes]:
        """What the browser reads."""
        return [self._opened(body) for _headers, body in self.received]

    def _opened(self, body: bytes) -> bytes:
        """Decrypt as RFC 8291 and RFC 8188 say, by nothing of what encrypts."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        point, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        shared = self.browser_key.exchange(ec.ECDH(), sender)
        secret = _derived(shared, salt=AUTH, info=b"WebPush: info\0" + self._point + point, length=32)
        key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
        nonce = _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
        text, mark, padding = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\2")
        assert (mark, padding.strip(b"\0")) == (b"\2", b"")
        return text


@contextlib.contextmanager
def push_service() -> Iterator[PushService]:
    """Run one over https on a free port until the block ends."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(service.status)
            self.send_header("Retry-After", service.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with tempfile.TemporaryDirectory() as folder:
        certificate = _certificate(Path(folder))
        server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        service.trusted.load_verify_locations(certificate)
        service.endpoint = f"https://127.0.0.1:{server.server_port}/send/one-browser"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextlib.contextmanager
def silent_service() -> Iterator[PushService]:
    """Run one that takes every connection and never says a word, until the block ends."""
    service = PushService()
    with socket.create_server(("127.0.0.1", 0)) as server:
        service.endpoint = f"https://127.0.0.1:{server.getsockname()[1]}/send/one-browser"
        thread = threading.Thread(target=service.take, args=[server])
        thread.start()
        try:
            yield service
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            service.hang_up()


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push service of a test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
