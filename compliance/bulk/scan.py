"""A scan from its inputs to its output folder: cut, compare with what is there, do the rest, gather."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from compliance.bulk import need
from compliance.bulk.checkpoint import SCHEMA, Folder, key_of
from compliance.bulk.inputs import Shard, Source, as_json, find_shards
from compliance.bulk.run import run_local
from compliance.bulk.work import COUNTED, Job
from compliance.engine import Engine, iso_date
from compliance.errors import AdcheckError, InputError
from compliance.readers.declared import read_declared


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asks for; see `adcheck scan --help`."""

    reach: tuple[str, ...]
    as_of: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    encoding: str = "utf-8"
    sample: int | None = None
    seed: int = 0
    stratify: str | None = None
    jsonl: bool = True
    guess_language: bool = False
    workers: int = 1
    executor: str = "local"
    ray_address: str | None = None
    rules: str | None = None
    packs: tuple[str, ...] = ()
    restart: bool = False


@dataclass(slots=True)
class Ending:
    """How a scan ended: running counts, how many shards were there before, and the inputs that could not be read."""

    counts: Counter[str]
    shards: int = 0
    resumed: int = 0
    problems: list[AdcheckError] = field(default_factory=list)


class Watcher(Protocol):
    """What hears how a scan goes on."""

    def planned(self, sources: Sequence[Source], shards: Sequence[Shard], finished: Mapping[str, Mapping[str, Any]]) -> None:
        """The inputs were cut; `finished` shards are already there."""

    def news(self, new: Mapping[str, int]) -> None:
        """So many more rows."""


def scan(paths: Sequence[str], out: str, engine: Engine, options: Options, watcher: Watcher) -> Ending:
    """Scan `paths` into the folder `out`; goes on where an equal scan was stopped.

    Raises:
        InputError: a wrong option or input, another scan in the folder, a library that is not installed.
        OutputError: the folder cannot be written; what is finished stays.
    """
    need("bulk")
    if options.executor == "ray":
        need("ray")
    rulebook = engine.rulebook
    read_declared(options.defaults.get("declared"), "--declared")
    try:
        codecs.lookup(options.encoding)
    except LookupError as error:
        raise InputError(f"unknown encoding {options.encoding!r}", where="--encoding", hint="Such as utf-8 or cp1252.") from error
    plan = engine.plan(options.reach, options.as_of)
    shards, sources = find_shards(paths, options.columns, rulebook.columns, options.encoding, out)
    folder = Folder(out)
    known = None if options.restart else folder.known()
    as_of = options.as_of or (None if known is None else known.get("as_of"))
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "inputs": [as_json(source) for source in sources],
        "rulebook": dict(rulebook.info()),
        "rules": options.rules,
        "packs": folder.places_of(options.packs),
        "reach": list(plan.reach),
        "as_of": iso_date(as_of),
        "options": {name: getattr(options, name) for name in _DECIDING},
    }
    decides = [manifest[name] for name in ("schema", "rulebook", "reach", "as_of", "options")]
    if options.sample is not None:  # what a shard keeps depends on all of the input
        decides.append([source.sha256 for source in sources])
    shards = [replace(shard, name=f"part-{key_of(decides, as_json(replace(shard, index=0)))[:16]}") for shard in shards]
    manifest["parts"] = [shard.name for shard in shards]
    job = Job(
        out,
        rulebook.digest,
        plan.reach,
        manifest["as_of"],
        options.rules,
        tuple((folder.path / pack["kept"]).as_posix() for pack in manifest["packs"]),
        options.defaults,
        options.jsonl,
        options.guess_language,
    )
    ending = Ending(Counter(dict.fromkeys(COUNTED, 0)), len(shards), 0, [source.error for source in sources if source.error is not None])
    if not shards and ending.problems:
        return ending
    with folder.opened(manifest, options.restart):
        finished = folder.finished(manifest["parts"])
        ending.resumed = len(finished)
        for done in finished.values():
            ending.counts.update({name: done.get(name, 0) for name in COUNTED})
        watcher.planned(sources, shards, finished)
        todo = [shard for shard in shards if shard.name not in finished]
        draws = _draws(shards, options) if todo and options.sample is not None else {}
        for _, result in _run(job, todo, draws, options, watcher.news) if todo else ():
            if isinstance(result, AdcheckError):
                ending.problems.append(result)
            else:
                ending.counts.update({name: result[name] for name in COUNTED})
        folder.gather_rejects(manifest["parts"])
    return ending


_DECIDING = ("defaults", "columns", "encoding", "sample", "seed", "stratify", "jsonl", "guess_language")
"""The options that decide what a part holds."""


def _draws(shards: Sequence[Shard], options: Options) -> Mapping[int, Any]:
    from compliance.bulk.sample import draw

    assert options.sample is not None
    try:
        return draw(shards, options.sample, options.seed, options.stratify)
    except (OSError, EOFError) as error:
        raise InputError(
            f"an input cannot be read to its end, so that no sample can be drawn: {error}", hint="Leave that file out."
        ) from error


def _run(job: Job, shards: Sequence[Shard], draws: Mapping[int, Any], options: Options, news: Callable[[Mapping[str, int]], None]) -> Any:
    if options.executor == "ray":
        from compliance.bulk.ray_run import run_ray

        return run_ray(job, shards, draws, options.workers, news, options.ray_address)
    return run_local(job, shards, draws, options.workers, news)
