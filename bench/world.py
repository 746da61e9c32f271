"""A company for the benches, and requests through the whole stack without a socket."""

import io
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.middleware.csrf import get_token
from django.test import RequestFactory
from django.utils import timezone

from policies.models import Attestation, Clause, PolicyVersion, Rule, Target
from teams.models import Appointment, Department, Membership, Organisation, User
from teams.roles import Role
from teams.services import organisation


def make_company(*, responders: int = 1) -> dict[str, Any]:
    """Make an organisation with a policy in force, seven departments, a triage owner and responders."""
    now = timezone.now()
    if not Organisation.objects.exists():
        organisation.create_organisation(name="Bench", time_zone="Europe/Berlin", is_demo=False, at=now)
    owner = User.objects.create_user("owner@bench.example", name="Olga Owner")
    Appointment.objects.create(user=owner, role=Role.TRIAGE_OWNER)
    departments = [
        Department.objects.create(slug=f"d{number}", name=f"Department {number}", listens_for=words)
        for number, words in enumerate(
            [
                ["refund", "order", "invoice"],
                ["journalist", "press"],
                ["app", "login", "crash"],
                ["job", "hiring"],
                ["lawyer", "privacy"],
                ["idea", "feature"],
                ["price", "quote"],
            ]
        )
    ]
    people = [
        User.objects.create_user(f"r{number}@bench.example", name=f"Rita {number}") for number in range(responders)
    ]
    Membership.objects.bulk_create(
        Membership(user=person, department=departments[0], role=Role.RESPONDER) for person in people
    )
    version = PolicyVersion.objects.create(number=1, title="Bench", created_at=now)
    clause = Clause.objects.create(version=version, number=1, label="1", title="When", body="We answer.")
    for position in range(20):
        Rule.objects.create(
            clause=clause,
            position=position,
            name=f"rule {position}",
            condition={"words": [f"word{position}", "refund" if position == 3 else f"other{position}"]},
            outcome={"priority": 2, "department": "d0", "disposition": "customer_service"},
        )
    for priority in (1, 2, 3, 4):
        Target.objects.create(
            version=version, priority=priority, decide_minutes=60, claim_minutes=120, answer_minutes=240
        )
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=now, binds_from=now)
    Attestation.objects.bulk_create(Attestation(user=person, version=version, at=now) for person in (owner, *people))
    return {"owner": owner, "people": people, "departments": departments, "version": version}


class Browser:
    """One signed-in person who asks the WSGI application directly."""

    def __init__(self, user: User) -> None:
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        request = RequestFactory().get("/")
        self._token = get_token(request)
        cookies = {
            settings.SESSION_COOKIE_NAME: session.session_key,
            settings.CSRF_COOKIE_NAME: request.META["CSRF_COOKIE"],
        }
        self._cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._application = WSGIHandler()

    @property
    def headers(self) -> dict[str, str]:
        """Return what their browser sends along over a socket."""
        return {"Cookie": self._cookie, "X-CSRFToken": self._token}

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None, **headers: str) -> tuple[int, bytes]:
        """Return the status and the body."""
        body = b"&".join(f"{name}={value}".encode() for name, value in (form or {}).items())
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self._cookie,
            "HTTP_X_CSRFTOKEN": self._token,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **headers,
        }
        status: list[int] = []

        def start_response(line: str, _headers: object, _error: object = None) -> None:
            status.append(int(line.split()[0]))

        response = self._application(environ, start_response)
        content = b"".join(response)
        response.close()
        return status[0], content
