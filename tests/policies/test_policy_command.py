import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from policies.folder import packing
from policies.folder.writing import write_files
from policies.models import PolicyVersion
from policies.services import documents
from tests.policies.test_folder import FILES


def run(*arguments: object) -> tuple[str, str]:
    told, wrong = io.StringIO(), io.StringIO()
    try:
        call_command("policy", *map(str, arguments), stdout=told, stderr=wrong)
    except CommandError as error:
        return told.getvalue(), f"{wrong.getvalue()}{error}"
    return told.getvalue(), wrong.getvalue()


@pytest.fixture
def folder(tmp_path) -> Path:
    packing.write_directory(FILES, tmp_path / "ours")
    return tmp_path / "ours"


def test_a_folder_is_checked_without_a_database(folder):
    assert run("check", folder) == ("Nothing is wrong. Clauses: 2, rules: 1.\n", "")

    (folder / "policy.yaml").write_text(FILES["policy.yaml"].replace("format: 1", "format: 2"))
    assert run("check", folder) == (
        "",
        "policy.yaml:1: This folder is of another format: “format” must be 1.\n1 problem found.",
    )
    assert run("check", folder / "nothing")[1].endswith("is neither a folder nor a file.")


def test_folders_are_compared_without_a_database(folder, tmp_path):
    other = tmp_path / "theirs"
    packing.write_directory(
        {
            **FILES,
            "clauses/01.1-kind.md": "# Be kind\n\nThank all people.\n",
            "lists/outages.csv": "outage\nstorm\n",
        },
        other,
    )

    assert run("diff", folder, folder) == ("Nothing differs.\n", "")
    assert run("diff", folder, other, "--exit-code") == (
        "Clause 1.1, changed: Be kind\n"
        "Thank{+ all+} people.\n"
        "Word lists:\n"
        "  - List “outages” (Outages): 3 words.\n"
        "  + List “outages” (Outages): 2 words.\n"
        "  - outages: dark, cold\n"
        "  - outages: blackout\n"
        "  + outages: storm\n",
        "They differ.",
    )


def test_a_version_is_exported_and_compared(in_force, tmp_path):
    assert run("export", tmp_path / "ours")[0] == f"3 files written to {tmp_path / 'ours'}.\n"
    assert run("export", tmp_path / "ours.zip", "--version-number", "1")[1] == ""

    assert run("diff", "in-force", tmp_path / "ours") == ("Nothing differs.\n", "")
    assert run("diff", tmp_path / "ours.zip", "1") == ("Nothing differs.\n", "")
    assert run("diff", "7", "1")[1] == "There is no version 7."
    assert run("export", tmp_path / "x", "--version-number", "draft")[1] == "There is no version draft."


def test_a_folder_is_imported_into_a_draft(in_force, editor, folder):
    told, wrong = run("import", folder, "--by", editor.email.upper())

    assert (told, wrong) == (f"The draft of version 2 now says what {folder} says.\n", "")
    draft = PolicyVersion.objects.get(number=2)
    assert (draft.state, draft.title, draft.created_by) == ("draft", "How we answer", editor)
    assert write_files(documents.document_of(draft))["clauses/01.1-be-kind.md"] == FILES["clauses/01.1-kind.md"]


def test_a_folder_is_imported_by_an_editor_alone(in_force, reader, folder):
    assert run("import", folder, "--by", reader.email)[1] == f"{reader.email} is nobody who may edit the policy."
    assert PolicyVersion.objects.count() == 1
