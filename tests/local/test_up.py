import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from socialhub.local.problems import LocalProblem
from socialhub.local.running import product
from tests.local.running import NAMES, SECONDS, data_folder, running, start_command, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.enable_socket,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes as Linux shows them"),
]


def test_up_opens_the_page_alone_on_its_data_and_ctrl_c_leaves_nothing():
    with running() as up:
        before = up.children()
        second = start_command(["up", "--port", "0"], up.data, up.data / "second")

        assert second.wait(SECONDS) == 1
        assert f"Socialhub already runs on {up.data} as process {up.process.pid}" in (up.data / "second").read_text()
        assert (up.children(), up.answer("/healthz"), up.answer("/readyz")) == (before, 200, 200)

        up.process.send_signal(signal.SIGINT)

        assert up.process.wait(SECONDS) == 0
        assert up.nothing_left()
        assert f"Open http://localhost:{up.port}" in up.output.read_text()
        assert "The first visit sets up your organisation." in up.output.read_text()


def test_whatever_is_killed_comes_back():
    with running() as up:
        for name in NAMES:
            before = up.children()[name]
            os.kill(before, signal.SIGKILL)
            until(lambda: up.children().get(name, before) != before)  # noqa: B023 - called before the next turn
            until(lambda: up.answer("/readyz") == 200)

        assert sorted(up.children()) == NAMES
        said = up.output.read_text()
        assert [f"{name} was killed by signal 9; it is started again" in said for name in NAMES] == [True] * len(NAMES)


def test_killing_the_supervisor_leaves_nothing_and_its_data_is_sound():
    with running() as up:
        up.process.kill()
        up.process.wait(SECONDS)
        until(up.nothing_left)

        again = start_command(["up", "--empty", "--port", str(up.port)], up.data, up.output)
        try:
            until(lambda: up.answer("/readyz") == 200)
        finally:
            again.send_signal(signal.SIGTERM)

        assert again.wait(SECONDS) == 0


def test_a_product_that_ends_beside_us_is_told_with_its_last_words():
    with data_folder() as data, ExitStack() as stack:
        beside = stack.enter_context(product(data, "--empty"))
        beside.process.terminate()
        beside.process.wait(SECONDS)

        with pytest.raises(LocalProblem, match="ended by itself, with code 0"):
            stack.close()


def test_test_runs_pytest_on_servers_of_its_own_and_answers_as_it_does(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/bin/true")
    with data_folder() as data:
        run = start_command(["test", "tests/local/test_paths.py", "-q", "-k", "no_such_test"], data, data / "output")

        assert run.wait(SECONDS) == pytest.ExitCode.NO_TESTS_COLLECTED
        assert "deselected" in (data / "output").read_text()
        assert (data / "test" / "postgres" / "PG_VERSION").exists()
        assert not (data / "test" / "postgres" / "postmaster.pid").exists()
