"""Judged files are remembered by content: what was read from the same bytes, with the same options, rules and code, need not be judged again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compliance.store import code_digest, user_folder, write_pickle

_KEPT_DAYS = 30
_VERSION = 2


class ResultCache:
    """Results of whole files in a folder of the user's own. A cache that cannot be read or written is left aside: it only saves time."""

    def __init__(self, folder: Path | None) -> None:
        own = user_folder()
        self._folder = folder or (own / "results" if own is not None else None)
        self._code = code_digest()
        self.hits = 0

    def key(self, name: str, kind: str, data: bytes, context: Mapping[str, Any]) -> str:
        """The key of a file: its name (which stands in its results), what it is read as, and its content.

        `context` is all that can change a verdict beside the file itself: settings, the date, the digest of the rules.
        """
        around = json.dumps([_VERSION, self._code, context], sort_keys=True, default=str)
        total = hashlib.sha256()
        for part in (around.encode(), name.encode("utf-8", "surrogateescape"), kind.encode(), data):
            total.update(len(part).to_bytes(8, "big") + part)
        return total.hexdigest()

    def get(self, key: str) -> Any | None:
        """What was kept under `key`, or None."""
        if self._folder is None:
            return None
        with contextlib.suppress(Exception), self._path(key).open("rb") as file:
            # Only a file of one's own is read back: unpickling runs what it says.
            if not hasattr(os, "getuid") or os.fstat(file.fileno()).st_uid == os.getuid():
                value = pickle.load(file)  # noqa: S301 - see above
                os.utime(self._path(key))
                self.hits += 1
                return value
        return None

    def put(self, key: str, value: Any) -> None:
        """Keep `value` under `key`."""
        if self._folder is not None:
            with contextlib.suppress(Exception):
                write_pickle(self._path(key), value)

    def tidy(self) -> None:
        """Remove what nobody asked for in thirty days."""
        if self._folder is None:
            return
        oldest = time.time() - _KEPT_DAYS * 86_400
        with contextlib.suppress(OSError):
            for path in self._folder.glob("??/*.pickle"):
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / key[:2] / f"{key}.pickle"
