"""Who may attach files, and who may see them."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
WRITING  = "302 403 403 403 403 302 404 403 403"
THEIRS   = "302 200 404 200 200 200 404 200 403"
DRAFTED  = "302 403 404 403 403 200 404 403 403"
REMOVED  = "302 403 403 403 403 302 404 403 403"

ROUTES: dict[str, dict[str, Use]] = {
    "conversations/<int:conversation_id>/attach/": {"POST": use("conversations/{claimed}/attach/", WRITING, body="Hi")},
    "attachments/<int:attachment_id>/": {
        "GET":  use("attachments/{sent_file}/", THEIRS),
        "HEAD": use("attachments/{drafted_file}/", DRAFTED),
    },
    "pictures/<int:picture_id>/": {"GET": use("pictures/{picture}/", THEIRS)},
    "pictures/<int:picture_id>/again/": {"GET": use("pictures/{picture}/again/", THEIRS)},
    "attachments/<int:attachment_id>/remove/": {"POST": use("attachments/{drafted_file}/remove/", REMOVED)},
    "api/conversations/<int:conversation_id>/draft/attachments/": {
        "GET":  use("api/conversations/{claimed}/draft/attachments/", "401 200 403 200 200 200 404 200 403"),
        "POST": use("api/conversations/{claimed}/draft/attachments/", "401 403 403 403 403 400 404 403 403"),
    },
    "api/attachments/<int:attachment_id>/": {
        "PATCH":  use("api/attachments/{drafted_file}/", "401 403 403 403 403 200 404 403 403", alt="A map."),
        "DELETE": use("api/attachments/{drafted_file}/", "401 403 403 403 403 204 404 403 403"),
    },
    "api/attachments/<int:attachment_id>/file/": {
        "GET": use("api/attachments/{sent_file}/file/", "401 200 404 200 200 200 404 200 403"),
    },
    "api/pictures/<int:picture_id>/file/": {
        "GET": use("api/pictures/{picture}/file/", "401 200 404 200 200 200 404 200 403"),
    },
}
