"""Who may read lists on, and who may keep, change and share views of the inbox."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
SEEING  = "302 200 403 200 200 200 200 200 403"
PLACES  = "302 200 403 200 200 200 200 200 403"
CHOSEN  = "302 302 403 302 302 302 302 302 403"
# Shared with the department, in which nobody of these is a lead.
CHANGE  = "302 403 403 403 200 403 404 403 403"
CHANGED = "302 403 403 403 302 403 404 403 403"
READING = "401 200 403 200 200 200 200 200 403"

SHARED = {"name": "Late", "query": "is:late", "sort": "deadline", "department": "care"}
VIEW = {"name": "Late", "query": "is:late", "sort": "deadline"}

ROUTES: dict[str, dict[str, Use]] = {
    "inbox/<slug:slug>/more/": {"GET": use("inbox/everything/more/", SEEING)},
    "inbox/<slug:slug>/places/": {"GET": use("inbox/everything/places/", PLACES)},
    "inbox/<slug:slug>/choose/": {"POST": use("inbox/everything/choose/", CHOSEN, sort="reach")},
    "inbox/views/": {"GET": use("inbox/views/", SEEING)},
    "inbox/views/save/": {
        "GET":  use("inbox/views/save/", SEEING),
        "POST": use("inbox/views/save/", CHOSEN, **VIEW),
    },
    "inbox/views/<int:view_id>/change/": {
        "GET":  use("inbox/views/{saved_view}/change/", CHANGE),
        "POST": use("inbox/views/{saved_view}/change/", CHANGED, **SHARED),
    },
    "inbox/views/<int:view_id>/move/": {"POST": use("inbox/views/{saved_view}/move/", CHANGED, to="up")},
    "inbox/views/<int:view_id>/delete/": {"POST": use("inbox/views/{saved_view}/delete/", CHANGED)},
    "api/views/": {
        "GET":  use("api/views/", READING),
        "POST": use("api/views/", "401 201 403 201 201 201 201 201 403", **VIEW),
    },
    "api/views/<int:pk>/": {
        "GET":    use("api/views/{saved_view}/", "401 200 403 200 200 200 404 200 403"),
        "PUT":    use("api/views/{saved_view}/", "401 403 403 403 200 403 404 403 403", **SHARED),
        "DELETE": use("api/views/{saved_view}/", "401 403 403 403 204 403 404 403 403"),
    },
    "api/views/<int:pk>/move/": {
        "POST": use("api/views/{saved_view}/move/", "401 403 403 403 200 403 404 403 403", to="down"),
    },
}
