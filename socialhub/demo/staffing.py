"""Who acts: the triage owner on duty, the colleague who takes a conversation."""

from datetime import datetime
from random import Random

from socialhub.demo import company
from socialhub.demo.company import PersonSpec
from socialhub.demo.rhythm import OFFICE, SERVICE, Shift, local

SPEAKS = {
    "ida": ("da", "en"),
    "jonas": ("de", "en"),
    "carla": ("pt", "es", "en"),
    "elias": ("en", "fr"),
    "leonie": ("de", "en", "es"),
    "kaj": ("da", "en", "fr"),
    "mikkel": ("da", "en", "de"),
    "amelie": ("fr", "es", "pt", "en"),
    "joana": ("pt", "es", "en", "fr"),
    "sven": ("de", "en", "da"),
}
SIGNED = {"kaj": "Kaj, Studio Kaj for Tavolund"}


def triage_owner_on_duty(rng: Random, at: datetime) -> str:
    """Return who decides: they take weeks in turn, and stand in for each other now and then."""
    owners = company.triage_owners()
    turn = local(at).isocalendar().week % len(owners)
    if rng.random() < 0.18:
        turn = (turn + 1) % len(owners)
    return owners[turn].key


def colleague(rng: Random, department: str, language: str, *, other_than: str = "") -> str:
    """Return who answers for a department, as a rule somebody who speaks the language."""
    people = [person for person in company.responders(department) if person.key != other_than]
    people = people or list(company.responders(department))
    fluent = [person for person in people if language in SPEAKS.get(person.key, (language,))]
    pool = fluent if fluent and rng.random() < 0.9 else people
    return rng.choice(pool).key


def writer_of(rng: Random, department: str) -> str:
    """Return who writes a takeaway for a department: anybody in it, listeners as well."""
    return rng.choice(company.members(department)).key


def shift_of(department: str) -> Shift:
    """Return when a department works."""
    return SERVICE if department in ("customer-service", "public-relations") else OFFICE


def signature(key: str) -> str:
    """Return the name that stands under an answer."""
    person: PersonSpec = next(person for person in company.PEOPLE if person.key == key)
    return SIGNED.get(key, person.name.split()[0])
