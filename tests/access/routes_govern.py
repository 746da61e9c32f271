"""Who may use the pages of the company: people, departments, the policy, and one's own account."""

from tests.access.table import ONCE, Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
NEVER    = "404 404 404 404 404 404 404 404 404"
A_PERSON = "302 200 200 200 200 200 200 200 200"
A_ROLE   = "302 200 200 200 200 200 200 200 403"
MANAGING = "302 200 403 403 403 403 403 403 403"
MANAGED  = "302 302 403 403 403 403 403 403 403"
EDITING  = "302 200 200 403 403 403 403 403 403"
EDITED   = "302 302 302 403 403 403 403 403 403"
DONE     = "302 302 302 302 302 302 302 302 302"
KEY = "6f8a6a07-6a44-4c4e-9d5a-1d2c8a2b7c11"

TEAM: dict[str, dict[str, Use]] = {
    "setup/": {"GET": use("setup/", NEVER), "POST": use("setup/", NEVER, organisation="Another")},
    "sign-in-as/<int:user_id>/": {"POST": use("sign-in-as/{responder}/", NEVER)},
    "team/": {"GET": use("team/", A_ROLE)},
    "team/departments/add/": {
        "GET":  use("team/departments/add/", MANAGING),
        "POST": use("team/departments/add/", MANAGED, name="Legal", kind="legal"),
    },
    "team/departments/<slug:slug>/": {"GET": use("team/departments/care/", A_ROLE)},
    "team/departments/<slug:slug>/change/": {
        "GET":  use("team/departments/care/change/", MANAGING),
        "POST": use("team/departments/care/change/", MANAGED, name="Care", kind="other", listens_for="cable"),
    },
    "team/departments/<slug:slug>/hours/": {
        "GET":  use("team/departments/care/hours/", MANAGING),
        "POST": use("team/departments/care/hours/", MANAGED, keeps="own", mon="9-17"),
    },
    "team/departments/<slug:slug>/close/": {"POST": use("team/departments/care/close/", MANAGED)},
    "team/departments/<slug:slug>/open/": {"POST": use("team/departments/care/open/", MANAGED)},
    "team/departments/<slug:slug>/members/": {
        "POST": use("team/departments/care/members/", MANAGED, person="{nobody}", role="responder"),
    },
    "team/people/": {"GET": use("team/people/", A_ROLE)},
    "team/people/add/": {
        "GET":  use("team/people/add/", MANAGING),
        "POST": use("team/people/add/", MANAGED, name="Mia Kr\u00fcger", email="mia@example.com"),
    },
    "team/people/<int:person_id>/": {"GET": use("team/people/{nobody}/", A_ROLE)},
    "team/people/<int:person_id>/change/": {
        "POST": use("team/people/{nobody}/change/", MANAGED, name="Somebody", email="somebody@example.com"),
    },
    "team/people/<int:person_id>/capacity/": {
        "POST": use("team/people/{nobody}/capacity/", MANAGED, capacity=5),
    },
    "team/people/<int:person_id>/roles/": {"POST": use("team/people/{nobody}/roles/", MANAGED, roles="manager")},
    "team/people/<int:person_id>/close/": {"POST": use("team/people/{nobody}/close/", MANAGED)},
    "team/people/<int:person_id>/open/": {"POST": use("team/people/{nobody}/open/", MANAGED)},
    "team/people/<int:person_id>/invite/": {"POST": use("team/people/{nobody}/invite/", MANAGED)},
    "team/seats/": {"GET": use("team/seats/", A_ROLE)},
    "team/seats/<slug:slug>/": {"POST": use("team/seats/care/", MANAGED, representative="{responder}")},
    "team/seats/<slug:slug>/remove/": {"POST": use("team/seats/care/remove/", MANAGED)},
    "team/seats/<slug:slug>/proponent/": {"POST": use("team/seats/care/proponent/", MANAGED)},
    "team/organisation/hours/": {
        "GET":  use("team/organisation/hours/", MANAGING),
        "POST": use("team/organisation/hours/", MANAGED, keeps="own", mon="9-12, 13-17", country="DE", region="BY"),
    },
    "team/organisation/": {
        "GET":  use("team/organisation/", MANAGING),
        "POST": use("team/organisation/", MANAGED, name="Hub", time_zone="Europe/Lisbon", language="en"),
    },
    "team/changes/": {"GET": use("team/changes/", MANAGING)},
    "account/": {
        "GET":  use("account/", A_PERSON),
        "POST": use("account/", DONE, name="Another name", time_zone="", theme="dark"),
    },
    "account/keys/": {
        "GET":  use("account/keys/", A_PERSON),
        "POST": use("account/keys/", DONE, name="Export", scopes="read", expires="90", once=ONCE),
    },
    "account/keys/<int:key_id>/revoke/": {
        "POST": use("account/keys/{key}/revoke/", "302 404 404 404 404 302 404 404 404"),
    },
    "notifications/": {"GET": use("notifications/", A_PERSON)},
    "notifications/read/": {"POST": use("notifications/read/", DONE)},
    "notifications/<int:notification_id>/": {
        "GET": use("notifications/{notification}/", "302 404 404 404 404 302 404 404 404"),
    },
}

RULE = {
    "name": "Fire", "kind": "routing", "c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "fire",
    "o-priority": "1",
}

POLICY: dict[str, dict[str, Use]] = {
    "policy/": {"GET": use("policy/", A_ROLE)},
    "policy/versions/": {"GET": use("policy/versions/", A_ROLE)},
    "policy/versions/<int:number>/": {
        "GET": use("policy/versions/2/", "302 200 200 404 404 404 404 404 403"),
    },
    "policy/versions/<int:number>/compare/<int:other>/": {
        "GET": use("policy/versions/1/compare/2/", "302 200 200 404 404 404 404 404 403"),
    },
    "policy/versions/<int:number>/print/": {
        "GET": use("policy/versions/2/print/", "302 200 200 404 404 404 404 404 403"),
    },
    "policy/versions/<int:number>/folder/": {
        "GET": use("policy/versions/2/folder/", "302 200 200 404 404 404 404 404 403"),
    },
    "policy/versions/<int:number>/publish/": {
        "GET":  use("policy/versions/2/publish/", EDITING),
        "POST": use("policy/versions/2/publish/", EDITED, reason="It cannot wait."),
    },
    # It is a draft, so it is neither reviewed nor scheduled yet.
    "policy/versions/<int:number>/schedule/": {
        "GET":  use("policy/versions/2/schedule/", "302 302 302 403 403 403 403 403 403"),
        "POST": use("policy/versions/2/schedule/", "302 409 409 403 403 403 403 403 403",
                    moment="{next_month}T09:00", reason="It cannot wait."),
    },
    "policy/versions/<int:number>/unschedule/": {
        "POST": use("policy/versions/2/unschedule/", "302 409 409 403 403 403 403 403 403"),
    },
    "policy/versions/<int:number>/review/": {
        "GET": use("policy/versions/2/review/", "302 302 302 404 404 404 404 404 403"),
    },
    "policy/versions/<int:number>/review/say/": {
        "POST": use("policy/versions/2/review/say/", "302 409 409 404 404 404 404 404 403",
                    verdict="approved", note="", seen="x"),
    },
    "policy/versions/<int:number>/review/pull-back/": {
        "POST": use("policy/versions/2/review/pull-back/", "302 409 409 403 403 403 403 403 403"),
    },
    "policy/versions/<int:number>/reviewers/": {
        "POST": use("policy/versions/2/reviewers/", EDITED, person="{manager}", department=""),
    },
    "policy/versions/<int:number>/reviewers/<int:review_id>/remove/": {
        "POST": use("policy/versions/2/reviewers/{review}/remove/", EDITED),
    },
    "policy/versions/<int:number>/comments/": {
        "POST": use("policy/versions/2/comments/", "302 302 302 404 404 404 404 404 403",
                    clause="{clause_key}", body="Why?", once=ONCE),
    },
    "policy/versions/<int:number>/comments/<int:comment_id>/resolve/": {
        "POST": use("policy/versions/2/comments/{comment}/resolve/", "302 302 302 404 404 404 404 404 403"),
    },
    "policy/compare/": {"GET": use("policy/compare/?old=1&new=2", "302 302 302 302 302 302 302 302 403")},
    "policy/draft/send/": {"POST": use("policy/draft/send/", EDITED)},
    "policy/draft/folder/": {
        "GET":  use("policy/draft/folder/", EDITING),
        "POST": use("policy/draft/folder/", "302 422 422 403 403 403 403 403 403"),
    },
    "policy/draft/folder/look/": {"GET": use("policy/draft/folder/look/", EDITED)},
    "policy/draft/folder/take/": {
        "POST": use("policy/draft/folder/take/", "302 409 409 403 403 403 403 403 403", seen="x"),
    },
    "policy/draft/": {"GET": use("policy/draft/", EDITING)},
    # There is a draft already, so those who may begin one are told of it.
    "policy/draft/start/": {"POST": use("policy/draft/start/", "302 409 409 403 403 403 403 403 403")},
    "policy/draft/about/": {
        "GET":  use("policy/draft/about/", EDITING),
        "POST": use("policy/draft/about/", EDITED, title="Kinder", summary="", seen="{seen_about}"),
    },
    "policy/draft/targets/": {
        "GET":  use("policy/draft/targets/", EDITING),
        "POST": use("policy/draft/targets/", EDITED, seen="{seen_targets}",
                    **{f"{step}_{priority}": 60
                       for step in ("decide", "claim", "answer", "rest") for priority in range(1, 5)},
                    **{f"hours_{priority}": "always" for priority in range(1, 5)}),
    },
    "policy/draft/lists/": {
        "GET":  use("policy/draft/lists/", EDITING),
        "POST": use("policy/draft/lists/", EDITED, name="Promises", typed="guarantee"),
    },
    "policy/draft/lists/<int:list_id>/": {
        "GET":  use("policy/draft/lists/{word_list}/", EDITING),
        "POST": use("policy/draft/lists/{word_list}/", EDITED, name="Vows", typed="forever", seen="{seen_list}"),
    },
    "policy/draft/lists/<int:list_id>/file/": {"GET": use("policy/draft/lists/{word_list}/file/", EDITING)},
    "policy/draft/lists/<int:list_id>/delete/": {"POST": use("policy/draft/lists/{word_list}/delete/", EDITED)},
    "policy/draft/discard/": {"POST": use("policy/draft/discard/", EDITED)},
    "policy/draft/clauses/add/": {
        "GET":  use("policy/draft/clauses/add/", EDITING),
        "POST": use("policy/draft/clauses/add/", EDITED, title="Thank people", body="They took the time.",
                    key=KEY),
    },
    "policy/draft/clauses/<int:clause_id>/": {
        "GET":  use("policy/draft/clauses/{clause}/", EDITING),
        "POST": use("policy/draft/clauses/{clause}/", EDITED, title="Be kinder", body="Always.", seen="{seen_clause}"),
    },
    "policy/draft/clauses/<int:clause_id>/move/": {
        "POST": use("policy/draft/clauses/{clause}/move/", EDITED, direction="down"),
    },
    "policy/draft/clauses/<int:clause_id>/delete/": {"POST": use("policy/draft/clauses/{clause}/delete/", EDITED)},
    "policy/draft/clauses/<int:clause_id>/rules/add/": {
        "GET":  use("policy/draft/clauses/{clause}/rules/add/", EDITING),
        "POST": use("policy/draft/clauses/{clause}/rules/add/", EDITED,
                    **RULE, key=KEY),
    },
    "policy/draft/rules/<int:rule_id>/": {
        "GET":  use("policy/draft/rules/{rule}/", EDITING),
        "POST": use("policy/draft/rules/{rule}/", EDITED,
                    **RULE, seen="{seen_rule}"),
    },
    "policy/draft/rules/<int:rule_id>/move/": {"POST": use("policy/draft/rules/{rule}/move/", EDITED, direction="up")},
    "policy/clauses/<int:clause_id>/preview/": {"POST": use("policy/clauses/{clause}/preview/", EDITING, **RULE)},
    "policy/draft/rules/<int:rule_id>/delete/": {"POST": use("policy/draft/rules/{rule}/delete/", EDITED)},
}

ROUTES = TEAM | POLICY
