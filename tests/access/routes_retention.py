"""Who may hold what would be erased, and see and stop the erasing."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
HOLD = {"on": "conversation", "reason": "Case 12"}

ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/hold/": {
        "GET":  use("conversations/{claimed}/hold/", "302 200 403 200 403 403 404 403 403"),
        "POST": use("conversations/{claimed}/hold/", "302 302 403 302 403 403 404 403 403", **HOLD),
    },
    "holds/": {"GET": use("holds/", "302 200 403 200 403 403 403 403 403")},
    "holds/<int:hold_id>/lift/": {
        "POST": use("holds/{hold}/lift/", "302 302 403 302 403 403 403 403 403", because="It is settled."),
    },
    "policy/retention/": {"GET": use("policy/retention/", "302 200 200 200 403 403 403 403 403")},
    "policy/retention/runs/<int:run_id>/cancel/": {
        "POST": use("policy/retention/runs/{retention_run}/cancel/", "302 302 302 403 403 403 403 403 403"),
    },
    "api/holds/": {
        "GET":  use("api/holds/", "401 200 403 200 403 403 403 403 403"),
        "POST": use("api/holds/", "401 201 403 201 403 403 403 403 403", conversation="{claimed}", reason="Case 12"),
    },
    "api/holds/<int:pk>/": {"GET": use("api/holds/{hold}/", "401 200 403 200 403 403 403 403 403")},
    "api/holds/<int:pk>/lift/": {
        "POST": use("api/holds/{hold}/lift/", "401 200 403 200 403 403 403 403 403", because="It is settled."),
    },
}
