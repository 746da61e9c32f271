import pytest

from socialhub.local import chromium
from socialhub.local.problems import LocalProblem
from socialhub.management.commands import test as command


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setattr(command, "find_chromium", lambda: None)
    monkeypatch.setattr(command, "install_chromium", lambda: None)


def test_a_missing_browser_fails_the_run_of_the_build_server(no_browser, monkeypatch):
    monkeypatch.setenv("CI", "true")

    with pytest.raises(LocalProblem, match="There is no Chromium"):
        command.Command().test([])


def test_a_missing_browser_is_told_before_and_after_elsewhere(no_browser, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    taken = []
    monkeypatch.setattr(command.Command, "on_own_servers", lambda self, options, variables: taken.append(options) or 0)

    code = command.Command().test(["-x"])

    said = capsys.readouterr().err
    assert (code, taken) == (0, [["-x", "-m", "not browser"]])
    assert said.splitlines() == [
        "There is no Chromium: install it or set CHROMIUM to its program. The browser tests are left out.",
        "The browser tests were left out: there is no Chromium.",
    ]


def test_leaving_the_browser_out_keeps_the_callers_selection():
    options = ["-m", "concurrency or browser", "-q"]

    assert command.without_browser(options) == ["-m", "(concurrency or browser) and not browser", "-q"]


def test_a_browser_that_cannot_be_run_is_refused(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    with pytest.raises(LocalProblem, match="CHROMIUM names /nowhere/chromium, which cannot be run"):
        chromium.find_chromium()
