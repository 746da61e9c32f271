"""Who may use the API."""

from tests.access.table import Use, use

ANSWER = {
    "key": "6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a11",
    "body": "We are on our way.",
    "fence": 2,
    "mention": "{mention}",
    "policy_version": "{version}",
}
DECISION = {"disposition": "customer_service", "department": "care", "visibility": "public"}

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
ANYBODY  = "401 200 200 200 200 200 200 200 200"
A_ROLE   = "401 200 200 200 200 200 200 200 403"
VIEWERS  = "401 200 403 200 200 200 200 200 403"
SEEING   = "401 200 403 200 200 200 404 200 403"
HOLDER   = "401 403 403 403 403 200 404 403 403"

ROUTES: dict[str, dict[str, Use]] = {
    "api/schema/": {"GET": use("api/schema/", ANYBODY)},
    "api/docs/": {"GET": use("api/docs/", "302 200 200 200 200 200 200 200 200")},
    "api/me/": {"GET": use("api/me/", ANYBODY)},
    "api/conversations/": {"GET": use("api/conversations/", VIEWERS)},
    "api/search/": {"GET": use("api/search/?q=light", VIEWERS)},
    "api/conversations/<int:conversation_id>/": {"GET": use("api/conversations/{claimed}/", SEEING)},
    "api/conversations/<int:conversation_id>/decisions/": {
        "GET":  use("api/conversations/{claimed}/decisions/", SEEING),
        "POST": use("api/conversations/{assigned}/decisions/",
                    "401 403 403 403 201 403 404 403 403", fence=1, **DECISION),
        "DELETE": use("api/conversations/{assigned}/decisions/?fence=1", "401 403 403 403 409 403 404 403 403"),
    },
    "api/conversations/<int:conversation_id>/claim/": {
        "POST":   use("api/conversations/{assigned}/claim/", HOLDER),
        "DELETE": use("api/conversations/{claimed}/claim/?fence=2", HOLDER),
    },
    "api/conversations/<int:conversation_id>/draft/": {
        "GET": use("api/conversations/{claimed}/draft/", SEEING),
        "PUT": use("api/conversations/{claimed}/draft/", HOLDER, body="We are"),
    },
    "api/conversations/<int:conversation_id>/replies/": {
        "GET":  use("api/conversations/{claimed}/replies/", SEEING),
        "POST": use("api/conversations/{claimed}/replies/", "401 403 403 403 403 201 404 403 403", **ANSWER),
    },
    "api/conversations/<int:conversation_id>/wait/": {
        "POST":   use("api/conversations/{claimed}/wait/", HOLDER, fence=2),
        "DELETE": use("api/conversations/{claimed}/wait/?fence=2", "401 403 403 403 403 409 404 403 403"),
    },
    "api/conversations/<int:conversation_id>/close/": {
        "POST": use("api/conversations/{assigned}/close/",
                    "401 403 403 403 200 200 404 403 403", fence=1, outcome="resolved"),
        "DELETE": use("api/conversations/{closed}/close/?fence=1", "401 403 403 403 409 409 404 403 403"),
    },
    "api/conversations/<int:conversation_id>/reopen/": {
        "POST": use("api/conversations/{closed}/reopen/", "401 403 403 403 200 200 404 403 403"),
    },
    "api/conversations/<int:conversation_id>/takeaways/": {
        "GET":  use("api/conversations/{claimed}/takeaways/", SEEING),
        "POST": use("api/conversations/{claimed}/takeaways/",
                    "401 403 403 403 403 201 404 201 403", department="care", kind="idea", text="Draw a map."),
    },
    "api/replies/<int:reply_id>/": {"GET": use("api/replies/{failed}/", SEEING)},
    "api/replies/<int:reply_id>/retry/": {"POST": use("api/replies/{failed}/retry/", HOLDER, fence=2)},
    "api/replies/<int:reply_id>/settle/": {
        "POST": use("api/replies/{uncertain}/settle/", HOLDER, verdict="there"),
    },
    "api/replies/<int:reply_id>/withdraw/": {"POST": use("api/replies/{failed}/withdraw/", HOLDER)},
    "api/replies/<int:reply_id>/anyway/": {
        "POST": use("api/replies/{failed}/anyway/", HOLDER,
                    fence=2, mention="{failed_mention}", policy_version="{version}"),
    },
    "api/rule-decisions/": {"GET": use("api/rule-decisions/", "401 403 403 403 200 403 403 403 403")},
    "api/rule-decisions/<int:pk>/": {
        "POST": use("api/rule-decisions/{rule_check}/", "401 403 403 403 200 403 403 403 403", verdict="confirmed"),
    },
    "api/stops/": {
        "GET":  use("api/stops/", VIEWERS),
        "POST": use("api/stops/", "401 201 403 201 201 403 403 403 403", channel="{channel}", reason="Taken over."),
    },
    "api/stops/<int:pk>/": {
        "GET":    use("api/stops/{stop}/", "401 200 403 200 200 404 404 404 403"),
        "DELETE": use("api/stops/{stop}/", "401 200 403 200 200 403 403 403 403"),
    },
    "api/replies/<int:reply_id>/look/": {"POST": use("api/replies/{uncertain}/look/", HOLDER)},
    "api/mentions/": {
        "GET":  use("api/mentions/", VIEWERS),
        "POST": use("api/mentions/", "401 403 403 403 201 201 201 201 403",
                    key="5d1c1f0e-6d2b-4c53-9a53-0d0f6f0a9a11", occasion="phone", text="It is dark.",
                    said_at="2026-03-04T12:00:00Z", name="Cy", contact="+45 12", url="https://a.example", note="Hm."),
    },
    "api/mentions/<int:pk>/": {"GET": use("api/mentions/{mention}/", SEEING)},
    "api/takeaways/": {"GET": use("api/takeaways/", VIEWERS)},
    "api/departments/": {"GET": use("api/departments/", A_ROLE)},
    "api/departments/<int:pk>/": {"GET": use("api/departments/{care}/", A_ROLE)},
    "api/channels/": {"GET": use("api/channels/", "401 200 403 200 200 403 403 403 403")},
    "api/channels/<int:pk>/": {"GET": use("api/channels/{channel}/", "401 200 403 200 200 403 403 403 403")},
    "api/channels/<int:channel_id>/gaps/": {
        "GET": use("api/channels/{channel}/gaps/", "401 200 403 200 200 403 403 403 403"),
    },
    "api/policy/": {"GET": use("api/policy/", A_ROLE)},
    "api/policy/versions/<int:pk>/quiz/": {
        "GET":  use("api/policy/versions/{version}/quiz/", A_ROLE),
        "POST": use("api/policy/versions/{version}/quiz/", "401 201 201 201 201 201 201 201 403"),
    },
    "api/policy/waivers/": {
        "GET":  use("api/policy/waivers/", A_ROLE),
        "POST": use("api/policy/waivers/", "401 201 201 403 403 403 403 403 403", clause_key="{clause_in_force}",
                    department="care", reason="They are new.", until="{next_month}T12:00:00Z"),
    },
    "api/policy/waivers/<int:pk>/": {
        "GET":    use("api/policy/waivers/{waiver}/", A_ROLE),
        "DELETE": use("api/policy/waivers/{waiver}/", "401 200 200 403 403 403 403 403 403"),
    },
    "api/policy/versions/<int:pk>/attestations/": {
        "GET": use("api/policy/versions/{version}/attestations/", "401 200 200 200 403 403 403 403 403"),
    },
    "api/policy/versions/": {"GET": use("api/policy/versions/", A_ROLE)},
    "api/policy/versions/<int:pk>/changes/<int:since>/": {
        "GET": use("api/policy/versions/{draft}/changes/{version}/", "401 200 200 404 404 404 404 404 403"),
    },
    "api/policy/versions/<int:pk>/": {
        "GET": use("api/policy/versions/{draft}/", "401 200 200 404 404 404 404 404 403"),
    },
    "api/<path:rest>": {"GET": use("api/nothing/here", "404 404 404 404 404 404 404 404 404")},
}
