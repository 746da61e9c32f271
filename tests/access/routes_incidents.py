"""Who may see, declare, change and end incidents."""

from tests.access.table import ONCE, Use, use

# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
# fmt: off
READING   = "302 200 200 200 200 200 200 200 403"
DECLARING = "302 403 200 200 200 403 403 403 403"
DECLARED  = "302 403 302 302 302 403 403 403 403"
INSERTED  = "302 403 403 403 403 302 404 403 403"
ATTACHED  = "302 403 403 302 302 403 404 403 403"
# It is part of it already.
ALREADY   = "302 403 403 409 409 403 404 403 403"
A_ROLE    = "401 200 200 200 200 200 200 200 403"

FORM = {"name": "Dark streets", "level": 2, "c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "dark"}
SAID = {"name": "Dark streets", "level": 2, "condition": {"words": ["dark"]}}

ROUTES: dict[str, dict[str, Use]] = {
    "policy/incidents/": {"GET": use("policy/incidents/", READING)},
    "policy/incidents/declare/": {
        "GET":  use("policy/incidents/declare/", DECLARING),
        "POST": use("policy/incidents/declare/", DECLARED, **FORM, once=ONCE),
    },
    "policy/incidents/preview/": {"POST": use("policy/incidents/preview/", DECLARING, **FORM)},
    "policy/incidents/<int:incident_id>/": {"GET": use("policy/incidents/{incident}/", READING)},
    "policy/incidents/<int:incident_id>/change/": {
        "GET":  use("policy/incidents/{incident}/change/", DECLARING),
        "POST": use("policy/incidents/{incident}/change/", DECLARED, seen=1, **FORM),
    },
    "policy/incidents/<int:incident_id>/progress/": {"GET": use("policy/incidents/{incident}/progress/", READING)},
    "policy/incidents/<int:incident_id>/end/": {"POST": use("policy/incidents/{incident}/end/", DECLARED)},
    "conversations/<int:conversation_id>/holding-text/<int:incident_id>/insert/": {
        "POST": use("conversations/{claimed}/holding-text/{incident}/insert/", INSERTED, body="Hello."),
    },
    "conversations/<int:conversation_id>/incidents/<int:incident_id>/attach/": {
        "POST": use("conversations/{claimed}/incidents/{incident}/attach/", ALREADY),
    },
    "conversations/<int:conversation_id>/incidents/<int:incident_id>/leave/": {
        "POST": use("conversations/{claimed}/incidents/{incident}/leave/", ATTACHED),
    },
    "api/conversations/<int:conversation_id>/incidents/": {
        "GET":  use("api/conversations/{claimed}/incidents/", "401 200 403 200 200 200 404 200 403"),
        "POST": use(
            "api/conversations/{claimed}/incidents/", "401 403 403 409 409 403 404 403 403", incident="{incident}"
        ),
    },
    "api/conversations/<int:conversation_id>/incidents/<int:pk>/": {
        "DELETE": use("api/conversations/{claimed}/incidents/{incident}/", "401 403 403 200 200 403 404 403 403"),
    },
    "api/incidents/": {
        "GET":  use("api/incidents/", A_ROLE),
        "POST": use("api/incidents/", "401 403 201 201 201 403 403 403 403", **SAID),
    },
    "api/incidents/<int:pk>/": {
        "GET":    use("api/incidents/{incident}/", A_ROLE),
        "PATCH":  use("api/incidents/{incident}/", "401 403 200 200 200 403 403 403 403", level=3, revision=1),
        "DELETE": use("api/incidents/{incident}/", "401 403 200 200 200 403 403 403 403"),
    },
}
# fmt: on
