"""What can be seen in an answer without understanding it: personal data, links, shouting, a missing disclosure."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from policies.engine.facts import Facts

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_DIGITS = re.compile(r"\+?\(?\d(?:[ ./()-]{0,2}\d){6,29}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}", re.IGNORECASE)
PERSONAL_DATA = ("email", "phone", "card", "account")


def personal_data_in(text: str) -> dict[str, str]:
    """Return the first of each kind of personal data (see ``PERSONAL_DATA``) that the text has.

    A card number passes the check of ISO/IEC 7812 (Luhn), an account number the one of
    ISO 13616 (IBAN, modulo 97), so that order numbers are not taken for either.
    """
    found: dict[str, str] = {}
    if mail := _MAIL.search(text):
        found["email"] = mail.group()
    for written in _IBAN.finditer(text):
        if _is_iban(written.group().replace(" ", "")):
            found.setdefault("account", written.group())
    for written in _DIGITS.finditer(_LINK.sub(" ", text)):
        digits = re.sub(r"\D", "", written.group())
        if 13 <= len(digits) <= 19 and _is_luhn(digits):
            found.setdefault("card", written.group())
        elif 7 <= len(digits) <= 15 and (written.group().startswith(("+", "0", "(")) or len(digits) in (10, 11)):
            found.setdefault("phone", written.group())
    return found


def hosts_in(text: str) -> Iterator[str]:
    """Yield the hosts of the links in the text, in lower case."""
    for link in _LINK.findall(text):
        try:
            host = urlsplit(link).hostname
        except ValueError:
            continue
        if host:
            yield host.removeprefix("www.")


def is_under(host: str, domains: frozenset[str]) -> bool:
    """Say whether the host is one of the domains, or lies in one."""
    parts = host.split(".")
    return any(".".join(parts[start:]) in domains for start in range(len(parts)))


def capitals_in(text: str) -> float:
    """Return the share of capitals among the letters, 0 to 1; a few letters are no shouting."""
    letters = [letter for letter in text if letter.isupper() or letter.islower()]
    return sum(letter.isupper() for letter in letters) / len(letters) if len(letters) >= 12 else 0.0


def missing_words(facts: Facts, wanted: tuple[str, ...]) -> bool:
    """Say whether the answer says none of ``wanted``, whatever the case."""
    said = facts.answer.casefold()
    return not any(text.casefold() in said for text in wanted)


def _is_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    turned = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
