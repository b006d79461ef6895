"""Which files changed since a commit, as git tells it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from compliance.errors import InputError

_SECONDS = 120


def changed_since(revision: str, folder: Path) -> frozenset[Path]:
    """The files that were changed, added or are not yet tracked since `revision` parted from the present commit, as absolute paths;
    those that went too. A folder is a checkout within this one (a submodule) of which something changed: git does not say here which of its files.

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
    changed = _git(top, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative", start, "--")
    new = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset((top / name).resolve() for name in (changed + new).split("\0") if name)


def _git(folder: Path, *arguments: str, asked: str = "") -> str:
    try:
        # The words of git's errors are looked at, so they must be English ones.
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"},
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"git gave no answer within {_SECONDS} seconds", where="--changed-since", hint="Run again, or name the files yourself."
        ) from error
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
    if said and "dubious ownership" in said[0]:
        raise InputError(
            "git trusts this checkout to another user alone",
            where="--changed-since",
            hint=f"Say: git config --global --add safe.directory {folder}",
        )
    raise InputError(f"git: {said[-1] if said else 'failed'}", where="--changed-since", hint="Try the same with git diff.")
