"""Who may merge conversations, take one apart and put one aside."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
LOOKING = "302 403 403 403 200 200 404 403 403"
DOING   = "302 403 403 403 302 302 404 403 403"
# What somebody holds, only they put aside.
HOLDER  = "302 403 403 403 409 302 404 403 403"

API_DOING  = "401 403 403 403 201 201 404 403 403"
API_AT_ONCE = "401 403 403 403 200 200 404 403 403"
API_SEEING = "401 200 403 200 200 200 404 200 403"

ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/merge/": {
        "GET":  use("conversations/{assigned}/merge/", LOOKING),
        "POST": use("conversations/{assigned}/merge/", DOING, others="{mergeable}", direction="here"),
    },
    "merges/<int:merge_id>/undo/": {"POST": use("merges/{merge}/undo/", DOING)},
    "conversations/<int:conversation_id>/split/": {
        "GET":  use("conversations/{splittable}/split/", LOOKING),
        "POST": use("conversations/{splittable}/split/", DOING, mentions="{second_mention}", stays=""),
    },
    "conversations/<int:conversation_id>/undo-split/": {
        # It was not taken out of another.
        "POST": use("conversations/{assigned}/undo-split/", "302 403 403 403 404 404 404 403 403"),
    },
    "conversations/<int:conversation_id>/snooze/": {
        "GET":  use("conversations/{assigned}/snooze/", LOOKING),
        "POST": use("conversations/{claimed}/snooze/", HOLDER, fence=2, when="hour"),
    },
    "conversations/<int:conversation_id>/tags/": {
        "GET":  use("conversations/{assigned}/tags/", LOOKING),
        "POST": use("conversations/{claimed}/tags/", HOLDER, add="delivery"),
    },
    "conversations/<int:conversation_id>/tags/<int:event_id>/undo/": {
        # There is no such change.
        "POST": use("conversations/{assigned}/tags/1/undo/", "302 403 403 403 404 404 404 403 403"),
    },
    "conversations/<int:conversation_id>/wake/": {"POST": use("conversations/{snoozed}/wake/", DOING)},
    "conversations/<int:conversation_id>/alike/": {
        "GET": use("conversations/{assigned}/alike/", "302 200 403 200 200 200 404 200 403"),
    },
    "api/conversations/<int:conversation_id>/merges/": {
        "GET":  use("api/conversations/{assigned}/merges/", API_SEEING),
        "POST": use("api/conversations/{assigned}/merges/", API_DOING, sources=["{mergeable}"]),
    },
    "api/merges/<int:pk>/undo/": {"POST": use("api/merges/{merge}/undo/", API_AT_ONCE)},
    "api/conversations/<int:conversation_id>/splits/": {
        "POST": use("api/conversations/{splittable}/splits/", API_DOING, mentions=["{second_mention}"]),
    },
    "api/conversations/<int:conversation_id>/tags/": {
        "POST": use("api/conversations/{assigned}/tags/", API_AT_ONCE, add=["delivery"]),
    },
    "api/conversations/<int:conversation_id>/snooze/": {
        "POST":   use("api/conversations/{assigned}/snooze/", API_AT_ONCE, fence=1),
        "DELETE": use("api/conversations/{snoozed}/snooze/", API_AT_ONCE),
    },
    "api/conversations/<int:conversation_id>/snooze/again/": {
        # Nobody has just brought it back.
        "POST": use("api/conversations/{assigned}/snooze/again/", "401 403 403 403 409 409 404 403 403", fence=1),
    },
}
# fmt: on
