"""Who may ask for approval, give it, and read what was asked."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
SEEING = "401 200 403 200 200 200 404 200 403"
PAGES: dict[str, dict[str, Use]] = {
    "approvals/": {"GET": use("approvals/", "302 200 200 200 200 200 200 403 403")},
    "approvals/<int:approval_id>/": {
        "GET": use("approvals/{asked_approval}/", "302 403 404 200 403 200 404 403 403"),
    },
    "approvals/<int:approval_id>/verdict/": {
        "POST": use("approvals/{asked_approval}/verdict/", "302 403 404 302 403 403 404 403 403", verdict="approve"),
    },
    "approvals/<int:approval_id>/take/": {
        "POST": use("approvals/{edited_approval}/take/", "302 403 403 403 403 302 404 403 403"),
    },
    "approvals/<int:approval_id>/withdraw/": {
        "POST": use("approvals/{asked_approval}/withdraw/", "302 403 403 403 403 302 404 403 403"),
    },
    "conversations/<int:conversation_id>/decision-needs/": {
        "POST": use("conversations/{assigned}/decision-needs/", "302 403 403 403 200 403 404 403 403"),
    },
    "conversations/<int:conversation_id>/ask-approval/": {
        "POST": use("conversations/{approvable}/ask-approval/", "302 403 403 403 403 302 404 403 403",
                    fence=2, body="We are on our way.", seen_mention="{approvable_mention}",
                    policy_version="{version}", key="6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a12"),
    },
}

API: dict[str, dict[str, Use]] = {
    "api/approvals/": {"GET": use("api/approvals/", "401 200 200 200 200 200 200 403 403")},
    "api/approvals/<int:approval_id>/": {
        "GET": use("api/approvals/{asked_approval}/", "401 403 404 200 403 200 404 403 403"),
    },
    "api/approvals/<int:approval_id>/verdict/": {
        "POST": use("api/approvals/{asked_approval}/verdict/", "401 403 404 200 403 403 404 403 403",
                    verdict="approved"),
    },
    "api/approvals/<int:approval_id>/take/": {
        "POST": use("api/approvals/{edited_approval}/take/", "401 403 403 403 403 201 404 403 403"),
    },
    "api/approvals/<int:approval_id>/withdraw/": {
        "POST": use("api/approvals/{asked_approval}/withdraw/", "401 403 403 403 403 200 404 403 403"),
    },
    "api/conversations/<int:conversation_id>/approvals/": {
        "GET":  use("api/conversations/{approvable}/approvals/", SEEING),
        "POST": use("api/conversations/{approvable}/approvals/", "401 403 403 403 403 201 404 403 403",
                    fence=2, body="We are on our way.", mention="{approvable_mention}", policy_version="{version}"),
    },
}

ROUTES = PAGES | API
