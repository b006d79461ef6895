"""A sample of N posts, stratified: every stratum gets its share, the rarest at least one, and each post carries the weight with which it
stands for the others of its stratum. The same seed over the same input draws the same posts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from compliance.bulk.inputs import Shard
from compliance.bulk.records import week_of
from compliance.bulk.rows import Row, rows_of
from compliance.errors import InputError

STRATA = ("platform", "language", "market", "week", "sector", "follower_band", "author")

_READ_FROM = {"market": "reach", "week": "date"}
"""The field behind a stratum, where it has another name."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What a shard keeps: for each stratum the ordinals within the shard, and the weight of its posts."""

    stratify: str | None
    kept: Mapping[str, frozenset[int]]
    weights: Mapping[str, float]


def stratum_of(row: Row, stratify: str | None) -> str:
    """The stratum of a row; empty where the row does not name it."""
    if stratify is None:
        return ""
    if stratify == "week":
        return week_of(row.post.get("date")) or ""
    value = row.post.get(_READ_FROM.get(stratify, stratify))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value or "").strip().lower()


def draw(shards: Sequence[Shard], size: int, seed: int, stratify: str | None) -> dict[int, Draw]:
    """For each shard what it keeps. Reads all shards once to count the strata; holds `size` numbers and a count per shard and stratum.

    Raises:
        InputError: fewer places than strata, or a column by which nothing can be told apart.
    """
    counts = {shard.index: _counted(shard, stratify) for shard in shards}
    total: Counter[str] = Counter()
    for count in counts.values():
        total.update(count)
    if stratify is not None and set(total) <= {""}:
        raise InputError(
            f"no row names its {stratify}",
            where="--stratify",
            hint=f"Map the column: --column {_READ_FROM.get(stratify, stratify)}=COLUMN.",
        )
    shares = allocate(total, size)
    before: Counter[str] = Counter()
    weights = {stratum: total[stratum] / share for stratum, share in shares.items() if share}
    chosen = {
        stratum: sorted(random.Random(f"{seed}/{stratum}").sample(range(total[stratum]), share))  # noqa: S311 - a sample, no secret
        for stratum, share in shares.items()
    }
    at = dict.fromkeys(chosen, 0)
    result = {}
    for shard in shards:
        kept: dict[str, frozenset[int]] = {}
        for stratum, here in counts[shard.index].items():
            first, end = before[stratum], before[stratum] + here
            picks = []
            ordinals = chosen[stratum]
            while at[stratum] < len(ordinals) and ordinals[at[stratum]] < end:
                picks.append(ordinals[at[stratum]] - first)
                at[stratum] += 1
            before[stratum] = end
            if picks:
                kept[stratum] = frozenset(picks)
        result[shard.index] = Draw(stratify, kept, weights)
    return result


def _counted(shard: Shard, stratify: str | None) -> Counter[str]:
    return Counter(stratum_of(row, stratify) for row in rows_of(shard) if row.error is None)


def allocate(total: Mapping[str, int], size: int) -> dict[str, int]:
    """`size` places over the strata in proportion to their counts, at least one each (largest remainders).

    Raises:
        InputError: fewer places than strata.
    """
    everything = sum(total.values())
    if size >= everything:
        return dict(total)
    if size < len(total):
        raise InputError(
            f"{size} posts cannot stand for {len(total)} strata", where="--sample", hint="Sample more, or stratify by another column."
        )
    spare = size - len(total)
    exact = {stratum: spare * (count - 1) / max(everything - len(total), 1) for stratum, count in total.items()}
    shares = {stratum: 1 + int(part) for stratum, part in exact.items()}
    left = size - sum(shares.values())
    for stratum in sorted(exact, key=lambda name: (int(exact[name]) - exact[name], name))[:left]:
        shares[stratum] += 1
    return shares


def sampled(rows: Iterable[Row], drawn: Draw) -> Iterable[tuple[Row, str, float]]:
    """The rows that a draw keeps, with stratum and weight; bad rows pass, so that they are reported."""
    seen: Counter[str] = Counter()
    for row in rows:
        if row.error is not None:
            yield row, "", 1.0
            continue
        stratum = stratum_of(row, drawn.stratify)
        ordinal = seen[stratum]
        seen[stratum] += 1
        if ordinal in drawn.kept.get(stratum, ()):
            yield row, stratum, drawn.weights[stratum]
