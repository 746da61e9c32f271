"""How django-allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_noop

from teams import languages
from teams.models import User
from teams.rights import Rights

# Both are asked for at every request; one statement takes half the time of two.
USER_WITH_RIGHTS = """
SELECT teams_user.*, ARRAY(
    SELECT json_build_array(role, NULL) FROM teams_appointment WHERE user_id = teams_user.id
    UNION ALL
    SELECT json_build_array(role, department_id) FROM teams_membership WHERE user_id = teams_user.id
) AS held
FROM teams_user WHERE teams_user.id = %s AND teams_user.is_active
"""

# What django-allauth says in our name. Marked here, our catalogues have it, which go before its own: those mix how
# people are addressed.
SAID_FOR_US = (
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Please type your current password."),
    gettext_noop("You cannot add more than %d email addresses."),
    gettext_noop("You cannot remove your primary email address (%(email)s)."),
    gettext_noop("You cannot remove your primary email address."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("Your primary email address must be verified."),
)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: administrators add people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Keep the door closed."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in the language of its reader, who need not be the one that asked for it."""
        with translation.override(languages.of_person(context["user"])):
            super().send_mail(template_prefix, email, context)


class Backend(AuthenticationBackend):
    """Signs in by e-mail address, and reads a person together with what they may do."""

    def get_user(self, user_id: int | str) -> User | None:
        """Return the person of a session, if they may still sign in."""
        for user in User.objects.raw(USER_WITH_RIGHTS, [user_id]):
            user.rights = Rights.from_rows(getattr(user, "held"))  # noqa: B009 - the column is this query's own
            return user
        return None
