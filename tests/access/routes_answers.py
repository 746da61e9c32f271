"""Who may use the saved answers."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
ANSWERS  = "302 200 200 403 200 200 200 403 403"
KEEPING  = "302 200 200 403 403 200 200 403 403"
KEPT     = "302 302 302 403 403 302 302 403 403"
HOLDING  = "302 403 403 403 403 200 404 403 403"
INSERTED = "302 403 403 403 403 302 404 403 403"
READING  = "401 200 200 403 200 200 200 403 403"

ANSWER = {"title": "Hours", "body": "From nine.", "owner": "{responder}"}
# When the answer of the world was changed last: what a page and a careful program send back.
SEEN = "2026-03-04T12:00:00+00:00"

ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/answers/": {
        "GET": use("conversations/{claimed}/answers/", HOLDING),
    },
    "conversations/<int:conversation_id>/answers/<int:answer_id>/insert/": {
        "POST": use("conversations/{claimed}/answers/{saved_answer}/insert/", INSERTED, body="Hello."),
    },
    "conversations/<int:conversation_id>/preview/": {
        "POST": use("conversations/{claimed}/preview/", HOLDING, body="Hello."),
    },
    "answers/": {"GET": use("answers/", ANSWERS)},
    "answers/add/": {
        "GET":  use("answers/add/", KEEPING),
        "POST": use("answers/add/", KEPT, **ANSWER),
    },
    "answers/<int:answer_id>/": {"GET": use("answers/{saved_answer}/", ANSWERS)},
    "answers/<int:answer_id>/change/": {
        "GET":  use("answers/{saved_answer}/change/", KEEPING),
        "POST": use("answers/{saved_answer}/change/", KEPT, seen=SEEN, **ANSWER),
    },
    "answers/<int:answer_id>/retire/": {"POST": use("answers/{saved_answer}/retire/", KEPT)},
    "answers/<int:answer_id>/restore/": {"POST": use("answers/{saved_answer}/restore/", KEPT)},
    "api/answers/": {
        "GET":  use("api/answers/", READING),
        "POST": use("api/answers/", "401 201 201 403 403 201 201 403 403", **ANSWER),
    },
    "api/answers/<int:pk>/": {
        "GET":    use("api/answers/{saved_answer}/", READING),
        "PUT":    use("api/answers/{saved_answer}/", "401 200 200 403 403 200 200 403 403", changed_at=SEEN, **ANSWER),
        "DELETE": use("api/answers/{saved_answer}/", "401 204 204 403 403 204 204 403 403"),
    },
    "api/conversations/<int:conversation_id>/answers/": {
        "GET": use("api/conversations/{claimed}/answers/", "401 403 403 403 403 200 404 403 403"),
    },
}
