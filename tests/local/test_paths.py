import os
import stat
from pathlib import Path

import pytest

from socialhub.local import paths
from socialhub.local.problems import LocalProblem
from socialhub.local.unprivileged import everybody_may_enter, reachable_copy


def test_data_lies_in_the_project_unless_moved(monkeypatch):
    monkeypatch.delenv("SOCIALHUB_DATA", raising=False)
    unmoved = paths.data_dir()
    monkeypatch.setenv("SOCIALHUB_DATA", "/srv/social")

    assert (unmoved, paths.data_dir()) == (paths.PROJECT / ".data", Path("/srv/social"))


def test_addresses_name_the_sockets_of_the_data_folder():
    assert paths.database_url(Path("/srv/so cial")) == "postgresql://socialhub@/socialhub?host=%2Fsrv%2Fso%20cial%2Frun"
    assert paths.redis_url(Path("/srv/so cial")) == "unix:///srv/so%20cial/run/valkey.sock?db=0"


def test_sockets_of_a_deep_folder_lie_in_a_short_one(monkeypatch):
    monkeypatch.setattr(paths.tempfile, "gettempdir", lambda: "/tmp")
    deep, deeper = Path("/srv", "d" * 90), Path("/srv", "d" * 91)

    run = paths.run_dir(deep)

    assert run.parent == Path("/tmp")
    assert run.name.startswith(f"socialhub-{os.geteuid()}-")
    assert len(str(run)) <= paths.LONGEST_RUN_DIR
    assert run != paths.run_dir(deeper)


def test_sockets_are_for_their_owner_only(tmp_path):
    paths.make_run_dir(tmp_path / "run", owner=os.geteuid())
    paths.make_run_dir(tmp_path / "run", owner=os.geteuid())

    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_sockets_are_not_put_into_a_folder_of_somebody_else(tmp_path, monkeypatch):
    run = tmp_path / "run"
    run.mkdir()
    owner = run.stat().st_uid
    monkeypatch.setattr(paths.os, "geteuid", lambda: owner + 1)

    with pytest.raises(LocalProblem, match="belongs to somebody else"):
        paths.make_run_dir(run, owner=owner + 2)


def test_sockets_are_not_put_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(LocalProblem, match="belongs to somebody else"):
        paths.make_run_dir(tmp_path / "run", owner=os.geteuid())


def test_root_keeps_the_servers_files_where_another_user_can_reach_them(tmp_path, monkeypatch):
    monkeypatch.setattr(paths.os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)

    servers = paths.servers_dir(tmp_path / "data")

    assert servers.parent == Path("/var/lib/socialhub")
    assert paths.run_dir(tmp_path / "data") == servers / "run"


def test_root_keeps_files_that_are_there_already(tmp_path, monkeypatch):
    monkeypatch.setattr(paths.os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)
    (tmp_path / "data" / "postgres").mkdir(parents=True)

    assert paths.servers_dir(tmp_path / "data") == tmp_path / "data"


def test_one_private_folder_on_the_way_is_enough_to_keep_others_out(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)

    assert everybody_may_enter(private / "data" / "not made yet") is False
    assert everybody_may_enter(Path("/usr")) is True


def test_a_copy_of_the_programs_keeps_their_places_and_can_be_run_by_all(tmp_path):
    program = tmp_path / "package" / "pg" / "bin" / "postgres"
    library = tmp_path / "package.libs" / "libpq.so"
    for file, mode in ((program, 0o700), (library, 0o600)):
        file.parent.mkdir(parents=True)
        file.write_text("")
        file.chmod(mode)

    copy = reachable_copy(tmp_path / "package" / "pg", tmp_path / "package.libs", tmp_path / "copy")

    assert copy == tmp_path / "copy" / "package" / "pg"
    assert stat.S_IMODE((copy / "bin" / "postgres").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "copy" / "package.libs" / "libpq.so").stat().st_mode) == 0o644
