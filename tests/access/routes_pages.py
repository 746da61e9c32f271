"""Who may use the pages. Anonymous visitors are sent to the sign-in page."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
PUBLIC   = "200 200 200 200 200 200 200 200 200"
REDIRECT = "302 302 302 302 302 302 302 302 302"
VIEWERS  = "302 200 403 200 200 200 200 200 403"
SEEING   = "302 200 403 200 200 200 404 200 403"
# Without JavaScript an act ends in a redirect to the page as it then stands.
OWNER    = "302 403 403 403 302 403 403 403 403"
HOLDER   = "302 403 403 403 403 302 404 403 403"

INBOX: dict[str, dict[str, Use]] = {
    "": {"GET": use("", REDIRECT)},
    "healthz": {"GET": use("healthz", PUBLIC)},
    "readyz": {"GET": use("readyz", PUBLIC)},
    "manifest.webmanifest": {"GET": use("manifest.webmanifest", PUBLIC)},
    "service-worker.js": {"GET": use("service-worker.js", PUBLIC)},
    "offline/": {"GET": use("offline/", PUBLIC)},
    "styleguide/": {"GET": use("styleguide/", "302 200 403 403 403 403 403 403 403")},
    "styleguide/<slug:slug>/": {"GET": use("styleguide/list/", "302 200 403 403 403 403 403 403 403")},
    "inbox/": {"GET": use("inbox/", "302 302 403 302 302 302 302 302 403")},
    "write-down/": {
        "GET":  use("write-down/", "302 403 403 403 200 200 200 200 403"),
        "POST": use("write-down/", "302 403 403 403 302 302 302 302 403",
                    key="5d1c1f0e-6d2b-4c53-9a53-0d0f6f0a9a11", occasion="phone", said_at="2026-03-04T12:00",
                    name="Cy", contact="+45 12", text="It is dark.", url="", note="Sounded tired."),
    },
    "search/": {"GET": use("search/?q=light", VIEWERS)},
    "search/suggestions/": {"GET": use("search/suggestions/?q=st", VIEWERS)},
    "inbox/<slug:slug>/": {"GET": use("inbox/everything/", VIEWERS)},
    "inbox/<slug:slug>/menu/": {"GET": use("inbox/everything/menu/", VIEWERS)},
    "inbox/<slug:slug>/<int:conversation_id>/": {"GET": use("inbox/everything/{claimed}/", SEEING)},
    "inbox/<slug:slug>/<int:conversation_id>/row/": {"GET": use("inbox/everything/{claimed}/row/", SEEING)},
    "conversations/<int:conversation_id>/": {
        "GET": use("conversations/{claimed}/", "302 302 403 302 302 302 404 302 403"),
    },
    "conversations/<int:conversation_id>/decide/": {
        "POST": use("conversations/{assigned}/decide/", "302 403 403 403 302 403 404 403 403",
                    fence=1, disposition="customer_service", department="{care}", visibility="public", priority=2),
    },
    "conversations/<int:conversation_id>/undo/": {
        # Nobody of them has decided on it: who may is told so.
        "POST": use("conversations/{assigned}/undo/", "302 403 403 403 409 403 404 403 403", fence=1),
    },
    "conversations/<int:conversation_id>/claim/": {"POST": use("conversations/{assigned}/claim/", HOLDER)},
    "conversations/<int:conversation_id>/release/": {"POST": use("conversations/{claimed}/release/", HOLDER, fence=2)},
    "conversations/<int:conversation_id>/here/": {"POST": use("conversations/{claimed}/here/", SEEING, tab="one")},
    "conversations/<int:conversation_id>/wait/": {"POST": use("conversations/{claimed}/wait/", HOLDER, fence=2)},
    "conversations/<int:conversation_id>/close/": {
        "POST": use("conversations/{assigned}/close/", "302 403 403 403 302 302 404 403 403",
                    fence=1, outcome="resolved"),
    },
    "conversations/<int:conversation_id>/reopen/": {
        "POST": use("conversations/{closed}/reopen/", "302 403 403 403 302 302 404 403 403"),
    },
    "conversations/<int:conversation_id>/copies/<int:mention_id>/split/": {
        "POST": use("conversations/{assigned}/copies/{copy}/split/", "302 403 403 403 302 403 404 403 403"),
    },
    "conversations/<int:conversation_id>/author/": {
        "GET": use("conversations/{claimed}/author/", SEEING),
        "POST": use("conversations/{claimed}/author/", "302 403 403 403 302 302 404 403 403", profile="{known}"),
    },
    "persons/<int:person_id>/": {"GET": use("persons/{known_person}/", SEEING)},
    "conversations/<int:conversation_id>/draft/": {
        "POST": use("conversations/{claimed}/draft/", "302 403 403 403 403 200 404 403 403", body="We are"),
    },
    "conversations/<int:conversation_id>/send/": {
        "POST": use("conversations/{claimed}/send/", HOLDER, fence=2, body="We are on our way.",
                    seen_mention="{mention}", policy_version="{version}", key="6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a11"),
    },
    "replies/<int:reply_id>/retry/": {"POST": use("replies/{failed}/retry/", HOLDER)},
    "replies/<int:reply_id>/withdraw/": {"POST": use("replies/{failed}/withdraw/", HOLDER)},
    "replies/<int:reply_id>/anyway/": {
        "POST": use("replies/{failed}/anyway/", HOLDER,
                    fence=2, seen_mention="{failed_mention}", policy_version="{version}"),
    },
    "sending/": {
        "GET":  use("sending/", VIEWERS),
        "POST": use("sending/", "302 302 403 302 302 403 403 403 403", where="channel-{channel}", reason="Taken over."),
    },
    "sending/standing/": {"GET": use("sending/standing/", "302 200 200 200 200 200 200 200 403")},
    "sending/<int:stop_id>/lift/": {"POST": use("sending/{stop}/lift/", "302 302 403 302 302 403 403 403 403")},
    "decided-by-rules/": {
        "GET":  use("decided-by-rules/", "302 200 200 403 200 403 403 403 403"),
        "POST": use("decided-by-rules/", "302 302 302 403 302 403 403 403 403", rule="every", reason="Too broad."),
    },
    "decided-by-rules/<int:check_id>/confirm/": {"POST": use("decided-by-rules/{rule_check}/confirm/", OWNER)},
    "decided-by-rules/<int:check_id>/reverse/": {
        "POST": use("decided-by-rules/{rule_check}/reverse/", OWNER, departure="broad"),
    },
    "decided-by-rules/stops/<int:stop_id>/lift/": {
        "POST": use("decided-by-rules/stops/{deciding_stop}/lift/", "302 302 302 403 302 403 403 403 403"),
    },
    "replies/<int:reply_id>/settle/": {"POST": use("replies/{uncertain}/settle/", HOLDER, finding="arrived")},
}
