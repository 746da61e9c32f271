"""Who may use the pages that listen and count, and the channels."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
VIEWERS  = "302 200 403 200 200 200 200 200 403"
REPORTS  = "302 200 403 200 200 403 403 403 403"

ROUTES: dict[str, dict[str, Use]] = {
    "listen/": {"GET": use("listen/", "302 302 403 302 302 302 302 302 403")},
    # That a department exists is no secret, so the stream of another is 403.
    "listen/<slug:slug>/": {"GET": use("listen/care/", "302 200 403 200 200 200 403 200 403")},
    "takeaways/": {"GET": use("takeaways/", VIEWERS)},
    "takeaways/takeaways.csv": {"GET": use("takeaways/takeaways.csv", VIEWERS)},
    "conversations/<int:conversation_id>/takeaways/": {
        "GET":  use("conversations/{claimed}/takeaways/", "302 200 403 200 200 200 404 200 403"),
        "POST": use("conversations/{claimed}/takeaways/", "302 403 403 403 403 302 404 302 403",
                    department="care", kind="idea", text="Draw a map."),
    },
    "reports/": {"GET": use("reports/", REPORTS)},
    "reports/numbers.csv": {"GET": use("reports/numbers.csv", REPORTS)},
}
