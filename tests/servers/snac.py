"""A real fediverse server, snac2 out of Debian's backports, for tests; needs root, Debian and port 80 of 127.0.0.9."""

import contextlib
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.servers.fediverse import Account

# Mentions there name no port and need no DNS for an address, so this is where it has to answer.
HOST = "127.0.0.9"
ADDRESS = f"http://{HOST}"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
RELEASE = "bookworm-backports"
NOBODY = "65534"


@dataclass
class Snac:
    """The server; it can be stopped and started again on the same data."""

    program: Path
    data: Path
    accounts: dict[str, Account] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with (self.data.parent / "snac.log").open("ab") as log:
            self.process = subprocess.Popen(
                _unprivileged(self.program, "httpd", self.data), stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{ADDRESS}/api/v1/instance", timeout=2).is_success:
                    return
            time.sleep(0.05)
        pytest.fail(f"snac did not start: {(self.data.parent / 'snac.log').read_text()[-500:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@contextlib.contextmanager
def snac(*names: str) -> Iterator[Snac]:
    """Run the server with an account of each name until the block ends."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        # It runs as somebody who must be able to enter.
        folder.chmod(0o755)
        server = Snac(_program(folder), folder / "run/data")
        server.data.parent.mkdir()
        os.chown(server.data.parent, int(NOBODY), int(NOBODY))
        _told("init", server, input=f"{HOST}\n80\n{HOST}\n\nadmin@example.test\n")
        settings = server.data / "server.json"
        told = json.loads(settings.read_text())
        told |= {"protocol": "http", "disable_email_notifications": True, "cssurls": []}
        # It delivers to itself: each post on its way takes a thread to be sent and another one to be taken in. Where
        # all of them send, it waits for itself, gives up after seconds, and tries again minutes later.
        told |= {"num_threads": 150}
        settings.write_text(json.dumps(told))
        passwords = {name: _told("adduser", server, name).split("User password is ")[1].split()[0] for name in names}
        try:
            server.start()
            for name, password in passwords.items():
                token = sign_in(name, password)
                server.accounts[name] = Account(ADDRESS, name, f"@{name}@{HOST}", token)
            yield server
        finally:
            server.stop()


def sign_in(name: str, password: str) -> str:
    """Do what a person does in a browser who lets an application in."""
    nowhere = "urn:ietf:wg:oauth:2.0:oob"
    # It drops connections that are kept open without saying so.
    with httpx.Client(base_url=ADDRESS, timeout=20, limits=httpx.Limits(max_keepalive_connections=0)) as browser:
        app = browser.post(
            "/api/v1/apps",
            data={"client_name": "Socialhub", "redirect_uris": nowhere, "scopes": "read write follow"},
        ).json()
        asked = {"client_id": app["client_id"], "redirect_uri": nowhere, "response_type": "code", "scope": "read write"}
        form = browser.get("/oauth/authorize", params=asked).text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        action = re.findall(r'action="([^"]+)"', form)[0]
        told = {name: html.unescape(value) for name, value in hidden.items()}
        code = browser.post(action, data={**told, "login": name, "passwd": password}).text
        return str(
            browser.post(
                "/oauth/token",
                data={
                    "grant_type": "authorization_code",
                    "code": code.strip(),
                    "client_id": app["client_id"],
                    "client_secret": app["client_secret"],
                    "redirect_uri": nowhere,
                },
            ).json()["access_token"]
        )


def _told(command: str, server: Snac, *arguments: str, input: str = "") -> str:
    done = subprocess.run(
        _unprivileged(server.program, command, server.data, *arguments),
        input=input,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _unprivileged(program: Path, command: str, data: Path, *arguments: str) -> list[str]:
    """It refuses to be root, and its port is a low one."""
    user = ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
    port = ["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"]
    return ["setpriv", *user, *port, str(program), command, str(data), *arguments]


def _program(folder: Path) -> Path:
    """Unpack the server out of the backports, without installing it or changing the machine's sources."""
    installed = shutil.which("snac")
    if installed:
        return Path(installed)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.fail("snac2 cannot be started: that needs root on a Debian with apt-get, or a snac2 that is installed.")
    apt = folder / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (apt / part).mkdir(parents=True)
    sources = apt / "backports.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {RELEASE} main\n")
    options = [
        f"Dir::Etc::SourceList={sources}",
        "Dir::Etc::SourceParts=/dev/null",
        f"Dir::State::Lists={apt / 'lists'}",
        f"Dir::Cache={apt / 'cache'}",
        "APT::Sandbox::User=root",
    ]
    get = ["apt-get", *(word for option in options for word in ("-o", option)), "-qq"]
    for command in (["update"], ["download", "snac2"]):
        done = subprocess.run([*get, *command], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"snac2 cannot be started, because apt-get {command[0]} failed: {done.stderr[-500:]}")
    root = folder / "root"
    subprocess.run(["dpkg", "-x", str(next(folder.glob("snac2_*.deb"))), str(root)], check=True)
    return root / "usr/bin/snac"


def _mirror() -> str:
    """Return where this machine gets its Debian from."""
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        found = re.search(r"^URIs:\s*(\S+)", file.read_text(), re.MULTILINE)
        if found and "debian" in file.read_text():
            return found[1]
    for file in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*.list"))):
        found = re.search(r"^deb\s+(?:\[.*?\]\s+)?(\S+)", file.read_text() if file.exists() else "", re.MULTILINE)
        if found:
            return found[1]
    return "http://deb.debian.org/debian"
