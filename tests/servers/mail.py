"""Real mail servers for tests: dovecot for IMAP, exim for SMTP; needs root and Debian.

Every address at example.test exists, with the password ``secret``. Mail to
``full@`` is refused, to ``grey@`` put off, to ``gone@`` accepted and then bounced.
"""

import base64
import contextlib
import email
import email.policy
import hashlib
import hmac
import imaplib
import json
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers.mail_settings import DOVECOT, EXIM, OAUTH2

KEY = "supersecretkey-supersecretkey-12"
HOST = "127.0.0.1"


@dataclass
class MailServer:
    """Both servers on one set of mailboxes; each can be stopped and started again."""

    folder: Path
    exim: Path
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str) -> None:
        command = {
            "dovecot": ["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")],
            "exim": [str(self.exim), "-C", str(self.folder / "exim.conf"), "-bdf", "-q1m", *_own_pid(self.folder)],
        }[name]
        with (self.folder / f"{name}.out").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        for port in ("imap", "imaps", "lmtp") if name == "dovecot" else ("smtp", "smtps"):
            _await_port(self.ports[port], self.folder / f"{name}.out")

    def stop(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def settings(self, user: str = "care", **changes: object) -> dict[str, object]:
        """Return what a channel for this mailbox would be told."""
        told: dict[str, object] = {
            "address": f"{user}@example.test",
            "sender_name": "Nordlys Care",
            "sign_in": "password",
            "password": "secret",
            "our_handles": [f"{user}@example.test"],
        }
        for service in ("imap", "smtp"):
            told |= {f"{service}_host": HOST, f"{service}_port": str(self.ports[service])}
            told |= {f"{service}_security": "none"}
        return told | changes

    def send(
        self, mail: EmailMessage | bytes, *, sender: str = "anna@example.test", to: str = "care@example.test"
    ) -> None:
        """Send a mail as somebody's own program would, and wait until it has arrived."""
        before = len(self.mails(to))
        with smtplib.SMTP(HOST, self.ports["smtp"], timeout=20) as client:
            client.sendmail(sender, [to], mail if isinstance(mail, bytes) else mail.as_bytes())
        self.await_mails(to, before + 1)

    def put(self, mail: bytes, *, user: str = "care", folder: str = "INBOX", when: datetime | None = None) -> None:
        """Lay a mail into a folder, whatever it looks like."""
        with self.signed_in(user) as client:
            moment = imaplib.Time2Internaldate(when) if when else ""
            status, answer = client.append(folder, "", moment, mail)
            assert status == "OK", answer

    def mails(self, address: str, folder: str = "INBOX") -> list[EmailMessage]:
        """Read a folder as its owner's own program would, without connector or library of ours."""
        found = []
        with self.signed_in(address.partition("@")[0]) as client:
            client.select(folder, readonly=True)
            _status, (numbers,) = client.search(None, "ALL")
            for number in numbers.split():
                _status, answer = client.fetch(number, "(BODY.PEEK[])")
                found.append(email.message_from_bytes(answer[0][1], policy=email.policy.default))
        return found  # type: ignore[return-value]

    def flags(self, user: str, folder: str) -> list[bytes]:
        with self.signed_in(user) as client:
            client.select(folder, readonly=True)
            _status, answer = client.fetch("1:*", "(FLAGS)")
            return [flags for line in answer if line for flags in imaplib.ParseFlags(line)]

    def await_mails(self, address: str, count: int, folder: str = "INBOX") -> list[EmailMessage]:
        deadline = time.monotonic() + 30
        while len(found := self.mails(address, folder)) < count:
            if time.monotonic() > deadline:
                pytest.fail(f"{address} has {len(found)} mails and not {count} after 30 s.")
            time.sleep(0.1)
        return found

    def forget_numbers(self, user: str) -> None:
        """Make the server number its mails anew: another UIDVALIDITY for the same mails."""
        self.stop("dovecot")
        for known in (self.folder / "box" / f"{user}@example.test" / "Maildir").glob("dovecot*"):
            known.unlink()
        self.start("dovecot")

    def token(self, user: str = "care", *, seconds: int = 3600, is_known: bool = True) -> str:
        """Issue an access token; SMTP takes it if it ``is_known``, IMAP while it lasts."""
        now = datetime.now(UTC)
        parts = [
            {"alg": "HS256", "typ": "JWT"},
            {
                "email": f"{user}@example.test",
                "sub": user,
                "iat": int((now - timedelta(hours=2)).timestamp()),
                "exp": int((now + timedelta(seconds=seconds)).timestamp()),
            },
        ]
        told = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        token = f"{told}.{_base64(hmac.digest(KEY.encode(), told.encode(), hashlib.sha256))}"
        if is_known:
            with (self.folder / "tokens").open("a") as tokens:
                tokens.write(f"{token}: {user}\n")
        return token

    @contextlib.contextmanager
    def signed_in(self, user: str) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4(HOST, self.ports["imap"], timeout=20)
        client.login(f"{user}@example.test", "secret")
        yield client
        client.logout()


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run both servers until the block ends."""
    _require()
    folder = Path(tempfile.mkdtemp(prefix="mail-"))
    folder.chmod(0o755)
    try:
        server = MailServer(folder, _exim(folder))
        _write(server)
        try:
            server.start("dovecot")
            server.start("exim")
            yield server
        finally:
            server.stop("exim")
            server.stop("dovecot")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def letter(text: str, *, subject: str = "My order", sender: str = "anna@example.test", **headers: str) -> EmailMessage:
    """Write a mail as a customer does; ``in_reply_to`` becomes the header In-Reply-To."""
    mail = EmailMessage()
    mail["From"] = f"Anna Alm <{sender}>"
    mail["To"] = "care@example.test"
    mail["Subject"] = subject
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = make_msgid(domain="example.test")
    for name, value in headers.items():
        mail[name.replace("_", "-").title()] = value
    mail.set_content(text)
    return mail


def authority(server: MailServer) -> Path:
    """Return the certificate that both servers show; it stands for itself and for ``localhost``."""
    return server.folder / "certificate.pem"


def _require() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.fail("dovecot and exim cannot be started: that needs root on a Debian with apt-get.")
    if shutil.which("dovecot") is None or not Path("/usr/lib/dovecot/lmtp").exists():
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", "dovecot-imapd", "dovecot-lmtpd")


def _exim(folder: Path) -> Path:
    """Unpack exim without installing it: the machine's own mail server stays what it is."""
    installed = Path("/usr/sbin/exim4")
    if installed.exists():
        return installed
    if _try_apt("download", "exim4-daemon-light", folder=folder):
        _apt("update")
        _apt("download", "exim4-daemon-light", folder=folder)
    subprocess.run(["dpkg", "-x", str(next(folder.glob("exim4*.deb"))), str(folder / "exim")], check=True)
    program = folder / "exim/usr/sbin/exim4"
    if "not found" in _run(["ldd", str(program)]):
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", "libidn12")
    # It was built to look for this user before it reads its settings.
    if "Debian-exim" not in Path("/etc/passwd").read_text():
        _run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "Debian-exim"])
    return program


def _write(server: MailServer) -> None:
    folder = server.folder
    free = [socket.create_server((HOST, 0)) for _number in range(5)]
    server.ports = dict(
        zip(("imap", "imaps", "lmtp", "smtp", "smtps"), [one.getsockname()[1] for one in free], strict=True)
    )
    for one in free:
        one.close()
    for name in ("run", "box", "spool"):
        (folder / name).mkdir()
    for name in ("box", "spool"):
        shutil.chown(folder / name, "mail", "mail")
    keys = folder / "keys/default/HS256"
    keys.mkdir(parents=True)
    (keys / "default").write_text(base64.b64encode(KEY.encode()).decode())
    (folder / "tokens").touch()
    _write_certificate(folder)
    told: dict[str, Any] = {"folder": folder, "exim": server.exim, **server.ports}
    (folder / "oauth2.conf.ext").write_text(OAUTH2.format(**told))
    (folder / "dovecot.conf").write_text(DOVECOT.format(**told))
    (folder / "exim.conf").write_text(EXIM.format(**told))


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    shutil.chown(folder / "key.pem", "mail", "mail")
    (folder / "key.pem").chmod(0o640)


def _apt(*words: str, folder: Path | None = None) -> None:
    if problem := _try_apt(*words, folder=folder):
        pytest.fail(f"dovecot and exim cannot be started, because apt-get {words[0]} failed: {problem}")


def _try_apt(*words: str, folder: Path | None = None) -> str:
    """Return what went wrong, if something did."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr[-500:] or "without a word"


def _run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _await_port(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail(f"The mail server did not start: {log.read_text()[-500:]}")


def _own_pid(folder: Path) -> list[str]:
    return ["-oP", str(folder / "exim-daemon.pid")]


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
