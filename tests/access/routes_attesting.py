"""Who may attest the policy, write its quiz, and see who attested."""

from tests.access.table import ONCE, Use, use

# Columns: anonymous, administrator, policy editor, manager, triage owner,
# lead, responder, listener, nobody: see ``tests.access.world.ACTORS``.
EDITING = "302 200 200 403 403 403 403 403 403"
EDITED = "302 302 302 403 403 403 403 403 403"
AUDITING = "302 200 200 200 403 403 403 403 403"
QUESTION = {"clause": "{clause}", "text": "Must we?", "answer_1": "Yes", "answer_2": "No", "right": 1}

# fmt: off
ROUTES: dict[str, dict[str, Use]] = {
    "policy/attest/": {
        "GET":  use("policy/attest/", "302 302 302 302 302 302 302 302 403"),
        "POST": use("policy/attest/", "302 302 302 302 302 302 302 302 403", version="{version}"),
    },
    "policy/waivers/": {"GET": use("policy/waivers/", "302 200 200 200 200 200 200 200 403")},
    "policy/waivers/grant/": {
        "GET":  use("policy/waivers/grant/", EDITING),
        "POST": use("policy/waivers/grant/", EDITED, clause="{clause_in_force}", department="{care}",
                    reason="They are new.", until="{next_month}", once=ONCE),
    },
    "policy/waivers/<int:waiver_id>/revoke/": {"POST": use("policy/waivers/{waiver}/revoke/", EDITED)},
    "policy/register/": {"GET": use("policy/register/", AUDITING)},
    "policy/versions/<int:number>/register/": {"GET": use("policy/versions/1/register/", AUDITING)},
    "policy/versions/<int:number>/register/file/": {"GET": use("policy/versions/1/register/file/", AUDITING)},
    "policy/draft/quiz/": {"GET": use("policy/draft/quiz/", EDITING)},
    "policy/draft/quiz/terms/": {
        "GET":  use("policy/draft/quiz/terms/", EDITING),
        "POST": use("policy/draft/quiz/terms/", EDITED, grace_days=7, pass_mark=50, seen="{seen_terms}"),
    },
    "policy/draft/quiz/add/": {
        "GET":  use("policy/draft/quiz/add/", EDITING),
        "POST": use("policy/draft/quiz/add/", EDITED, **QUESTION, once=ONCE),
    },
    "policy/draft/quiz/<int:question_id>/": {
        "GET":  use("policy/draft/quiz/{question}/", EDITING),
        "POST": use("policy/draft/quiz/{question}/", EDITED, **QUESTION, seen="{seen_question}"),
    },
    "policy/draft/quiz/<int:question_id>/delete/": {"POST": use("policy/draft/quiz/{question}/delete/", EDITED)},
}
# fmt: on
