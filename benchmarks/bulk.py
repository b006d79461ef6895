"""Bulk scans as ratios in one run: Parquet to Parquet against the engine in memory, two workers against one, Ray against local processes,
peak memory of many rows against few, and a cold check of one file.

    make bench-bulk                                  all ratios, on 20,000 rows; memory on 20,000 and 100,000
    python benchmarks/bulk.py --rows 5000000         one long scan: rate, memory, and the same after a kill in the middle

Posts are made from the rulebook's examples and plain sentences, no two alike.
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from corpus import mixed

from compliance import default_engine
from compliance.bulk.checkpoint import Folder
from compliance.bulk.inputs import Shard, find_shards
from compliance.bulk.run import Result, run_local
from compliance.bulk.work import Job, scan_shard
from compliance.readers import read_caption

ROOT = Path(__file__).resolve().parent.parent
AS_OF = "2026-11-23"
GROUP = 50_000
_MOST_SECONDS = 300.0
PLATFORMS = ("instagram", "tiktok", "youtube", "x")


def write_posts(path: Path, rows: int, group: int = GROUP) -> Path:
    """A Parquet file of `rows` different posts, written a row group at a time."""
    captions = mixed(default_engine().rulebook, 20_000)
    source = random.Random(5)
    start = datetime.date(2026, 1, 1)
    with pq.ParquetWriter(
        path, pa.schema([("id", pa.string()), ("text", pa.string()), ("platform", pa.string()), ("date", pa.date32())])
    ) as out:
        for first in range(0, rows, group):
            numbers = range(first, min(first + group, rows))
            out.write_table(
                pa.table(
                    {
                        "id": [str(number) for number in numbers],
                        "text": [f"{captions[number % len(captions)]} {source.choice(captions)[:30]} {number}" for number in numbers],
                        "platform": [PLATFORMS[number % 4] for number in numbers],
                        "date": [start + datetime.timedelta(days=number % 330) for number in numbers],
                    },
                    schema=out.schema,
                ),
                row_group_size=group,
            )
    return path


def europe() -> tuple[str, ...]:
    """All European markets."""
    rulebook = default_engine().rulebook
    return tuple(market for market in rulebook.markets if rulebook.jurisdictions[market].region == "europe")


def prepared(path: Path, out: Path) -> tuple[Job, list[Shard]]:
    """The job and named shards of a scan into `out`."""
    shards, _ = find_shards([str(path)], {}, default_engine().rulebook.columns)
    folder = Folder(out)
    for made in (folder.posts, folder.done):
        made.mkdir(parents=True, exist_ok=True)
    named = [
        Shard(**{**{name: getattr(shard, name) for name in shard.__dataclass_fields__}, "name": f"part-{shard.index}"}) for shard in shards
    ]
    return Job(str(out), default_engine().rulebook.digest, europe(), AS_OF, jsonl=False), named


def one_process(folder: Path, rows: int) -> dict[str, float]:
    """Processor time of a shard from Parquet to Parquet, against judging the same posts in memory: verdicts alone, and checklists
    without fixes. The engine is warmed on other posts."""
    engine = default_engine()
    plan = engine.plan(europe(), AS_OF)
    warm, path = write_posts(folder / "warm.parquet", 2_000), write_posts(folder / "one.parquet", rows, rows)
    job, [shard] = prepared(warm, folder / "warm")
    scan_shard(job, shard)
    table = pq.read_table(path)
    documents = [
        read_caption(text, engine.rulebook, platform=platform)
        for text, platform in zip(table["text"].to_pylist(), table["platform"].to_pylist(), strict=True)
    ]
    for document in documents[:500]:
        engine.judge(document, plan)
    start = time.process_time()
    for document in documents:
        engine.judge(document, plan)
    verdicts = rows / (time.process_time() - start)
    start = time.process_time()
    for _ in engine.check_many(documents, europe(), AS_OF):
        pass
    checklists = rows / (time.process_time() - start)
    job, [shard] = prepared(path, folder / "one")
    start = time.process_time()
    scan_shard(job, shard)
    whole = rows / (time.process_time() - start)
    return {
        "markets": len(europe()),
        "in_memory_verdicts_per_s": verdicts,
        "in_memory_checklists_per_s": checklists,
        "parquet_to_parquet_per_s": whole,
        "ratio_to_verdicts": whole / verdicts,
        "ratio_to_checklists": whole / checklists,
    }


_WARM = 2
"""So many shards each worker judges before the clock starts: processes, engines and the patterns that open when they are first needed."""


def steady(results: Iterator[Result], workers: int) -> dict[str, float]:
    """Rows per second once all workers are warm; and processor time a row, which tells on a busy machine whether workers do more than
    the same work."""
    times, found = [], []
    for _, counts in results:
        assert isinstance(counts, dict), counts
        times.append(time.perf_counter())
        found.append(counts)
    first = _WARM * workers
    rows = sum(counts["rows"] for counts in found[first:])
    return {
        "per_s": rows / (times[-1] - times[first - 1]),
        "cpu_us": 1e6 * sum(counts["cpu_seconds"] for counts in found[first:]) / rows,
    }


def _quiet(_: Any) -> None: ...


def _run(name: str, path: Path, out: Path) -> dict[str, float]:
    from compliance.bulk.ray_run import run_ray

    job, shards = prepared(path, out)
    if name == "ray":
        return steady(run_ray(job, shards, {}, 2, _quiet, None), 2)
    workers = {"one": 1, "two": 2}[name]
    return steady(run_local(job, shards, {}, workers, _quiet), workers)


def executors(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    """One worker, two, and Ray with two, on the same shards, in turn: `rounds` times, each round in another order and each run in a
    process of its own, so that what else the machine does meets all alike. Ratios are taken within a round; given are their median and,
    as the noise, the lowest and highest. No round is begun that would probably end after `_MOST_SECONDS`."""
    path = write_posts(folder / "many.parquet", rows, max(rows // 40, 1))
    names = ["one", "two", "ray"]
    measured: list[dict[str, dict[str, float]]] = []
    start, took, longest = time.perf_counter(), 0.0, 0.0
    while len(measured) < rounds and took + longest < _MOST_SECONDS:
        at = len(measured) % len(names)
        measured.append({})
        for name in names[at:] + names[:at]:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
                measured[-1][name] = fresh.submit(_run, name, path, folder / name).result()
            shutil.rmtree(folder / name)
        longest = max(longest, time.perf_counter() - start - took)
        took = time.perf_counter() - start
    return {
        "rounds": len(measured),
        **{f"{name}_{unit}": statistics.median(of[name][unit] for of in measured) for name in names for unit in ("per_s", "cpu_us")},
        "ratio_two_to_one": _spread([of["two"]["per_s"] / of["one"]["per_s"] for of in measured]),
        "ratio_ray_to_local": _spread([of["ray"]["per_s"] / of["two"]["per_s"] for of in measured]),
        "cpu_ratio_one_to_two": _spread([of["one"]["cpu_us"] / of["two"]["cpu_us"] for of in measured]),
        "cpu_ratio_local_to_ray": _spread([of["two"]["cpu_us"] / of["ray"]["cpu_us"] for of in measured]),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def _command(path: Path, out: Path, workers: int) -> list[str]:
    call = [sys.executable, "-m", "compliance.cli", "scan", str(path), "-o", str(out), "-r", "europe", "--as-of", AS_OF, "--no-jsonl", "-q"]
    return [*call, "-w", str(workers)]


def peak(path: Path, out: Path) -> float:
    """Peak memory of a scan in one process, in MB."""
    process = subprocess.Popen(_command(path, out, 1), cwd=ROOT, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


def memory(folder: Path, few: int, many: int) -> dict[str, float]:
    """Peak memory for few and many rows, in row groups of the same size."""
    group = min(GROUP, few)
    peaks = {rows: peak(write_posts(folder / f"{rows}.parquet", rows, group), folder / f"out-{rows}") for rows in (few, many)}
    return {"few_rows": few, "many_rows": many, "few_mb": peaks[few], "many_mb": peaks[many], "ratio": peaks[many] / peaks[few]}


def cold(folder: Path) -> dict[str, float]:
    """Seconds of a first `adcheck check` of one file, the rulebook's cache being there."""
    path = folder / "draft.md"
    path.write_text("Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting", encoding="utf-8")
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "compliance.cli", "check", str(path), "-r", "nl"], cwd=ROOT, capture_output=True, check=False)
        best = min(best, time.perf_counter() - start)
    return {"check_one_file_s": best}


def long_run(folder: Path, rows: int, workers: int) -> dict[str, Any]:
    """One long scan, killed in the middle and gone on with: rate, memory, and that every post is there once."""
    path, out = write_posts(folder / "long.parquet", rows), folder / "long"
    start = time.perf_counter()
    process = subprocess.Popen(_command(path, out, workers), cwd=ROOT, stderr=subprocess.DEVNULL)
    shards = -(-rows // GROUP)
    while process.poll() is None and len(list((out / "done").glob("part-*.json"))) < shards // 2:
        time.sleep(0.2)
    killed = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(list((out / "done").glob("part-*.json")))
    subprocess.run(_command(path, out, workers), cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    took = time.perf_counter() - start
    ids = pa.concat_tables([pq.read_table(part, columns=["id"]) for part in (out / "posts").glob("*.parquet")])["id"]
    return {
        "rows": rows,
        "workers": workers,
        "seconds_both_runs": took,
        "rows_per_s": rows / took,
        "peak_mb_largest_process": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "killed_in_the_middle": killed,
        "shards_kept": kept,
        "shards": shards,
        "records": len(ids),
        "different_ids": ids.combine_chunks().value_counts().__len__(),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def main() -> None:
    """Run all, or one long scan, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, help="one long scan of so many rows")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--size", type=int, default=20_000, help="rows of the ratios")
    parser.add_argument("--rounds", type=int, default=5, help="so often one worker, two and Ray are run in turn")
    parser.add_argument("--memory", type=int, nargs=2, default=(20_000, 100_000), help="rows of the two scans whose memory is compared")
    parser.add_argument("--only", choices=["one", "executors", "memory", "cold"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.rows:
            result: dict[str, Any] = {"long scan": long_run(folder, chosen.rows, chosen.workers)}
        else:
            all_of = {
                "one": ("one process, Parquet to Parquet", lambda: one_process(folder, chosen.size)),
                "executors": ("one worker, two, and Ray", lambda: executors(folder, chosen.size, chosen.rounds)),
                "memory": ("peak memory", lambda: memory(folder, *chosen.memory)),
                "cold": ("cold start", lambda: cold(folder)),
            }
            result = {title: run() for key, (title, run) in all_of.items() if chosen.only in {None, key}}
    print(json.dumps(_rounded(result), indent=2))


if __name__ == "__main__":
    main()
