import socket
import subprocess
import sys

import pytest

from socialhub.local import machine, postgres
from socialhub.local.listener import open_listener
from socialhub.local.problems import LocalProblem


def test_files_of_another_major_are_refused_in_one_sentence(tmp_path):
    (tmp_path / "PG_VERSION").write_text("16\n")

    with pytest.raises(LocalProblem) as refusal:
        postgres.check_major(tmp_path)

    assert str(refusal.value) == (
        f"The data in {tmp_path} was made by PostgreSQL 16 and this is PostgreSQL 18: dump it with the old one and "
        "restore it here (docs/operations.md), or move the folder away."
    )


def test_a_pid_file_whose_number_another_process_has_is_forgotten(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "postmaster.pid").write_text(f"{other.pid}\n{tmp_path}\n")

        postgres.stop_orphan(tmp_path)

        assert other.poll() is None
        other.communicate(b"\n")
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_pid_file_of_a_dead_server_is_left_for_postgres_to_judge(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    (tmp_path / "postmaster.pid").write_text(f"{dead.pid}\n{tmp_path}\n")

    postgres.stop_orphan(tmp_path)

    assert (tmp_path / "postmaster.pid").exists()


def test_one_data_folder_has_one_supervisor(tmp_path):
    with (
        machine.only_one(tmp_path, what="Socialhub"),
        pytest.raises(LocalProblem, match=r"^Socialhub already runs on .* as process \d+: stop it, or set "),
    ):
        machine.only_one(tmp_path, what="Socialhub").__enter__()

    with machine.only_one(tmp_path, what="Socialhub"):
        pass


def test_a_data_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").write_text("")

    with pytest.raises(LocalProblem, match=r"cannot be used \(File exists\): set SOCIALHUB_DATA"):
        machine.only_one(tmp_path / "data", what="Socialhub").__enter__()


@pytest.mark.enable_socket
def test_a_port_in_use_is_refused_with_another_one():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(LocalProblem, match=rf"^Port {port} is in use: .* run with --port \d+\.$"):
            open_listener("127.0.0.1", port)


@pytest.mark.enable_socket
def test_a_host_of_another_machine_is_refused():
    with pytest.raises(LocalProblem, match=r"^192\.0\.2\.1 is not an address of this machine"):
        open_listener("192.0.2.1", 0)


@pytest.mark.enable_socket
@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(port):
    with pytest.raises(LocalProblem, match=rf"^Port {port} does not exist"):
        open_listener("127.0.0.1", port)
