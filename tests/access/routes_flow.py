"""Who may decide with one press, go anywhere, and change their keys."""

from teams.shortcuts import TABLE
from tests.access.table import Use, use

# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
A_PERSON = "302 200 200 200 200 200 200 200 200"

# fmt: off
ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/follow/": {
        # Nothing is suggested for it: who may decide is told so.
        "POST": use("conversations/{assigned}/follow/", "302 403 403 403 422 403 404 403 403", fence=1, seal="x"),
    },
    "conversations/<int:conversation_id>/departments/": {
        "GET": use("conversations/{assigned}/departments/", "302 403 403 403 200 403 404 403 403"),
    },
    "conversations/<int:conversation_id>/undo-closing/": {
        # None of them has closed it.
        "POST": use("conversations/{closed}/undo-closing/", "302 403 403 403 409 409 404 403 403", fence=1),
    },
    "conversations/<int:conversation_id>/undo-waiting/": {
        # It does not wait.
        "POST": use("conversations/{claimed}/undo-waiting/", "302 403 403 403 403 409 404 403 403", fence=2),
    },
    "conversations/<int:conversation_id>/snooze-again/": {
        # None of them has brought it back.
        "POST": use("conversations/{assigned}/snooze-again/", "302 403 403 403 409 409 404 403 403", fence=1),
    },
    "go/": {"GET": use("go/?q=light", A_PERSON)},
    "account/keyboard/": {
        "GET":  use("account/keyboard/", A_PERSON),
        "POST": use("account/keyboard/", "302 302 302 302 302 302 302 302 302",
                    after="stay", **{each.name: each.key for each in TABLE}),
    },
}
# fmt: on
