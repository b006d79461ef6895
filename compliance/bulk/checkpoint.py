"""The output folder: what a scan is, which shards are finished, and one scan at a time.

    scan.json                       what is scanned, by which rulebook, with which options, and the names of its parts
    posts/part-0f3a….parquet        records of a shard (and .jsonl)
    done/part-0f3a….json            the shard is finished: counts, and the size of its parts; written last
    done/part-0f3a….rejects.jsonl   its bad rows
    rejects.jsonl                   all bad rows, when the scan is through
    packs/1-house-rules/…           the rule packs that it judges by, so that every worker and a later report has them

A part is named by the digest of all that it depends on: the input's content, the stretch of it, the rulebook, the options. Every file
is written under another name and then renamed, so that a part is whole or absent. A shard without its file in `done/` is done again
from its start: nothing is lost, and since a part replaces itself, nothing is doubled.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from compliance.errors import InputError

SCHEMA = 1


class OutputError(InputError):
    """The output cannot be written: no folder, no right, no room. What is finished stays."""


_OURS = re.compile(r"part-[0-9a-f]{16}\..*|\.(part-|scan\.|rejects\.).*\.tmp")
"""The names of parts and of files that were being written."""

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
            if not isinstance(found, dict) or found.get("schema") != SCHEMA or "inputs" not in found:
                raise ValueError("not a manifest of this version")
        except ValueError as error:
            raise InputError(
                f"is no scan that can be read: {error}",
                where=self.manifest.as_posix(),
                hint="Name another folder, or scan again with --restart.",
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
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise InputError(
                "another scan is writing here", where=self.path.as_posix(), hint="Wait for it, or name another --out."
            ) from error
        except OSError as error:
            raise output_error(error, self.path) from error
        try:
            known = None if restart else self.known()
            if known is not None and (difference := _difference(known, manifest)):
                raise InputError(
                    f"this folder holds another scan: {difference}",
                    where=self.path.as_posix(),
                    hint="Name another --out, or give --restart to throw that one away.",
                )
            try:
                self._clean(set() if known is None else set(manifest["parts"]))
                self._keep(manifest["packs"])
                self.write(self.manifest, json.dumps(manifest, indent=1, ensure_ascii=False))
            except OSError as error:
                raise output_error(error, self.path) from error
            yield
        finally:
            lock.release()

    def _clean(self, parts: Set[str]) -> None:
        """Remove what a killed run left half written, and what is no part of this scan: of inputs that changed since."""
        for path in (*self.path.glob(".*.tmp"), *self.posts.iterdir(), *self.done.iterdir()):
            if _OURS.fullmatch(path.name) and path.name.split(".")[0] not in parts:
                path.unlink(missing_ok=True)

    def places_of(self, packs: Iterable[str]) -> list[dict[str, str]]:
        """For each rule pack where it comes from (`path`) and where in this folder its copy stands (`kept`)."""
        return [{"path": pack, "kept": f"packs/{at}-{Path(pack).resolve().name}"} for at, pack in enumerate(packs, 1)]

    def packs(self) -> tuple[str, ...]:
        """The copies of the rule packs of the scan that this folder holds.

        Raises:
            InputError: it holds a manifest that cannot be read.
        """
        return tuple((self.path / pack["kept"]).as_posix() for pack in (self.known() or {}).get("packs", ()))

    def _keep(self, packs: Iterable[Mapping[str, str]]) -> None:
        held = {
            pack["kept"]: {path.relative_to(pack["path"]): path.read_bytes() for path in Path(pack["path"]).rglob("*.yaml")}
            for pack in packs
        }
        shutil.rmtree(self.path / "packs", ignore_errors=True)  # read before: somebody may name the copy itself
        for kept, files in held.items():
            for name, data in files.items():
                place = self.path / kept / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)

    def part(self, name: str, suffix: str) -> Path:
        """The part of a shard: `.parquet`, `.jsonl`."""
        return self.posts / f"{name}{suffix}"

    def rejects(self, name: str) -> Path:
        """The bad rows of a shard."""
        return self.done / f"{name}.rejects.jsonl"

    def finished(self, parts: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The counts of every finished shard whose files are there in the size that was written."""
        found = {}
        for name in parts:
            try:
                data = json.loads((self.done / f"{name}.json").read_text(encoding="utf-8"))
                if all((self.path / file).stat().st_size == size for file, size in data["files"].items()):
                    found[name] = data
            except (OSError, ValueError, KeyError, AttributeError):
                continue
        return found

    def finish(self, name: str, counts: Mapping[str, Any], files: list[Path]) -> dict[str, Any]:
        """Mark a shard as finished."""
        data = {**counts, "files": {file.relative_to(self.path).as_posix(): file.stat().st_size for file in files}}
        self.write(self.done / f"{name}.json", json.dumps(data))
        return data

    def write(self, path: Path, text: str) -> None:
        """Write a small file whole or not at all."""
        with written(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())

    def gather_rejects(self, parts: Iterable[str]) -> None:
        """All bad rows in one file, in the order of the input.

        Raises:
            OutputError: it cannot be written.
        """
        path = self.path / "rejects.jsonl"
        try:
            with written(path) as temporary, temporary.open("wb") as out:
                for name in parts:
                    with contextlib.suppress(FileNotFoundError):
                        out.write(self.rejects(name).read_bytes())
        except OSError as error:
            raise output_error(error, path) from error


def key_of(*values: Any) -> str:
    """A digest of values that JSON can hold."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _difference(known: Mapping[str, Any], manifest: Mapping[str, Any]) -> str | None:
    """What keeps a scan from being gone on with. An input whose content changed does not: its shards are done again."""
    texts = {
        "rulebook": "another rulebook or other rule packs",
        "reach": "other markets",
        "as_of": "another date",
        "options": "other options",
    }
    for name, text in texts.items():
        if known.get(name) != manifest[name]:
            return text
    gone = {source["path"] for source in known["inputs"]} - {source["path"] for source in manifest["inputs"]}
    return f"of {min(gone)} too" if gone else None
