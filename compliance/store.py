"""What takes seconds to build and depends on the rules and the code alone is kept in the user's cache folder, named after both.

`ADCHECK_CACHE` names another folder, or is `off`. A cache that cannot be read or written is left aside without a word: it only saves time.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from compliance.shipped_folder import shipped_folder

_KEPT = 6
"""So many files stay; older ones are removed."""


def remembered(name: str, digest: str, build: Callable[[], Any]) -> Any:
    """`build()`, or what it gave the last time for the same `digest`, code and Python."""
    folder = user_folder()
    if folder is None:
        return build()
    path = folder / f"{name}-{digest.rsplit(':', 1)[-1][:24]}-{code_digest()}.pickle"
    with contextlib.suppress(Exception), path.open("rb") as file:
        if _is_trusted(os.fstat(file.fileno())):
            with _uncollected():
                return pickle.load(file)  # noqa: S301 - of a trusted file
    value = build()
    with contextlib.suppress(Exception):
        write_pickle(path, value)
        _drop_old(path)
    return value


def _is_trusted(file: os.stat_result) -> bool:
    """Whether only the user, or root (who builds an image), can have written it: unpickling runs what a file says."""
    return not hasattr(os, "getuid") or (file.st_uid in {0, os.getuid()} and not file.st_mode & 0o022)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage while a hundred thousand objects come in that all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def user_folder() -> Path | None:
    """The user's cache folder for Adcheck; None where there is none or it is switched off."""
    chosen = os.environ.get("ADCHECK_CACHE", "")
    if chosen.lower() == "off":
        return None
    if chosen:
        return Path(chosen)
    base = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "adcheck"
    except RuntimeError:  # no home
        return None


@functools.lru_cache(maxsize=1)
def code_digest() -> str:
    """A short digest of the code, the trained model and the schemas, so that nothing built by other code is read back."""
    total = hashlib.sha256(sys.version.encode())
    package = Path(__file__).resolve().parent
    for path in sorted([*package.rglob("*.py"), *package.glob("*.model"), *(shipped_folder("rules") / "schema").glob("*.json")]):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def write_pickle(path: Path, value: Any) -> None:
    """Write `value` to `path` whole or not at all, in a folder that is the user's alone."""
    import tempfile  # only who writes waits for it

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _drop_old(path: Path) -> None:
    kind = path.name.split("-", 1)[0]
    for old in sorted(path.parent.glob(f"{kind}-*.pickle"), key=lambda item: item.stat().st_mtime, reverse=True)[_KEPT:]:
        old.unlink(missing_ok=True)
