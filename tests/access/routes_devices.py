"""Who may use the pages about one's own browsers. Everybody who is signed in is the same person here."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, then everybody who is signed in.
ROUTES: dict[str, dict[str, Use]] = {
    "account/devices/": {"GET": use("account/devices/", "302 200 200 200 200 200 200 200 200")},
    # A browser that names no address to send to.
    "account/devices/add/": {"POST": use("account/devices/add/", "302 422 422 422 422 422 422 422 422",
                                         endpoint="http://127.0.0.1/", p256dh="x", auth="x")},
    # Nobody's browser here.
    "account/devices/<int:device_id>/": {
        "POST": use("account/devices/1/", "302 404 404 404 404 404 404 404 404"),
    },
    "account/devices/<int:device_id>/remove/": {
        "POST": use("account/devices/1/remove/", "302 404 404 404 404 404 404 404 404"),
    },
}
