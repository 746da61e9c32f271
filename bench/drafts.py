"""Drafts: what it costs to save one while it is typed."""

from django.utils import timezone

from bench.cpu import application_seconds, database_seconds
from bench.figures import Figure
from bench.held import make_held
from bench.world import Browser, make_company
from listening.models import Channel
from triage.models import Draft, DraftVersion

# The price is that of the best of some runs: a machine has other things to do as well.
RUNS, SAVES = 5, 200
WARM = 20
WORDS = "we are sorry that the lights are out in your street and will be with you before the evening "

SUMMARY = "saving a draft while it is typed: CPU of application and database"


def measure() -> list[Figure]:
    """Type one answer after the other, and save it at every pause."""
    company = make_company()
    now = timezone.now()
    channel = Channel.objects.create(name="Bench", kind="practice", created_at=now)
    held = make_held(RUNS + 1, channel=channel, department=company["departments"][0], people=company["people"], at=now)
    browser = Browser(company["people"][0])
    _type(browser, held[-1].pk, WARM)
    runs = []
    for one in held[:RUNS]:
        application, database = application_seconds(), database_seconds()
        _type(browser, one.pk, SAVES)
        runs.append(((application_seconds() - application) / SAVES, (database_seconds() - database) / SAVES))
    application, database = min(runs, key=sum)
    return [
        Figure("drafts", Draft.objects.count(), "", RUNS + 1, "exactly"),
        Figure("earlier versions kept", DraftVersion.objects.count()),
        Figure("CPU of the application", application * 1000, "ms"),
        Figure("CPU of the database", database * 1000, "ms"),
        Figure("CPU of one saving", (application + database) * 1000, "ms", 10),
    ]


def _type(browser: Browser, conversation_id: int, times: int) -> None:
    words = (WORDS * (1 + times * 4 // len(WORDS))).replace(" ", "+")
    for time in range(1, times + 1):
        form = {"body": words[: time * 4], "fence": "1", "key": "0b9d1f0e-6d2b-4c53-9a53-0d0f6f0a9a11"}
        status, _body = browser.ask("POST", f"/conversations/{conversation_id}/draft/", form)
        assert status == 200, status
