"""The same shards on a Ray cluster. Every machine must see the input and the output folder under the same path."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.bulk.inputs import Shard
from compliance.bulk.run import News, Result
from compliance.bulk.work import COUNTED, Job, UnreadableError, scan_shard
from compliance.errors import AdcheckError, InputError

_TRIES = 4
"""So often a shard is begun anew when the worker under it dies."""


def scan_shard_in(folder: str, job: Job, shard: Shard, drawn: Any) -> dict[str, Any]:
    """`scan_shard`, with file names taken from `folder`: a cluster's workers stand elsewhere.

    Raises:
        InputError: this machine has no such folder.
    """
    try:
        os.chdir(folder)
    except OSError as error:
        raise InputError(
            f"{socket.gethostname()} has no folder {folder}",
            where="--ray-address",
            hint="All machines must see input and output under the same path.",
        ) from error
    return scan_shard(job, shard, drawn)


def run_ray(
    job: Job, shards: Sequence[Shard], draws: Mapping[int, Any], workers: int | None, news: News, address: str | None
) -> Iterator[Result]:
    """Scan `shards` as `run_local` does, as Ray tasks: on the cluster at `address` (`auto`, `ray://host:port`), or on one started here.

    Raises:
        OutputError: the output cannot be written; finished shards stay.
        InputError: the cluster is not there, or a shard's workers died again and again.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray
    from ray.exceptions import RayError, RayTaskError

    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address is None:
            ray.init(num_cpus=workers, include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, RayError, RuntimeError, ValueError) as error:
        raise InputError(
            f"no Ray cluster: {str(error).splitlines()[0]}", where="--ray-address", hint="Start one, or leave the option out."
        ) from error
    try:
        task = ray.remote(max_retries=_TRIES, num_cpus=1)(scan_shard_in)
        shared = ray.put(job)
        waiting = {task.remote(os.getcwd(), shared, shard, draws.get(shard.index)): shard for shard in shards}
        while waiting:
            finished, _ = ray.wait(list(waiting), num_returns=1, timeout=1.0)
            for reference in finished:
                shard = waiting.pop(reference)
                try:
                    counts = ray.get(reference)
                except RayTaskError as error:
                    cause = error.cause
                    if isinstance(cause, UnreadableError):
                        yield shard, cause
                        continue
                    if isinstance(cause, AdcheckError):
                        raise cause from error
                    raise
                except RayError as error:
                    raise InputError(
                        f"the workers died {_TRIES + 1} times: {str(error).splitlines()[0]}",
                        where=shard.path,
                        hint="Look at memory and disk of the nodes.",
                    ) from error
                news({name: counts[name] for name in COUNTED})
                yield shard, counts
    finally:
        ray.shutdown()
