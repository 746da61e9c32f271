import sys

import pytest

import bootstrap


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9), (3, 13, 1)])
def test_bootstrap_accepts_the_versions_it_was_made_for(version):
    bootstrap.check_version(version)


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_bootstrap_refuses_other_versions_in_one_sentence(version, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/bin/x" if name == "python3.12" else None)

    with pytest.raises(bootstrap.SetupError) as refusal:
        bootstrap.check_version(version)

    found = f"{version[0]}.{version[1]}"
    assert str(refusal.value) == (
        f"Socialhub needs Python 3.11 to 3.13 and this is {found}: run it as `python3.12 manage.py`."
    )


def test_bootstrap_advises_an_installation_when_no_other_python_is_there(monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)

    with pytest.raises(bootstrap.SetupError, match=r"install one of them, for example Python 3\.13\.$"):
        bootstrap.check_version((3, 9, 0))


@pytest.mark.parametrize(
    ("arguments", "lock"),
    [
        (["manage.py"], "requirements.lock"),
        (["manage.py", "up", "--port", "8001"], "requirements.lock"),
        (["manage.py", "test", "-x"], "requirements-dev.lock"),
        (["manage.py", "check_all"], "requirements-dev.lock"),
        (["manage.py", "screenshots"], "requirements-dev.lock"),
        (["manage.py", "bench", "inbox"], "requirements-dev.lock"),
    ],
)
def test_bootstrap_installs_what_the_command_needs(arguments, lock):
    assert bootstrap.lock_for(arguments) == lock


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_bootstrap_believes_a_stamp_only_while_the_lock_is_the_same(lock, tmp_path, monkeypatch):
    (tmp_path / lock).write_text("django==5.2.19\n")
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    environment = tmp_path / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)

    never_finished = bootstrap.is_current(str(environment), lock)
    (environment / f".socialhub-{lock}").write_text(bootstrap.stamp_of(lock))
    finished = bootstrap.is_current(str(environment), lock)
    (tmp_path / lock).write_text("django==5.2.20\n")
    changed = bootstrap.is_current(str(environment), lock)

    assert (never_finished, finished, changed) == (False, True, False)


def test_bootstrap_throws_a_half_made_environment_away(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    environment = tmp_path / ".venv"
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", str(environment))
    (tmp_path / "requirements.lock").write_text("")
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    (environment / "half-a-package").write_text("")
    (environment / ".socialhub-unfinished").write_text("")
    monkeypatch.setattr(bootstrap, "find_uv", lambda: "/bin/uv")
    monkeypatch.setattr(bootstrap, "make", lambda uv: None)
    monkeypatch.setattr(bootstrap, "run", lambda command, quiet=False: 0)

    bootstrap.install("requirements.lock")

    assert sorted(path.name for path in environment.iterdir()) == [".socialhub-requirements.lock"]


def test_bootstrap_says_which_package_to_install_when_venv_is_missing(monkeypatch):
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(bootstrap.SetupError, match="apt install python3-venv"):
        bootstrap.make(None)


def test_bootstrap_leaves_an_environment_of_somebody_else_alone():
    assert bootstrap.is_foreign("/home/nadia/tools", "/usr") is True
    assert bootstrap.is_foreign("/usr", "/usr") is False
    assert bootstrap.is_foreign(bootstrap.ENVIRONMENT, "/usr") is False


def test_the_development_lock_holds_every_line_of_the_other_one():
    def pins(name):
        with open(f"{bootstrap.ROOT}/{name}") as file:
            return {line.split(" ")[0] for line in file if "==" in line and not line.startswith((" ", "#"))}

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-installer.lock"])
def test_locks_name_no_address(name):
    with open(f"{bootstrap.ROOT}/{name}") as file:
        assert "://" not in file.read()
