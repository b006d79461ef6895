"""Which files changed since a commit, as git tells it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from compliance.errors import InputError


def changed_since(revision: str, folder: Path) -> frozenset[Path]:
    """The files that were changed, added or are not yet tracked since `revision` parted from the present commit, as absolute paths. Gone files are left out.

    Raises:
        InputError: git is not installed, `folder` is in no checkout, or there is no such revision.
    """
    if revision.startswith("-"):
        raise InputError(f"{revision!r} is no revision", where="--changed-since", hint="Name a branch, tag or commit, such as origin/main.")
    top = Path(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", asked=revision)
    try:
        start = _git(folder, "merge-base", revision, "HEAD").strip()
    except InputError:  # no common ancestor, as in a shallow clone
        start = revision
    changed = _git(top, "diff", "--name-only", "-z", "--diff-filter=d", start, "--")
    new = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset((top / name).resolve() for name in (changed + new).split("\0") if name)


def _git(folder: Path, *arguments: str, asked: str = "") -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=120)  # noqa: S603, S607 - no shell
    except FileNotFoundError as error:
        raise InputError("git is not installed", where="--changed-since", hint="Install git, or name the files yourself.") from error
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogateescape")
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if asked:
        raise InputError(
            f"there is no revision {asked!r}",
            where="--changed-since",
            hint="Fetch it first (fetch-depth: 0 in a pipeline), or name another.",
        )
    if said and "not a git repository" in said[0]:
        raise InputError(
            "this folder is in no git checkout", where="--changed-since", hint="Run it inside one, or name the files yourself."
        )
    raise InputError(f"git: {said[-1] if said else 'failed'}", where="--changed-since", hint="Try the same with git diff.")
