"""Makes the project's own environment before anything else is imported.

Standard library only, and the syntax of Python 3.8: an old Python must get far
enough to be told what is wrong with it.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.realpath(__file__))
ENVIRONMENT = os.path.join(ROOT, ".venv")
OLDEST, NEWEST = (3, 11), (3, 13)
RUN_LOCK, DEVELOPMENT_LOCK = "requirements.lock", "requirements-dev.lock"
DEVELOPMENT_COMMANDS = frozenset({"test", "check_all", "screenshots", "bench"})


class SetupError(Exception):
    """Something the reader has to mend, in one sentence."""


def enter(arguments):
    """Return inside an environment that has what the command needs, or exit with a sentence.

    Starts the process anew (``os.execv``) when it ran outside that environment.
    """
    try:
        check_version(sys.version_info)
        if os.environ.get("SOCIALHUB_NO_VENV") == "1" or is_foreign(sys.prefix, sys.base_prefix):
            return
        lock = lock_for(arguments)
        installed = False
        if not is_current(ENVIRONMENT, lock):
            installed = install_alone(lock)
    except SetupError as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    if installed or os.path.realpath(sys.prefix) != os.path.realpath(ENVIRONMENT):
        python = python_in(ENVIRONMENT)
        if sys.platform == "darwin":  # `up` forks its processes; Apple's frameworks stop forked ones otherwise
            os.environ.setdefault("OBJC_DISABLE_INITIALIZE_FORK_SAFETY", "YES")
        os.execv(python, [python, *arguments])


def check_version(version):
    """Refuse a Python that Socialhub was not made for.

    :raises SetupError: the version is outside the range.
    """
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return
    names = ["python3.{}".format(minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    better = next((name for name in names if shutil.which(name)), None)
    advice = "run it as `{} manage.py`".format(better) if better else "install one of them, for example Python 3.13"
    raise SetupError(
        "Socialhub needs Python 3.11 to 3.13 and this is {}.{}: {}.".format(version[0], version[1], advice)
    )


def is_foreign(prefix, base_prefix):
    """Tell whether somebody chose another virtual environment, which is then theirs to fill."""
    return prefix != base_prefix and os.path.realpath(prefix) != os.path.realpath(ENVIRONMENT)


def foreign_environment_problem(module):
    """Say what to do when an environment that is not ours lacks a package."""
    return "{} has no package {}: install {} there, or leave it and run `python3 manage.py` again.".format(
        sys.prefix, module, RUN_LOCK
    )


def lock_for(arguments):
    """Name the lock file that holds what the command needs."""
    return DEVELOPMENT_LOCK if len(arguments) > 1 and arguments[1] in DEVELOPMENT_COMMANDS else RUN_LOCK


def stamp_of(lock):
    """Compute what the stamp says when ``lock`` is installed for this Python."""
    with open(os.path.join(ROOT, lock), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return "{}.{} {}\n".format(sys.version_info[0], sys.version_info[1], digest)


def is_current(environment, lock):
    """Tell whether the environment was finished with exactly these requirements and this Python."""
    try:
        with open(stamp_path(environment, lock), encoding="ascii") as file:
            return file.read() == stamp_of(lock) and os.access(python_in(environment), os.X_OK)
    except OSError:
        return False


def stamp_path(environment, lock):
    """Name the file that says which requirements were installed."""
    return os.path.join(environment, ".socialhub-" + lock)


def python_in(environment):
    """Name the Python of an environment."""
    return os.path.join(environment, "bin", "python")


def install_alone(lock):
    """Install unless another terminal just did; return whether this call installed."""
    holder = os.open(ROOT, os.O_RDONLY)
    os.set_inheritable(holder, True)  # an installer that outlives us keeps others out until it ends
    try:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another terminal is setting up the environment; waiting for it")
            fcntl.flock(holder, fcntl.LOCK_EX)
        if is_current(ENVIRONMENT, lock):
            return False
        install(lock)
        return True
    finally:
        os.close(holder)


def install(lock):
    """Make or complete the environment; a half-made one is thrown away first."""
    started = time.monotonic()
    unfinished = os.path.join(ENVIRONMENT, ".socialhub-unfinished")
    locks = [RUN_LOCK] if lock == RUN_LOCK else [RUN_LOCK, DEVELOPMENT_LOCK]
    try:
        if os.path.exists(unfinished) or not serves_this_python(ENVIRONMENT):
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        new = not os.path.exists(python_in(ENVIRONMENT))
        os.makedirs(ENVIRONMENT, exist_ok=True)
        open(unfinished, "w").close()
        for name in (RUN_LOCK, DEVELOPMENT_LOCK):
            if os.path.exists(stamp_path(ENVIRONMENT, name)):
                os.remove(stamp_path(ENVIRONMENT, name))
    except PermissionError as error:
        raise SetupError("The environment cannot be made: {} is not yours to write.".format(error.filename)) from error
    say("environment: {} .venv from {}".format("making" if new else "updating", lock))
    uv = find_uv()
    if new:
        make(uv)
    uv = uv or fetch_uv()
    installer = [uv, "pip", "install", "--quiet", "--python", python_in(ENVIRONMENT)] if uv else pip()
    if run([*installer, "--require-hashes", "-r", os.path.join(ROOT, lock)]):
        raise SetupError("The packages of {} could not be installed; the lines above say why.".format(lock))
    for name in locks:  # the development lock holds every line of the other one
        with open(stamp_path(ENVIRONMENT, name), "w", encoding="ascii") as file:
            file.write(stamp_of(name))
    os.remove(unfinished)
    say("environment: ready", started)


def serves_this_python(environment):
    """Tell whether an existing environment runs, and runs the Python that was called."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([python_in(environment), "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return answer.stdout.decode().strip() == "{}.{}".format(*sys.version_info[:2])


def find_uv():
    """Return a uv that works, from the search path or the environment, or None."""
    # A pyenv shim is found on the path and still refuses to run, hence the trial.
    for candidate in (shutil.which("uv"), os.path.join(ENVIRONMENT, "bin", "uv")):
        if candidate and os.path.exists(candidate) and not run([candidate, "--version"], quiet=True):
            return candidate
    return None


def make(uv):
    """Make an empty environment.

    :raises SetupError: this Python was installed without the modules for it.
    """
    python = getattr(sys, "_base_executable", None) or sys.executable
    if uv and not run([uv, "venv", "--quiet", "--no-project", "--allow-existing", "--python", python, ENVIRONMENT]):
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetupError(
            "This Python came without its venv module: run `sudo apt install python3-venv`, then this again."
        )
    if run([python, "-m", "venv", ENVIRONMENT]):
        raise SetupError("The environment could not be made in {}; the lines above say why.".format(ENVIRONMENT))


def fetch_uv():
    """Install uv into the environment, because it is eight times faster; None when it cannot be had."""
    failed = run([*pip(), "--require-hashes", "-r", os.path.join(ROOT, "requirements-installer.lock")], quiet=True)
    return None if failed else find_uv()


def pip():
    """Begin a pip command for the environment."""
    return [python_in(ENVIRONMENT), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def run(command, quiet=False):
    """Run a command without the caller's environment variables about environments; return its exit code."""
    variables = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")}
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output, close_fds=False
    ).returncode


def say(text, since=None):
    """Print one progress line, with the seconds it took when they are known."""
    took = "" if since is None else "  ({:.1f} s)".format(time.monotonic() - since)
    print("  " + text + took, flush=True)
