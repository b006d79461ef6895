"""The shards of a scan on this machine: worker processes that each own their shards, or this process where one is enough."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import Any

from compliance.bulk.inputs import Shard
from compliance.bulk.work import COUNTED, Job, UnreadableError, scan_shard
from compliance.errors import AdcheckError, InputError

News = Callable[[Mapping[str, int]], None]
Result = tuple[Shard, dict[str, Any] | AdcheckError]

_counts: Any = None
_stop: Any = None


def run_local(job: Job, shards: Sequence[Shard], draws: Mapping[int, Any], workers: int, news: News) -> Iterator[Result]:
    """Scan `shards`; yields each with its counts as it is finished, or with the error of its input. `news` hears running counts.

    Raises:
        OutputError: the output cannot be written; finished shards stay.
        InputError: a worker process died (out of memory, killed).
    """
    if workers == 1 or len(shards) == 1:
        for shard in shards:
            try:
                yield shard, scan_shard(job, shard, draws.get(shard.index), news)
            except UnreadableError as error:
                yield shard, error
        return
    context = multiprocessing.get_context("spawn")
    counts = context.Array("Q", len(COUNTED))
    stop = context.Event()
    told = [0] * len(COUNTED)

    def tell() -> None:
        with counts.get_lock():
            now = counts[:]
        news({name: now[at] - told[at] for at, name in enumerate(COUNTED)})
        told[:] = now

    pool = ProcessPoolExecutor(min(workers, len(shards)), context, _begin, (counts, stop))
    try:
        waiting = {pool.submit(_scan, job, shard, draws.get(shard.index)): shard for shard in shards}
        while waiting:
            finished, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            tell()
            for future in finished:
                shard = waiting.pop(future)
                try:
                    yield shard, future.result()
                except UnreadableError as error:
                    yield shard, error
    except BrokenProcessPool as error:
        raise InputError(
            "a worker process died", hint="Perhaps memory ran out: give fewer --workers. The same command goes on where it stopped."
        ) from error
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(counts: Any, stop: Any) -> None:
    """In a worker: keep the shared counts, and end with the parent, so that a killed scan leaves nobody behind who still writes."""
    global _counts, _stop
    _counts, _stop = counts, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and says stop
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


def _scan(job: Job, shard: Shard, drawn: Any) -> dict[str, Any]:
    return scan_shard(job, shard, drawn, _add)


def _add(new: Mapping[str, int]) -> None:
    if _stop.is_set():  # the scan failed elsewhere or was interrupted: nobody waits for this shard
        raise InterruptedError("the scan was stopped")
    with _counts.get_lock():
        for at, name in enumerate(COUNTED):
            _counts[at] += new[name]
