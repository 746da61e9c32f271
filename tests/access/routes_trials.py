"""Who may try a version of the policy on the past, and read what came of it."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
# A draft is there for its editors and reviewers only.
READING  = "302 200 200 404 404 404 404 404 403"
LED      = "302 302 302 404 404 404 404 404 403"
EDITED   = "302 302 302 403 403 403 403 403 403"

API_READING = "401 200 200 404 404 404 404 404 403"

ROUTES: dict[str, dict[str, Use]] = {
    "policy/versions/<int:number>/trials/": {
        "GET":  use("policy/versions/2/trials/", READING),
        "POST": use("policy/versions/2/trials/", LED, first="2026-01-01", last="2026-03-01"),
    },
    "policy/trials/<int:back_test_id>/": {"GET": use("policy/trials/{trial}/", READING)},
    "policy/trials/<int:back_test_id>/progress/": {"GET": use("policy/trials/{trial}/progress/", LED)},
    "policy/trials/<int:back_test_id>/cancel/": {"POST": use("policy/trials/{trial_underway}/cancel/", EDITED)},
    "policy/trials/<int:back_test_id>/compare/": {
        "GET": use("policy/trials/{trial}/compare/?with={trial}", READING),
    },
    "api/policy/versions/<int:pk>/trials/": {
        "GET":  use("api/policy/versions/{draft}/trials/", API_READING),
        "POST": use("api/policy/versions/{draft}/trials/", "401 201 201 404 404 404 404 404 403",
                    since="2026-01-01T00:00:00Z", until="2026-03-01T00:00:00Z"),
    },
    "api/policy/trials/<int:pk>/": {
        "GET":    use("api/policy/trials/{trial}/", API_READING),
        # The version in force, which all may read: only who edits the policy may try it.
        "DELETE": use("api/policy/trials/{trial_underway}/", "401 204 204 403 403 403 403 403 403"),
    },
}
