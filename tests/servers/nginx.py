"""A real web server, nginx out of Debian, that serves feeds; needs Debian's apt-get or an nginx that is installed."""

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  log_format asked escape=json '{{"at": "$uri", "status": $status, "known": "$http_if_none_match", '
    '"since": "$http_if_modified_since", "packed": "$sent_http_content_encoding", "etag": "$sent_http_etag"}}';
  access_log {folder}/asked.log asked;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  types {{ application/rss+xml rss; application/atom+xml atom; application/feed+json json; }}
  gzip on;
  gzip_types application/rss+xml application/atom+xml application/feed+json;
  gzip_min_length 1;
  gzip_proxied any;
  limit_req_zone $uri zone=few:1m rate=1r/m;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/www;
    location /plain/ {{ gzip off; }}
    location /moved/ {{ rewrite ^/moved/(.*)$ /$1 permanent; }}
    location /for-now/ {{ rewrite ^/for-now/(.*)$ /$1 redirect; }}
    location /locked/ {{ auth_basic "Members"; auth_basic_user_file {folder}/nobody; }}
    location /gone/ {{ return 410; }}
    location /broken/ {{ return 500; }}
    location /away/ {{ add_header Retry-After 90 always; return 503; }}
    location /few/ {{ limit_req zone=few; limit_req_status 429; add_header Retry-After 60 always; }}
    location /slow/ {{ gzip off; limit_rate 20000; }}
    location /told/ {{ include {folder}/told.conf; }}
  }}
}}
"""


@dataclass
class Nginx:
    """The server; what is written into ``pages`` is served, and it can be stopped and started again."""

    program: Path
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pages(self) -> Path:
        return self.folder / "www"

    def url(self, path: str) -> str:
        return f"http://{self.host}/{path}"

    def write(self, path: str, text: str) -> str:
        """Serve ``text`` at ``path`` at once and whole, and return its address."""
        file = self.pages / path
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(file.name + ".new")
        fresh.write_text(text)
        fresh.replace(file)
        return self.url(path)

    def asked(self, name: str, count: int) -> list[dict[str, Any]]:
        """Return what was asked for the page ``name``, ``count`` times; it is written down just after the answer."""
        log = self.folder / "asked.log"
        deadline = time.monotonic() + 5
        while True:
            lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
            found = [line for line in lines if line["at"].endswith(f"/{name}")]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def start(self) -> None:
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=self.port))
        self.process = subprocess.Popen(
            [self.program, "-p", self.folder, "-e", self.folder / "error.log", "-c", configuration],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        pytest.fail(f"nginx did not start: {(self.folder / 'error.log').read_text()[-500:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process = None


@contextlib.contextmanager
def nginx(folder: Path, *, told: str = "") -> Iterator[Nginx]:
    """Run the server until the block ends; ``told`` is what it says with every page under ``/told/``."""
    (folder / "www").mkdir()
    (folder / "nobody").touch()
    (folder / "told.conf").write_text(told)
    server = Nginx(_program(folder), folder, _free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _program(folder: Path) -> Path:
    """Unpack the server without installing it: an installed one would start by itself."""
    installed = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if installed:
        return Path(installed)
    if shutil.which("apt-get") is None:
        pytest.fail("nginx cannot be started: that needs a Debian with apt-get, or an nginx that is installed.")
    download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "nginx"]
    for command in (download, ["apt-get", "-qq", "update"], download):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if found := list(folder.glob("nginx_*.deb")):
            subprocess.run(["dpkg", "-x", found[0], folder / "program"], check=True)
            return folder / "program/usr/sbin/nginx"
    return pytest.fail(f"nginx cannot be started, because apt-get download failed: {done.stderr[-500:]}")
