"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("insights", "listening", "policies", "socialhub", "teams", "triage")
MOST_LINES = 400
VAGUE_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
OUTSIDE_ADDRESSES = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).exists()]


def modules(part: str) -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "/migrations/" not in name and part in name:
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module, attribute: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == attribute
    ]


def test_no_file_grows_beyond_reading():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py", "*.js", "*.css", "*.html")
        if "/migrations/" not in str(path)
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }

    assert long == {}


def test_no_file_has_a_name_that_says_nothing():
    assert [path.name for path in tracked("*.py") if path.name in VAGUE_NAMES] == []


@pytest.mark.parametrize("part", ["/services/", "/models/"])
def test_rules_and_rows_are_told_the_time(part):
    guilty = [
        f"{name}:{call.lineno}"
        for name, tree in modules(part)
        for call in calls(tree, "now")
        if ast.unparse(call.func) in {"timezone.now", "datetime.now"}
    ]

    assert guilty == []


def test_rules_and_rows_know_no_requests():
    guilty = [
        name
        for part in ("/services/", "/models/")
        for name, tree in modules(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"django.http", "django.shortcuts"}
    ]

    assert guilty == []


def test_rules_save_only_the_columns_they_changed():
    guilty = [
        f"{name}:{call.lineno}"
        for name, tree in modules("/services/")
        for call in calls(tree, "save")
        if not any(keyword.arg == "update_fields" for keyword in call.keywords)
        # The session store, a file and a new row’s first save have no columns to name.
        and ast.unparse(call.func) not in {"session.save", "default_storage.save"}
    ]

    assert guilty == []


def test_background_work_starts_through_the_queue_alone():
    guilty = [
        f"{name}:{call.lineno}"
        for name, tree in modules("")
        for method in ("delay", "apply_async", "send_task")
        for call in calls(tree, method)
        if name != "socialhub/lib/queue.py"
    ]

    assert guilty == []


def test_nothing_hangs_on_saving_a_row():
    assert [name for name, tree in modules("") if "post_save" in ast.unparse(tree)] == []


def test_templates_hold_neither_scripts_nor_styles():
    guilty = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in tracked("*.html")
        if (
            found := re.search(
                r"<style\b|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)[^>]*>", path.read_text(encoding="utf-8")
            )
        )
    ]

    assert guilty == []


def test_pages_load_nothing_from_elsewhere():
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked("templates/*.html", "static/*.css", "static/*.js")
        if OUTSIDE_ADDRESSES.search(path.read_text(encoding="utf-8"))
    ]

    assert guilty == []


def test_raw_colours_stand_in_the_tokens_alone():
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked("static/css/*.css")
        if path.name != "tokens.css"
        and re.search(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\boklch\(", path.read_text(encoding="utf-8"))
    ]

    assert guilty == []


def test_locked_requirements_name_no_address():
    guilty = [path.name for path in tracked("*.lock") if "://" in path.read_text(encoding="utf-8")]

    assert guilty == []
