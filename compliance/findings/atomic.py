"""A file is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from compliance.errors import InputError


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in place of the file at `path`; its permissions stay, and a link is followed.

    Raises:
        InputError: the folder cannot be written, or the disk is full; the old file is then untouched.
    """
    target = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if target.exists():
            shutil.copymode(target, temporary)
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
