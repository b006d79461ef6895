"""A file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from compliance.errors import InputError

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in place of the file at `path`; its permissions and owner stay, and a link is followed.

    Raises:
        InputError: the file is read-only, the folder cannot be written, or the disk is full; the old file is then untouched.
    """
    target = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        old = target.stat() if target.exists() else None
        if old is not None and not (old.st_mode & _WRITABLE and os.access(target, os.W_OK)):
            raise InputError("cannot be written: it is read-only", where=path.as_posix(), hint="Make it writable first.")
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if old is not None:
            shutil.copymode(target, temporary)
            if hasattr(os, "chown"):
                with contextlib.suppress(OSError):  # only an administrator can give a file to somebody else
                    os.chown(temporary, old.st_uid, old.st_gid)
        else:
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise InputError(
            f"cannot be written: {error.strerror or error}", where=path.as_posix(), hint="Name a file in a folder that can be written."
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
