"""Who may correct and remove an answer that is out: its holder, a lead and the triage owner."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
KEY = "6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a12"
CORRECTION = {"kind": "correction", "body": "We are late.", "fence": 2, "policy_version": "{version}", "after": 0}
CHANGE = {"kind": "removal", "words": "It was wrong.", "fence": 2, "policy_version": "{version}"}

ROUTES: dict[str, dict[str, Use]] = {
    "replies/<int:reply_id>/change/": {
        "GET":  use("replies/{sent}/change/", "302 403 403 403 200 200 404 403 403"),
        "POST": use("replies/{sent}/change/", "302 403 403 403 302 302 404 403 403",
                    seen_mention="{sent_mention}", key=KEY, **CORRECTION),
    },
    "api/replies/<int:reply_id>/changes/": {
        "GET":  use("api/replies/{sent}/changes/", "401 200 403 200 200 200 404 200 403"),
        "POST": use("api/replies/{sent}/changes/", "401 403 403 403 201 201 404 403 403",
                    mention="{sent_mention}", key=KEY, **CHANGE),
    },
    "api/replies/<int:reply_id>/changes/approvals/": {
        "POST": use("api/replies/{guarded}/changes/approvals/", "401 403 403 403 201 201 404 403 403",
                    mention="{guarded_mention}", **CHANGE),
    },
}
