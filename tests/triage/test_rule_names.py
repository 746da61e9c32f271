from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from policies import troubles
from policies.folder import packing
from policies.models import Clause
from teams.roles import Role
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

CONDITION = {
    "any": [
        {"channel": ["Our Shop", "email", "Old shop"]},
        {"stream": ["Launch", "Gone"]},
        {"author": ["press", "Friends"]},
    ]
}
UNKNOWN = [
    "No channel is called “old shop”, nor any kind of channel.",
    "No stream is called “gone”.",
    "No list of authors is called “friends”.",
    "Nobody here has the e-mail address “nobody@example.com”.",
]


@pytest.fixture
def clause() -> Clause:
    OrganisationFactory()
    ChannelFactory(name="Our shop")
    StreamFactory(name="Launch")
    return ClauseFactory(version=PolicyVersionFactory(), number=2, label="2")


def test_names_that_nothing_has_are_told_beside_the_rule_of_a_draft(client, clause):
    rule = RuleFactory(clause=clause, condition=CONDITION, outcome={"person": "Nobody@example.com"})
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    client.force_login(editor)

    assert troubles.troubles_of(clause.version)[rule.pk] == UNKNOWN
    for address in ("/policy/draft/", f"/policy/draft/rules/{rule.pk}/"):
        page = client.get(address).content.decode()
        assert [trouble in page for trouble in UNKNOWN] == [True] * 4


def test_names_that_something_has_are_not_told(clause):
    UserFactory(email="ada@example.com")
    found = {"all": [{"channel": ["our shop", "Email"]}, {"stream": "launch"}, {"author": ["Press"]}]}
    RuleFactory(clause=clause, condition=found, outcome={"person": "Ada@example.com", "tags": ["sold"]})
    RuleFactory(clause=clause, position=2, condition={"tag": ["sold"]}, outcome={"priority": 1})

    assert troubles.troubles_of(clause.version) == {}


def test_somebody_who_has_left_is_told(clause):
    UserFactory(email="ada@example.com", is_active=False)
    rule = RuleFactory(clause=clause, outcome={"person": "ada@example.com"})

    assert troubles.troubles_of(clause.version)[rule.pk] == ["Nobody here has the e-mail address “ada@example.com”."]


def test_names_that_nothing_has_are_told_while_a_rule_is_written(client, clause):
    client.force_login(AppointmentFactory(role=Role.POLICY_EDITOR).user)
    typed = {
        "name": "Shop",
        "c.1.is": "all",
        "c.1.1.is": "channel",
        "c.1.1.lines": "Old shop\nemail",
        "o-priority": "2",
    }

    page = client.post(f"/policy/clauses/{clause.pk}/preview/", typed).content.decode()

    assert UNKNOWN[0] in page


FILES = {
    "policy.yaml": (
        "format: 1\ntitle: Ours\nclauses:\n- file: clauses/01-kind.md\n  rules:\n"
        "  - name: Fine\n    when: {words: [refund]}\n    then: {priority: 1}\n"
        "  - name: Shop\n    when: {channel: [Old shop, email]}\n    then: {department: away}\n"
        "targets: []\n"
    ),
    "clauses/01-kind.md": "# Be kind\n\nThank people.\n",
}


def check(folder: Path, *more: str) -> tuple[str, str]:
    told, wrong = StringIO(), StringIO()
    call_command("policy", "check", str(folder), *more, stdout=told, stderr=wrong)
    return told.getvalue(), wrong.getvalue()


def test_a_folder_is_checked_against_the_names_that_there_are(tmp_path):
    packing.write_directory(FILES, tmp_path / "ours")

    assert check(tmp_path / "ours")[1] == ""
    told, wrong = check(tmp_path / "ours", "--names")
    assert told == "Nothing is wrong. Clauses: 1, rules: 2.\n"
    assert wrong.splitlines() == [
        "policy.yaml:9: The rule “Shop” of clause 1: It names a department that takes no conversations: “away”.",
        "policy.yaml:9: The rule “Shop” of clause 1: No channel is called “old shop”, nor any kind of channel.",
    ]
