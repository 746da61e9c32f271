"""Read settings from the environment, and name the variable that is wrong."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def text(name: str, default: str | None = None) -> str:
    """Return the variable ``name``.

    :raises ImproperlyConfigured: it is not set and has no default.
    """
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def flag(name: str, default: bool) -> bool:
    """Return the variable ``name`` as yes or no.

    :raises ImproperlyConfigured: it is neither.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """Return the variable ``name`` as a whole number.

    :raises ImproperlyConfigured: it is not one, or not between ``least`` and ``most``.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        found = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error
    if least is not None and found < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {found}.")
    if most is not None and found > most:
        raise ImproperlyConfigured(f"{name} must be at most {most}, not {found}.")
    return found


def words(name: str) -> list[str]:
    """Return the comma-separated variable ``name`` as a list."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def secret(name: str, default: str | None = None) -> str:
    """Return the variable ``name``, or what the file named by ``NAME_FILE`` holds.

    :raises ImproperlyConfigured: neither is there.
    """
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read.") from error
    return text(name, default)


def database(name: str, default: str) -> dict[str, Any]:
    """Return Django's settings for the PostgreSQL address in ``name``.

    Everything that libpq understands is allowed, so a company's ``sslmode`` or
    ``target_session_attrs`` needs no setting of ours.

    :raises ImproperlyConfigured: it is not a PostgreSQL address.
    """
    address = secret(name, default)
    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is not a PostgreSQL address: {error}") from error
    named = {
        "NAME": str(parts.pop("dbname", "socialhub")),
        "USER": str(parts.pop("user", "")),
        "PASSWORD": str(parts.pop("password", "")),
        "HOST": str(parts.pop("host", "")),
        "PORT": str(parts.pop("port", "")),
    }
    return {"ENGINE": "django.db.backends.postgresql", **named, "OPTIONS": parts}


def celery_broker(address: str) -> str:
    """Return the Redis address as Celery spells it.

    Django's cache and the client write a socket as ``unix://path?db=1``,
    kombu as ``redis+socket://path?virtual_host=1``.
    """
    parts = urlsplit(address)
    if parts.scheme != "unix":
        return address
    database_number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{unquote(parts.path)}?virtual_host={database_number}"


def email(name: str) -> dict[str, Any]:
    """Return Django's mail settings for an address such as ``smtp+tls://user:pass@host:587``.

    Without the variable, mails go to the log of the process that sends them.

    :raises ImproperlyConfigured: the scheme is not known.
    """
    address = secret(name, "console://")
    parts = urlsplit(address)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file":
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": parts.path}
    if parts.scheme not in {"smtp", "smtp+tls", "smtp+ssl"}:
        raise ImproperlyConfigured(f"{name} must begin with smtp://, smtp+tls://, smtp+ssl://, file:// or console://.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtp+ssl",
        "EMAIL_TIMEOUT": 20,
    }
