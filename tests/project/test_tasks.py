"""What is woken exists, and takes what it is given."""

import ast
import inspect

import pytest
from celery import current_app

from tests.project.test_house_rules import modules

WAKERS = {"wake", "wake_in", "wake_last", "work_on"}


@pytest.fixture(scope="module")
def tasks():
    from socialhub.celery import app

    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def named(tree: ast.AST) -> list[tuple[ast.Call, str]]:
    """Return the calls that name a task, with its name; a name that is not written out is what it is written as."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WAKERS:
            name = node.args[1 if node.func.id == "wake_in" else 0]
            found.append((node, name.value if isinstance(name, ast.Constant) else ast.unparse(name)))
    return found


def faults(tree: ast.AST, tasks) -> list[int]:
    """Return the lines that wake what is not there, or give it something else than it takes."""
    return [
        call.lineno
        for call, name in named(tree)
        if name not in tasks
        or {keyword.arg for keyword in call.keywords} != set(inspect.signature(tasks[name].run).parameters)
    ]


def test_what_is_woken_exists_and_takes_what_it_is_given(tasks):
    # The queue itself, and long work in bouts, pass on the name that they are given.
    passing_on = {"socialhub/lib/queue.py", "socialhub/lib/bouts.py"}
    woken = {name: tree for name, tree in modules("") if name not in passing_on}

    assert {name: lines for name, tree in woken.items() if (lines := faults(tree, tasks))} == {}
    assert {name for tree in woken.values() for _call, name in named(tree)} >= {"triage.deliver_reply"}


@pytest.mark.parametrize(
    "call", ["wake('triage.deliver')", "wake('triage.deliver_reply', reply=1)", "wake_in(1, task, reply_id=1)"]
)
def test_a_task_that_is_not_there_is_found(tasks, call):
    assert faults(ast.parse(call), tasks) == [1]


def test_every_sweep_of_the_clock_exists(tasks):
    assert {entry["task"] for entry in current_app.conf.beat_schedule.values()} - set(tasks) == set()
