"""The output folder: what a scan is, which shards are finished, and one scan at a time.

    scan.json                      what is scanned, by which rulebook, with which options; their digest is the scan's key
    posts/part-00000.parquet       records of a shard (and .jsonl)
    done/part-00000.json           the shard is finished: counts, and the size of its parts; written last
    done/part-00000.rejects.jsonl  its bad rows
    rejects.jsonl                  all bad rows, when the scan is through

Every file is written under another name and then renamed, so that a part is whole or absent. A shard without its file in `done/` is
done again from its start: nothing is lost, and since a part replaces itself, nothing is doubled.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compliance.errors import InputError

SCHEMA = 1


class OutputError(InputError):
    """The output cannot be written: no folder, no right, no room. What is finished stays."""


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def output_error(error: OSError, where: Path) -> OutputError:
    """`error` with its cure."""
    if error.errno in _FULL or "No space left" in str(error):
        message, hint = "the disk is full", "Make room and run the same command again: what is finished stays, and it goes on from there."
    else:
        message, hint = f"cannot be written: {error.strerror or error}", "Name a folder in which you may write."
    return OutputError(message, where=where.as_posix(), hint=hint)


@contextlib.contextmanager
def written(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes `path` when all went well."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class Folder:
    """The output folder of one scan."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.posts = self.path / "posts"
        self.done = self.path / "done"
        self.manifest = self.path / "scan.json"

    def known(self) -> dict[str, Any] | None:
        """The manifest of the scan that this folder holds.

        Raises:
            InputError: it holds a manifest that cannot be read.
        """
        try:
            text = self.manifest.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise output_error(error, self.manifest) from error
        try:
            found = json.loads(text)
            if not isinstance(found, dict) or found.get("schema") != SCHEMA or "key" not in found:
                raise ValueError("not a manifest of this version")
        except ValueError as error:
            raise InputError(
                f"is no scan that can be read: {error}", where=self.manifest.as_posix(), hint="Name another folder."
            ) from error
        return found

    @contextlib.contextmanager
    def opened(self, manifest: Mapping[str, Any], restart: bool) -> Iterator[None]:
        """Hold the folder for this scan; go on with the one that is there if it is the same.

        Raises:
            InputError: it holds another scan, or one is running in it.
            OutputError: it cannot be written.
        """
        import filelock

        try:
            for folder in (self.path, self.posts, self.done):
                folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.path / ".lock")
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout as error:
                raise InputError(
                    "another scan is writing here", where=self.path.as_posix(), hint="Wait for it, or name another --out."
                ) from error
        except OSError as error:
            raise output_error(error, self.path) from error
        try:
            known = self.known()
            if known is not None and known["key"] != manifest["key"] and not restart:
                raise InputError(
                    f"this folder holds another scan ({_difference(known, manifest)})",
                    where=self.path.as_posix(),
                    hint="Name another --out, or give --restart to throw that one away.",
                )
            try:
                self._clean(everything=known is None or known["key"] != manifest["key"] or restart)
                self.write(self.manifest, json.dumps(manifest, indent=1, ensure_ascii=False))
            except OSError as error:
                raise output_error(error, self.path) from error
            yield
        finally:
            lock.release()

    def _clean(self, everything: bool) -> None:
        """Remove what a killed run left half written; with `everything` also what another scan finished."""
        for folder in (self.path, self.posts, self.done):
            for path in folder.glob(".*.tmp"):
                path.unlink(missing_ok=True)
        if everything:
            for path in [*self.done.glob("part-*"), *self.posts.glob("part-*"), self.path / "rejects.jsonl"]:
                path.unlink(missing_ok=True)

    def part(self, index: int, suffix: str) -> Path:
        """The part of a shard: `.parquet`, `.jsonl`."""
        return self.posts / f"part-{index:05d}{suffix}"

    def rejects(self, index: int) -> Path:
        """The bad rows of a shard."""
        return self.done / f"part-{index:05d}.rejects.jsonl"

    def finished(self, shards: int) -> dict[int, dict[str, Any]]:
        """The counts of every finished shard whose parts are there in the size that was written."""
        found = {}
        for index in range(shards):
            try:
                data = json.loads((self.done / f"part-{index:05d}.json").read_text(encoding="utf-8"))
                if all((self.path / name).stat().st_size == size for name, size in data["files"].items()):
                    found[index] = data
            except (OSError, ValueError, KeyError, AttributeError):
                continue
        return found

    def finish(self, index: int, counts: Mapping[str, Any], parts: list[Path]) -> dict[str, Any]:
        """Mark a shard as finished."""
        data = {**counts, "files": {part.relative_to(self.path).as_posix(): part.stat().st_size for part in parts}}
        self.write(self.done / f"part-{index:05d}.json", json.dumps(data))
        return data

    def write(self, path: Path, text: str) -> None:
        """Write a small file whole or not at all."""
        with written(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())

    def gather_rejects(self, shards: int) -> None:
        """All bad rows in one file, in the order of the input."""
        with written(self.path / "rejects.jsonl") as temporary, temporary.open("wb") as out:
            for index in range(shards):
                with contextlib.suppress(FileNotFoundError):
                    out.write(self.rejects(index).read_bytes())


def key_of(manifest: Mapping[str, Any]) -> str:
    """The digest of everything that decides what comes out."""
    return "sha256:" + hashlib.sha256(json.dumps(manifest, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _difference(known: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    names = {
        "inputs": "other input",
        "rulebook": "another rulebook",
        "reach": "other markets",
        "as_of": "another date",
        "options": "other options",
    }
    return next((text for name, text in names.items() if known.get(name) != manifest.get(name)), "another version of Adcheck")
