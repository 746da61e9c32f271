"""PostgreSQL does not run as root: whom it runs as then, and what that user can reach."""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from socialhub.local.problems import LocalProblem


@dataclass(frozen=True)
class Runner:
    """The user that a server runs as; ``changes`` is false when it is the caller."""

    uid: int
    gid: int
    changes: bool

    def become(self) -> None:
        """Give up root in a forked child, for good."""
        if self.changes:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

    def own(self, folder: Path) -> None:
        """Make ``folder`` and give it to this user."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.changes:
            os.chown(folder, self.uid, self.gid)


def choose_runner(cluster: Path) -> Runner:
    """Return who runs PostgreSQL on ``cluster``: the caller, or for root whoever owns the files, or an ordinary user.

    :raises LocalProblem: root has nobody to run it as.
    """
    if os.geteuid() != 0:
        return Runner(os.geteuid(), os.getegid(), changes=False)
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Runner(cluster.stat().st_uid, cluster.stat().st_gid, changes=True)
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Runner(user.pw_uid, user.pw_gid, changes=True)
    raise LocalProblem(
        "PostgreSQL does not run as root and there is no user postgres or nobody: start as another user."
    )


def everybody_may_enter(path: Path) -> bool:
    """Tell whether any user may pass every existing folder on the way to ``path``."""
    while not path.exists():
        path = path.parent
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def reachable_copy(tree: Path, companion: Path, target: Path) -> Path:
    """Copy ``tree`` and ``companion`` below ``target`` unless that was done, and return the copy of ``tree``.

    Both keep their place relative to each other: the programs find their
    libraries by that. ``target`` is named after the version, so a copy never ages.
    """
    root = Path(os.path.commonpath([tree, companion]))
    if not target.exists():
        unfinished = target.with_name(target.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for source in (tree, companion):
            if source.exists():
                shutil.copytree(source, unfinished / source.relative_to(root), symlinks=True)
        for folder, _folders, files in os.walk(unfinished):
            Path(folder).chmod(0o755)
            for name in files:
                file = Path(folder, name)
                if not file.is_symlink():
                    file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(target)
    return target / tree.relative_to(root)
