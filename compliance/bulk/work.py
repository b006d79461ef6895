"""One shard → one part: read, judge and write in a stream of small batches, then mark it as finished."""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from compliance.bulk.checkpoint import Folder, output_error, written
from compliance.bulk.columns import meant, shown
from compliance.bulk.inputs import Shard
from compliance.bulk.rows import Row, rows_of
from compliance.engine import Engine
from compliance.errors import AdcheckError, InputError
from compliance.readers import read_record

ROWS_PER_BATCH = 1_000
_ROWS_PER_REPORT = 50
OUTCOMES = ("fail", "needs_review", "pass", "not_applicable")
COUNTED = ("rows", "records", "rejected", "undated", *OUTCOMES)
"""What is counted of each shard; `undated` are posts whose date could not be read."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for every shard; can be sent to another process or machine.

    Attributes:
        rules, packs: the folders that the rulebook is loaded from; None is the built-in one.
        defaults: what counts for a row that does not say it: platform, surface, language, declared, complete.
        jsonl: also write the records as JSONL.
        guess_language: also guess the language of posts whose judgement does not need it.
    """

    out: str
    rulebook: str
    reach: tuple[str, ...]
    as_of: str
    rules: str | None = None
    packs: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    jsonl: bool = True
    guess_language: bool = False


class UnreadableError(InputError):
    """A shard whose file cannot be read any more; the others go on."""


@functools.lru_cache(maxsize=1)
def _engine(rules: str | None, packs: tuple[str, ...]) -> Engine:
    from compliance import default_engine, load_rulebook
    from compliance.rulebook import RULES

    engine = default_engine() if rules is None and not packs else Engine(load_rulebook(rules or RULES, packs))
    engine.lexicon.prepare()
    gc.freeze()  # the rules stay: no search for garbage goes through them again
    return engine


def scan_shard(job: Job, shard: Shard, drawn: Any = None, report: Callable[[Mapping[str, int]], None] | None = None) -> dict[str, Any]:
    """Judge a shard and write its part; returns its counts. `drawn` is what a sample keeps of it; `report` hears the counts as they grow.

    Raises:
        UnreadableError: the input cannot be read.
        OutputError: the output cannot be written.
        InputError: the rules changed since the scan began.
    """
    import pyarrow.parquet as pq

    from compliance.bulk.records import SCHEMA
    from compliance.bulk.sample import sampled

    engine = _engine(job.rules, job.packs)
    if engine.rulebook.digest != job.rulebook:
        raise InputError("the rules changed while the scan ran", hint="Run it again with --restart.")
    folder = Folder(job.out)
    began, worked = time.monotonic(), time.process_time()
    kept: Iterable[tuple[Row, str | None, float]] = (
        sampled(rows_of(shard), drawn) if drawn is not None else ((row, None, 1.0) for row in rows_of(shard))
    )
    judge = _Judge(engine, job)
    part, rejects = folder.part(shard.name, ".parquet"), folder.rejects(shard.name)
    parts = [part]
    try:
        with contextlib.ExitStack() as stack:
            bad = stack.enter_context(stack.enter_context(written(rejects)).open("w", encoding="utf-8", errors="backslashreplace"))
            temporary = stack.enter_context(written(part))
            with pq.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer:
                for batch in judge.batches(_telling(_reading(kept, shard), judge, report), bad):
                    writer.write_batch(batch)
            if job.jsonl:
                parts.append(folder.part(shard.name, ".jsonl"))
                _write_jsonl(temporary, stack.enter_context(written(parts[-1])))
        counts = {
            "shard": shard.index,
            **judge.total,
            "seconds": round(time.monotonic() - began, 3),
            "cpu_seconds": round(time.process_time() - worked, 3),
        }
        return folder.finish(shard.name, counts, [*parts, rejects])
    except OSError as error:
        raise output_error(error, part) from error


def _reading(rows: Iterable[Any], shard: Shard) -> Iterable[Any]:
    """The rows; an error of the input file is told apart from one of the output."""
    try:
        yield from rows
    except (OSError, EOFError, ValueError) as error:
        raise UnreadableError(
            f"cannot be read to its end: {str(error).splitlines()[0][:160]}",
            where=_place(shard),
            hint="Fetch the file again and give the same command: only what is missing is done.",
        ) from error


def _telling(rows: Iterable[Any], judge: _Judge, report: Callable[[Mapping[str, int]], None] | None) -> Iterable[Any]:
    """The rows; every now and then `report` hears the counts, and may end the work."""
    for at, row in enumerate(rows, 1):
        yield row
        if report is not None and at % _ROWS_PER_REPORT == 0:
            report(judge.news())
    if report is not None:
        report(judge.news())


def _place(shard: Shard) -> str:
    return f"{shard.path} (row group {shard.row_group})" if shard.kind == "parquet" else f"{shard.path}:{shard.first}"


def _write_jsonl(parquet: Path, path: Path) -> None:
    """The records of a part as JSONL."""
    import duckdb

    try:
        with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": "false"}) as database:
            database.read_parquet(str(parquet)).create_view("part")
            database.execute(f"COPY part TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT json)")
    except duckdb.IOException as error:
        raise OSError(str(error)) from error


class _Judge:
    """The rows of one shard, judged: batches of records, bad rows written aside, counts kept."""

    def __init__(self, engine: Engine, job: Job) -> None:
        from compliance.bulk.markets import Courts

        self._engine, self._job = engine, job
        self._courts = Courts(engine)
        self.total: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self._told: Counter[str] = Counter()

    def news(self) -> dict[str, int]:
        """What was counted since the last call."""
        new = {name: count - self._told[name] for name, count in self.total.items()}
        self._told = Counter(self.total)
        return new

    def batches(self, kept: Iterable[tuple[Row, str | None, float]], bad: IO[str]) -> Iterable[Any]:
        """Arrow batches of records, in the order of the rows."""
        from compliance.bulk.records import Batch

        batch = Batch(self._job.rulebook)
        for row, stratum, weight in kept:
            self.total["rows"] += 1
            try:
                if row.error is not None:
                    raise row.error
                self._judge(row, stratum, weight, batch)
            except AdcheckError as error:
                self._reject(row, error, bad)
            except Exception as error:  # a fault of Adcheck must not cost the other posts, and is no pass
                self._reject(row, InputError(f"could not be judged: {type(error).__name__}: {error}", hint="Please report this."), bad)
            self.total["undated"] = batch.undated
            if len(batch) >= ROWS_PER_BATCH:
                yield batch.table()
        if len(batch):
            yield batch.table()

    def _judge(self, row: Row, stratum: str | None, weight: float, batch: Any) -> None:
        job, post = self._job, row.post
        given = meant({key: value for key, value in post.items() if key in _READ}, self._engine.rulebook.columns)
        given["declared"] = {**(job.defaults.get("declared") or {}), **given.get("declared", {})}
        documents = read_record({**job.defaults, **given}, self._engine.rulebook)
        as_of = _day(post.get("as_of")) or job.as_of
        for index, document in enumerate(documents, 1):  # a saved feed holds several posts
            named = post if len(documents) == 1 else {**post, "id": f"{post.get('id') or ''}#{index}"}
            signals, facts = self._engine.read(document)
            judgement = self._courts.judge(facts, _reach(post.get("reach")) or job.reach, as_of)
            language = self._engine.language_of(document)[0] if job.guess_language and facts.language is None else None
            batch.add(row.source, row.number, named, document, signals, facts, judgement, language, as_of, stratum, weight)
            self.total["records"] += 1
            self.total[judgement.outcome] += 1

    def _reject(self, row: Row, error: AdcheckError, bad: IO[str]) -> None:
        self.total["rejected"] += 1
        record = {
            "file": row.source,
            "row": row.number,
            "id": None if (name := row.post.get("id")) is None else shown(name),
            "field": error.where,
            "reason": error.message,
            "hint": error.hint,
        }
        bad.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


_READ = frozenset({"text", "html", "platform", "surface", "language", "bio", "first_comment", "author", "complete", "declared"})


def _reach(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip().lower() for part in value.replace(";", ",").split(",") if not part.strip().isdigit() and part.strip())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    if value is None or isinstance(value, (int, float)):  # how many people a post reached is no market
        return ()
    raise InputError("reach must be a list of markets", where="/reach", hint='Such as ["nl", "de"].')


def _day(value: Any) -> str | None:
    from compliance.bulk.records import iso_time

    if value is None:
        return None
    time = iso_time(value)
    if time is None:
        raise InputError(f"{str(value)[:40]!r} is not a date", where="/as_of", hint="Write it as 2026-11-23.")
    return time[:10]
