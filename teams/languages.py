"""In which language somebody is spoken to."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from teams.models import User
from teams.services import organisation

NONE_ASKED = ("*", "")


def of_request(request: HttpRequest) -> str:
    """Return the language of a page: what the person chose, else what the browser wants, else the company's."""
    user = getattr(request, "user", None)
    if isinstance(user, User) and user.language in dict(settings.LANGUAGES):
        return user.language
    return of_browser(request) or _of_the_company()


def of_browser(request: HttpRequest) -> str:
    """Return the language that the browser wants, as far as there is one; the database is not asked."""
    wished = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
    wished += [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for code in wished:
        if code in NONE_ASKED:
            continue
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return ""


def of_person(person: User) -> str:
    """Return the language of a mail to somebody, of whose browser nothing is known."""
    return person.language if person.language in dict(settings.LANGUAGES) else _of_the_company()


def _of_the_company() -> str:
    found = organisation.current()
    return (
        found.language if found is not None and found.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    )
