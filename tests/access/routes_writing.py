"""Who may go back in a draft, take over a colleague's, write notes, and walk the guide."""

from tests.access.table import Use, use

KEY = "0b9d1f0e-6d2b-4c53-9a53-0d0f6f0a9a11"

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
SEEING  = "302 200 403 200 200 200 404 200 403"
WRITER  = "302 403 403 403 403 302 404 403 403"
# Nothing is kept: the page comes back as it goes on.
DECIDER = "302 403 403 403 200 403 404 403 403"
# Whoever sees a conversation may say something beside it.
NOTING  = "302 302 403 302 302 302 404 302 403"

ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/draft/versions/": {
        "GET": use("conversations/{claimed}/draft/versions/", SEEING),
    },
    "conversations/<int:conversation_id>/draft/versions/<int:version_id>/restore/": {
        "POST": use("conversations/{claimed}/draft/versions/{draft_version}/restore/", WRITER),
    },
    "api/conversations/<int:conversation_id>/draft/versions/": {
        "GET": use("api/conversations/{claimed}/draft/versions/", "401 200 403 200 200 200 404 200 403"),
    },
    "api/conversations/<int:conversation_id>/draft/versions/<int:version_id>/restore/": {
        "POST": use("api/conversations/{claimed}/draft/versions/{draft_version}/restore/",
                    "401 403 403 403 403 200 404 403 403"),
    },
    "conversations/<int:conversation_id>/drafts/<int:draft_id>/use/": {
        "POST": use("conversations/{claimed}/drafts/{begun}/use/", WRITER),
    },
    "conversations/<int:conversation_id>/guide/": {
        "POST": use("conversations/{assigned}/guide/", DECIDER),
    },
    "api/conversations/<int:conversation_id>/guide/": {
        "GET": use("api/conversations/{assigned}/guide/", "401 403 403 403 200 403 404 403 403"),
    },
    "conversations/<int:conversation_id>/notes/": {
        "GET":  use("conversations/{claimed}/notes/", SEEING),
        "POST": use("conversations/{claimed}/notes/", NOTING, key=KEY, body="Is it?", answers="{note}"),
    },
    "api/conversations/<int:conversation_id>/notes/": {
        "GET":  use("api/conversations/{claimed}/notes/", "401 200 403 200 200 200 404 200 403"),
        "POST": use("api/conversations/{claimed}/notes/", "401 201 403 201 201 201 404 201 403",
                    key=KEY, body="Is it?", departments=["care"]),
    },
}
