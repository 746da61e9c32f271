"""Who may act on many conversations at once."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
LISTING  = "302 200 403 200 200 200 200 200 403"
# Whoever has begun it, alone.
READING  = "302 404 403 404 200 404 404 404 403"
DOING    = "302 404 403 404 302 404 404 404 403"
# What the triage owner has underway comes first.
WAITING  = "302 404 403 404 409 404 404 404 403"
CHOSEN   = "302 403 403 403 302 302 302 403 403"

API_LISTING = "401 200 403 200 200 200 200 200 403"
API_READING = "401 404 403 404 200 404 404 404 403"
API_WAITING = "401 404 403 404 409 404 404 404 403"

TAG = {"act": "tag", "add": ["leak"], "dry": True}
SPAM = {"disposition": "no_response", "reason": "spam"}

ROUTES: dict[str, dict[str, Use]] = {
    "bulk/": {
        "GET":  use("bulk/", LISTING),
        "POST": use("bulk/", CHOSEN, list="everything", act="tag", everything="1"),
    },
    "bulk/<int:run_id>/": {
        "GET":  use("bulk/{bulk_prepared}/", READING),
        "POST": use("bulk/{bulk_prepared}/", WAITING, **SPAM),
    },
    "bulk/<int:run_id>/progress/": {"GET": use("bulk/{bulk_underway}/progress/", DOING)},
    "bulk/<int:run_id>/cancel/": {"POST": use("bulk/{bulk_underway}/cancel/", DOING)},
    "bulk/<int:run_id>/undo/": {"POST": use("bulk/{bulk_over}/undo/", WAITING)},
    "api/bulk-runs/": {
        "GET":  use("api/bulk-runs/", API_LISTING),
        "POST": use("api/bulk-runs/", "401 403 403 403 201 201 201 403 403", **TAG),
    },
    "api/bulk-runs/<int:pk>/": {
        "GET":    use("api/bulk-runs/{bulk_over}/", API_READING),
        "DELETE": use("api/bulk-runs/{bulk_underway}/", API_READING),
    },
    "api/bulk-runs/<int:pk>/start/": {"POST": use("api/bulk-runs/{bulk_prepared}/start/", API_WAITING)},
    "api/bulk-runs/<int:pk>/undo/": {"POST": use("api/bulk-runs/{bulk_over}/undo/", API_WAITING)},
    "api/bulk-runs/<int:pk>/refusals/": {"GET": use("api/bulk-runs/{bulk_over}/refusals/", API_READING)},
}
