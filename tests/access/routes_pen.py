"""Who may hand the pen over, and take it over."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
HOLDER   = "302 403 403 403 403 302 404 403 403"
TAKING   = "302 403 403 403 302 403 404 403 403"
# Whoever may see the conversation but was not asked is refused.
ASKED    = "302 403 403 403 403 302 404 403 403"

API_HOLDER = "401 403 403 403 403 201 404 403 403"
API_ASKED  = "401 403 403 403 403 200 404 403 403"
API_TAKING = "401 403 403 403 200 403 404 403 403"
API_SEEING = "401 200 403 200 200 200 404 200 403"

ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/hand-over/": {
        "POST": use("conversations/{claimed}/hand-over/", HOLDER, fence=2, taker="{colleague}", note="Yours?"),
    },
    "conversations/<int:conversation_id>/take-over/": {
        "POST": use("conversations/{claimed}/take-over/", TAKING, fence=2, then="queue", reason="They are ill."),
    },
    "hand-overs/<int:hand_over_id>/accept/": {"POST": use("hand-overs/{asked_of}/accept/", ASKED)},
    "hand-overs/<int:hand_over_id>/decline/": {"POST": use("hand-overs/{asked_of}/decline/", ASKED)},
    "hand-overs/<int:hand_over_id>/withdraw/": {"POST": use("hand-overs/{asked_by}/withdraw/", ASKED)},
    "api/conversations/<int:conversation_id>/hand-overs/": {
        "GET":  use("api/conversations/{claimed}/hand-overs/", API_SEEING),
        "POST": use("api/conversations/{claimed}/hand-overs/", API_HOLDER, fence=2, taker="{colleague}", note="Yours?"),
    },
    "api/conversations/<int:conversation_id>/take-over/": {
        "POST": use("api/conversations/{claimed}/take-over/", API_TAKING,
                    fence=2, to_queue=True, reason="They are ill."),
    },
    "api/hand-overs/<int:hand_over_id>/accept/": {"POST": use("api/hand-overs/{asked_of}/accept/", API_ASKED)},
    "api/hand-overs/<int:hand_over_id>/decline/": {"POST": use("api/hand-overs/{asked_of}/decline/", API_ASKED)},
    "api/hand-overs/<int:hand_over_id>/withdraw/": {"POST": use("api/hand-overs/{asked_by}/withdraw/", API_ASKED)},
}
