"""Run one bench in a database made for it: ``manage.py bench NAME`` starts the servers and calls this."""

import importlib
import os
import sys

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

NAMES = (
    "inbox",
    "imports",
    "claims",
    "drafts",
    "sending",
    "crash",
    "fight",
    "streams",
    "memory",
    "hostile",
    "policy",
    "search",
    "live",
    "views",
    "flow",
    "bulk",
)


def main(name: str) -> int:
    """Return 0 when every figure of the bench holds, else 1."""
    server = conninfo_to_dict(os.environ["DATABASE_URL"]) | {"dbname": "postgres"}
    database = f"socialhub_bench_{name}"
    _recreate(make_conninfo("", **server), database)
    os.environ["DATABASE_URL"] = make_conninfo("", **(server | {"dbname": database}))
    os.environ["DJANGO_SETTINGS_MODULE"] = "socialhub.settings.development"
    os.environ["LOG_LEVEL"] = "ERROR"
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)

    from bench.figures import print_figures

    bench = importlib.import_module(f"bench.{name}")
    try:
        return 0 if print_figures(name, bench.measure()) else 1
    finally:
        connections.close_all()
        _drop(make_conninfo("", **server), database)


def _recreate(server: str, database: str) -> None:
    _drop(server, database)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _drop(server: str, database: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
