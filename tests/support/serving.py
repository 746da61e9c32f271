"""Roles of the product in processes of their own, on the database of the test, and what their pages show."""

import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from psycopg.conninfo import make_conninfo

from teams.models import User

PROJECT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def serving(*roles: list[str], **environment: str) -> Iterator[None]:
    """Run ``manage.py serve`` with each of the roles until the block ends."""
    named = {name: settings.DATABASES["default"][name.upper()] for name in ("host", "port", "user", "password")}
    conninfo = make_conninfo("", dbname=connection.settings_dict["NAME"], **{k: v for k, v in named.items() if v})
    told = os.environ | {
        "DATABASE_URL": conninfo,
        "DJANGO_SETTINGS_MODULE": "socialhub.settings.test",
        "SOCIALHUB_NO_VENV": "1",
    }
    with tempfile.TemporaryFile() as log:
        started = [
            subprocess.Popen(
                [sys.executable, "manage.py", "serve", *role],
                cwd=PROJECT,
                env=told | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            for role in roles
        ]
        try:
            yield
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-5_000:])
            raise
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(30)


def ask(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
    """Return what a page answers."""
    inquiry = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        inquiry.request(method, path, body, headers or {})
        answer = inquiry.getresponse()
        page = answer.read().decode()
        assert answer.status == 200, page
        return page
    finally:
        inquiry.close()


def answers(port: int) -> bool:
    """Tell whether pages are served."""
    try:
        return ask(port, "GET", "/healthz") == "ok\n"
    except OSError:
        return False


def cookie_of(user: User) -> dict[str, str]:
    """Sign somebody in, and return what their browser sends along."""
    client = Client()
    client.force_login(user)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}
