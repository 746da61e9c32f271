import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from policies.folder import packing
from policies.folder.writing import write_files
from policies.models import Clause, PolicyVersion, Upload, WordList
from policies.services import documents, drafting
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory
from tests.factories.teams import NOON, DepartmentFactory

RULE = {
    "name": "Outage",
    "kind": "routing",
    "c.1.is": "all",
    "c.1.1.is": "pattern",
    "o-priority": "1",
}
# What a backtracking engine never ends with, and what no engine should build.
ENDLESS, HUGE = "(x+x+)+y", "((a{100}){100}){100}"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


@pytest.fixture
def clause(draft) -> Clause:
    return draft.clauses.get(number=2)


def body(response) -> str:
    return response.content.decode()


def files_of(draft: PolicyVersion, **change: str) -> dict[str, str]:
    """Return the draft as a folder; ``change`` is added to its policy.yaml, or replaces a file of it."""
    return {**write_files(documents.document_of(draft)), **change}


def with_rule(draft: PolicyVersion, rule: str) -> dict[str, str]:
    files = files_of(draft)
    main = files["policy.yaml"]
    clause = "- file: clauses/02-be-kind.md\n"
    assert clause in main
    files["policy.yaml"] = main.replace(clause, f"{clause}  rules:\n  - {{name: Bad, {rule}}}\n")
    return files


def refused_everywhere(client, editor, draft: PolicyVersion, files: dict[str, str], tmp_path: Path) -> set[str]:
    """Bring a folder on the page and on the command line; return what is said each time. Nothing of it is taken."""
    before = documents.document_of(draft)
    client.force_login(editor)
    zipped = SimpleUploadedFile("policy.zip", packing.write_zip(files, name="ours"))
    response = client.post("/policy/draft/folder/", {"folder": zipped})
    assert response.status_code == 422
    said = {str(problem) for problem in response.context["problems"]}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for act in ("check", "import"):
        wrong = StringIO()
        with pytest.raises(CommandError, match="1 problem found"):
            call_command("policy", act, str(tmp_path), stdout=StringIO(), stderr=wrong)
        said |= set(wrong.getvalue().splitlines())
    assert not Upload.objects.exists()
    assert documents.document_of(draft) == before
    return said


def test_a_pattern_that_would_explode_elsewhere_is_taken_and_one_that_is_too_large_refused(client, editor, clause):
    client.force_login(editor)
    address = f"/policy/draft/clauses/{clause.pk}/rules/add/"

    refused = client.post(address, {**RULE, "c.1.1.text": HUGE})
    assert refused.status_code == 422
    assert "The pattern “((a{100}){100}){100}” cannot be used" in body(refused)
    assert not clause.rules.exists()

    assert client.post(address, {**RULE, "c.1.1.text": ENDLESS}).status_code == 302
    assert clause.rules.get().condition == {"pattern": ENDLESS}


def test_a_pattern_that_is_too_large_is_refused_in_a_folder(client, editor, draft, tmp_path):
    files = with_rule(draft, f"when: {{pattern: '{HUGE}'}}, then: {{priority: 1}}")

    (said,) = refused_everywhere(client, editor, draft, files, tmp_path)

    assert "The pattern “((a{100}){100}){100}” cannot be used" in said


def test_a_rule_for_a_department_that_was_removed_keeps_a_version_back_until_it_names_another(
    client, editor, draft, clause
):
    care = DepartmentFactory(slug="care", name="Customer care")
    RuleFactory(clause=clause, name="Refunds", outcome={"department": "care"})
    care.is_active = False
    care.save(update_fields=["is_active"])
    client.force_login(editor)

    assert "It names a department that takes no conversations: “care”." in body(client.get("/policy/draft/"))
    refused = client.post("/policy/versions/2/publish/", {"reason": "A test."})

    assert refused.status_code == 422
    assert "The rule “Refunds” of clause 2 names a department that takes no conversations." in body(refused)
    assert PolicyVersion.objects.in_force().get().number == 1


def test_a_folder_that_names_a_department_that_was_removed_is_taken_and_told(client, editor, draft, tmp_path):
    DepartmentFactory(slug="care", is_active=False)
    files = with_rule(draft, "when: {words: [refund]}, then: {department: care}")
    packing.write_directory(files, tmp_path / "ours")

    call_command("policy", "import", str(tmp_path / "ours"), stdout=StringIO())

    client.force_login(editor)
    assert "It names a department that takes no conversations: “care”." in body(client.get("/policy/draft/"))


@pytest.mark.parametrize("minutes", [525_601, 525_600_000, -525_600_000])
def test_a_telling_a_thousand_years_later_is_refused(client, editor, draft, tmp_path, minutes):
    files = with_rule(
        draft, f"kind: escalation, when: {{private: true}}, then: {{minutes: {minutes}, tell: [{{role: lead}}]}}"
    )

    (said,) = refused_everywhere(client, editor, draft, files, tmp_path)

    assert said.endswith("Minutes must be a whole number, at most a year.")


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (0, "The time to decide at priority 1 must be at least one minute."),
        (525_600_000, "The time to decide at priority 1 is longer than a year; at most 525600 minutes make sense."),
    ],
)
def test_times_of_nothing_or_a_thousand_years_are_refused_in_a_folder(
    client, editor, draft, tmp_path, minutes, sentence
):
    files = files_of(draft)
    files["policy.yaml"] = re.sub(r"decide: \d+", f"decide: {minutes}", files["policy.yaml"], count=1)

    (said,) = refused_everywhere(client, editor, draft, files, tmp_path)

    assert said.endswith(sentence)


def test_a_list_of_a_million_words_is_refused_however_it_comes(client, editor, draft, tmp_path):
    million = "".join(f"w{number:x}\n" for number in range(500_000))
    files = files_of(draft)
    files["policy.yaml"] += "lists:\n  all: {name: All, file: lists/all.csv}\n"
    assert files["policy.yaml"].count("lists:") == 1

    said = refused_everywhere(client, editor, draft, {**files, "lists/all.csv": million}, tmp_path)
    assert [one.split(": ", 1)[1] for one in said] == [
        "lists/all.csv has more than 100,000 words: a list takes at most so many."
    ]
    twice = refused_everywhere(client, editor, draft, {**files, "lists/all.csv": million * 2}, tmp_path)
    assert twice == {"lists/all.csv: The file is larger than 4 MB."}
    typed = client.post("/policy/draft/lists/", {"name": "All", "typed": million[:800_000]})
    assert typed.status_code == 422
    assert not WordList.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "Anchors and aliases (& and *) are not taken. Write it out."),
        ("a: !!python/object:os.system {}\n", "Tags (!) are not taken. Write plain texts, numbers and lists."),
    ],
)
def test_tricks_in_yaml_are_refused_wherever_it_is_taken(client, editor, draft, clause, tmp_path, text, sentence):
    said = refused_everywhere(client, editor, draft, files_of(draft, **{"policy.yaml": text}), tmp_path)
    assert said == {f"policy.yaml:1: {sentence}"}

    typed = client.post(f"/policy/draft/clauses/{clause.pk}/rules/add/", {**RULE, "view": "text", "text": text})
    assert typed.status_code == 422
    assert sentence.replace("&", "&amp;") in body(typed)
    assert not clause.rules.exists()


def approved(number: int) -> PolicyVersion:
    version = PolicyVersionFactory(number=number)
    ClauseFactory(version=version)
    PolicyVersion.objects.filter(pk=version.pk).update(state="approved")
    return version


def test_the_second_version_for_one_moment_is_refused_on_its_page(client, editor, in_force):
    for number in (2, 3):
        approved(number)
    client.force_login(editor)
    moment = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    given = {"moment": moment, "reason": "A test."}

    assert client.post("/policy/versions/2/schedule/", given).status_code == 302
    second = client.post("/policy/versions/3/schedule/", given)

    assert second.status_code == 422
    assert "Version 2 comes in force at the same moment." in body(second)
    assert PolicyVersion.objects.scheduled().get().number == 2


@pytest.mark.parametrize("moment", ["2027-03-28T02:30", "2027-10-31T02:30"])
def test_a_moment_that_there_is_not_or_twice_in_the_night_of_a_clock_change_is_refused(
    client, editor, in_force, moment, time_machine
):
    time_machine.move_to(NOON)
    editor.time_zone = "Europe/Berlin"
    editor.save(update_fields=["time_zone"])
    approved(2)
    client.force_login(editor)

    refused = client.post("/policy/versions/2/schedule/", {"moment": moment, "reason": "A test."})

    assert refused.status_code == 422
    assert refused.context["form"].errors["moment"]
    assert PolicyVersion.objects.get(number=2).state == "approved"
    # An hour later is a moment like any other.
    taken = client.post("/policy/versions/2/schedule/", {"moment": moment.replace("T02", "T03"), "reason": "A test."})
    assert taken.status_code == 302
