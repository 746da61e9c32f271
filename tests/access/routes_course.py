"""Who may take the course, and see who is through with it."""

from tests.access.table import Use, use

# Columns: anonymous, administrator, policy editor, manager, triage owner,
# responder, responder of another, listener, nobody: see ``tests.access.world.ACTORS``.
LEARNING = "302 200 200 200 200 200 200 200 403"
LEARNED = "302 302 302 302 302 302 302 302 403"
AUDITING = "302 200 200 200 403 403 403 403 403"

# fmt: off
ROUTES: dict[str, dict[str, Use]] = {
    "course/": {"GET": use("course/", LEARNING)},
    "course/start/": {"POST": use("course/start/", LEARNED)},
    "course/put-away/": {"POST": use("course/put-away/", LEARNED)},
    "course/people/": {"GET": use("course/people/", AUDITING)},
    "course/people/file/": {"GET": use("course/people/file/", AUDITING)},
}
# fmt: on
