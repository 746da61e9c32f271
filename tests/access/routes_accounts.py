"""Who may use the pages around signing in. Everybody who is signed in is the same person here."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, then everybody who is signed in.
PUBLIC   = "200 200 200 200 200 200 200 200 200"
STRANGERS = "200 302 302 302 302 302 302 302 302"
SIGNED_IN = "302 200 200 200 200 200 200 200 200"

ROUTES: dict[str, dict[str, Use]] = {
    "language/": {
        "POST": use("language/", "302 302 302 302 302 302 302 302 302", language="de", next="/accounts/login/"),
    },
    "accounts/login/": {"GET": use("accounts/login/", STRANGERS)},
    "accounts/logout/": {
        "GET":  use("accounts/logout/", "302 200 200 200 200 200 200 200 200"),
        "POST": use("accounts/logout/", "302 302 302 302 302 302 302 302 302"),
    },
    "accounts/signup/": {"GET": use("accounts/signup/", STRANGERS)},
    "accounts/inactive/": {"GET": use("accounts/inactive/", PUBLIC)},
    "accounts/reauthenticate/": {"GET": use("accounts/reauthenticate/", SIGNED_IN)},
    "accounts/email/": {"GET": use("accounts/email/", SIGNED_IN)},
    "accounts/confirm-email/": {"GET": use("accounts/confirm-email/", PUBLIC)},
    "accounts/confirm-email/(?P<key>[-:\\w]+)/$": {"GET": use("accounts/confirm-email/unknown/", PUBLIC)},
    "accounts/login/code/confirm/": {"GET": use("accounts/login/code/confirm/", "302 302 302 302 302 302 302 302 302")},
    "accounts/password/change/": {"GET": use("accounts/password/change/", SIGNED_IN)},
    "accounts/password/set/": {"GET": use("accounts/password/set/", "302 302 302 302 302 302 302 302 302")},
    "accounts/password/reset/": {"GET": use("accounts/password/reset/", PUBLIC)},
    "accounts/password/reset/done/": {"GET": use("accounts/password/reset/done/", PUBLIC)},
    "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": {
        "GET": use("accounts/password/reset/key/1-unknown/", PUBLIC),
    },
    "accounts/password/reset/key/done/": {"GET": use("accounts/password/reset/key/done/", PUBLIC)},
}
