"""Who may use the pages that listen and count, and the channels."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
VIEWERS  = "302 200 403 200 200 200 200 200 403"
REPORTS  = "302 200 403 200 200 403 403 403 403"

LOOKING  = "302 200 403 200 200 403 403 403 403"
MANAGING = "302 200 403 403 403 403 403 403 403"
MANAGED  = "302 302 403 403 403 403 403 403 403"

STREAMS: dict[str, dict[str, Use]] = {
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
    "how-we-measure/": {"GET": use("how-we-measure/", VIEWERS)},
    "reports/": {"GET": use("reports/", REPORTS)},
    "reports/numbers.csv": {"GET": use("reports/numbers.csv", REPORTS)},
}

CHANNELS: dict[str, dict[str, Use]] = {
    "channels/": {"GET": use("channels/", LOOKING)},
    "channels/<int:channel_id>/": {"GET": use("channels/{channel}/", LOOKING)},
    "channels/add/": {"GET": use("channels/add/", MANAGING)},
    "channels/add/<slug:kind>/": {
        "GET":  use("channels/add/feed/", MANAGING),
        "POST": use("channels/add/practice/", MANAGED, name="Stage", setting_seconds_between="90", our_handles="@us"),
    },
    "channels/<int:channel_id>/change/": {
        "GET":  use("channels/{channel}/change/", MANAGING),
        "POST": use("channels/{channel}/change/", MANAGED,
                    name="Stage", setting_seconds_between="90", our_handles="@us"),
    },
    "channels/<int:channel_id>/pause/": {"POST": use("channels/{channel}/pause/", MANAGED)},
    "channels/<int:channel_id>/resume/": {"POST": use("channels/{channel}/resume/", MANAGED)},
    # What a hub was not asked for is unknown, whoever is signed in.
    "hooks/websub/<str:callback_id>/": {
        "GET":  use("hooks/websub/an-address/?hub.challenge=x", "404 404 404 404 404 404 404 404 404"),
        "POST": use("hooks/websub/an-address/", "404 404 404 404 404 404 404 404 404", news="x"),
    },
    # What proves who calls is the signature, whoever is signed in.
    "hooks/<str:endpoint>/": {
        "GET":  use("hooks/an-address/?crc_token=x", "404 404 404 404 404 404 404 404 404"),
        "POST": use("hooks/an-address/", "404 404 404 404 404 404 404 404 404", mentions="x"),
    },
    "channels/<int:channel_id>/secret/": {
        "GET":  use("channels/{webhook}/secret/", MANAGING),
        "POST": use("channels/{webhook}/secret/", MANAGED, secret="only-for-the-tests-of-rights"),
    },
    "channels/<int:channel_id>/secret/end-former/": {"POST": use("channels/{webhook}/secret/end-former/", MANAGED)},
    "channels/<int:channel_id>/fetch/": {"POST": use("channels/{channel}/fetch/", MANAGED)},
    "channels/<int:channel_id>/try/": {"POST": use("channels/{channel}/try/", MANAGED)},
    "channels/<int:channel_id>/set-aside/": {"GET": use("channels/{channel}/set-aside/", LOOKING)},
    "channels/<int:channel_id>/set-aside/<int:set_aside_id>/settle/": {
        "POST": use("channels/{channel}/set-aside/{set_aside}/settle/", MANAGED),
    },
}

ROUTES = STREAMS | CHANNELS
