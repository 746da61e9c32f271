"""Who may write the guide of the policy."""

from tests.access.table import ONCE, Use, use

# Columns: anonymous, administrator, policy editor, manager, triage owner,
# lead, responder, listener, nobody: see ``tests.access.world.ACTORS``.
EDITING = "302 200 200 403 403 403 403 403 403"
EDITED = "302 302 302 403 403 403 403 403 403"
QUESTION = {
    "text": "Must we?",
    "a1-key": "y", "a1-said": "Yes", "a1-to": "=", "a1-advice": "Do.",
    "a2-key": "n", "a2-said": "No", "a2-to": "=", "a2-advice": "Leave it.",
}  # fmt: skip
CONDITION = {"c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "fire"}

# fmt: off
ROUTES: dict[str, dict[str, Use]] = {
    "policy/draft/guide/": {"GET": use("policy/draft/guide/", EDITING)},
    "policy/draft/guide/add/": {
        "GET":  use("policy/draft/guide/add/", EDITING),
        "POST": use("policy/draft/guide/add/", EDITED, **QUESTION, once=ONCE),
    },
    "policy/draft/guide/questions/<slug:key>/": {
        "GET":  use("policy/draft/guide/questions/danger/", EDITING),
        "POST": use("policy/draft/guide/questions/danger/", EDITED, **QUESTION, seen="{seen_guide}"),
    },
    "policy/draft/guide/questions/<slug:key>/move/": {
        "POST": use("policy/draft/guide/questions/danger/move/", EDITED, direction="down"),
    },
    "policy/draft/guide/questions/<slug:key>/delete/": {
        "POST": use("policy/draft/guide/questions/danger/delete/", EDITED),
    },
    "policy/draft/guide/questions/<slug:key>/answers/<slug:answer>/": {
        "GET":  use("policy/draft/guide/questions/danger/answers/y/", EDITING),
        "POST": use("policy/draft/guide/questions/danger/answers/y/", EDITED, **CONDITION, seen="{seen_guide}"),
    },
}
# fmt: on
