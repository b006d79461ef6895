"""A baseline: the findings of a day, so that from then on only new ones fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compliance.errors import InputError
from compliance.findings.atomic import write_whole
from compliance.findings.fingerprints import Place, finding_fingerprint, text_fingerprint
from compliance.model import Checklist, Outcome

VERSION = 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each finding was there, by its fingerprint and outcome, and the file that it stood in.

    Attributes:
        texts: duty, outcome and the fingerprint of a post's text → the findings of such posts, so that those of a renamed file are known.
    """

    counts: Counter[tuple[str, str]]
    files: dict[str, str]
    texts: dict[tuple[str, str, str], list[tuple[str, str]]] = field(default_factory=dict)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        InputError: not there, not JSON, or not a baseline.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", where=path.as_posix(), hint="Write it first with --write-baseline."
        ) from error
    except ValueError as error:
        raise InputError("is not JSON", where=path.as_posix(), hint="Write it anew with --write-baseline.") from error
    if not isinstance(data, dict) or data.get("version") != VERSION or not isinstance(data.get("findings"), list):
        raise InputError("is no baseline of this version", where=path.as_posix(), hint="Write it anew with --write-baseline.")
    counts: Counter[tuple[str, str]] = Counter()
    files = {}
    texts: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for index, entry in enumerate(data["findings"]):
        try:
            counts[entry["fingerprint"], entry["outcome"]] += int(entry["count"])
            files[entry["fingerprint"]] = str(entry["file"])
            if "text" in entry:  # older baselines have none
                texts.setdefault((entry["duty"], entry["outcome"], entry["text"]), []).append((entry["fingerprint"], entry["outcome"]))
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(
                "an entry of the baseline is damaged", where=f"{path.as_posix()}#/findings/{index}", hint="Write it anew."
            ) from error
    return Baseline(counts, files, texts)


def compared(results: Sequence[tuple[Any, Checklist]], baseline: Baseline) -> tuple[list[tuple[Any, Checklist]], int]:
    """The results with `known` at each finding that the baseline has, and how many of the baseline's findings are gone from the files looked at.

    A finding that was a question and now fails is new. Each entry is used up: a second finding of the same name is new. Where the file of an
    entry is gone, it stands for the same finding on the same text in another file: that was renamed.
    """
    left = baseline.counts.copy()
    seen = {place.name for place, _ in results}
    gone = {name for name in set(baseline.files.values()) - seen if not Path(name).exists()}
    marked = []
    for place, checklist in results:
        items = []
        for item in checklist.items:
            if item.outcome >= Outcome.NEEDS_REVIEW and item.suppression is None:
                name = finding_fingerprint(item, checklist, place)
                keys = [(name, item.outcome.key), (name, "fail")]
                for outcome in (item.outcome.key, "fail"):
                    moved = baseline.texts.get((item.duty, outcome, text_fingerprint(checklist.document)), ())
                    keys += [key for key in moved if baseline.files[key[0]] in gone]
                held = next((key for key in keys if left[key] > 0), None)
                if held is not None:
                    left[held] -= 1
                    item = replace(item, known=True)
            items.append(item)
        marked.append((place, replace(checklist, items=tuple(items))))
    return marked, sum(count for (name, _), count in left.items() if count > 0 and baseline.files.get(name) in seen)


def write_baseline(path: Path, results: Iterable[tuple[Place, Checklist]]) -> int:
    """Write all findings that no one has set aside, and say how many there are. Sorted, so that a change in version control is small.

    Raises:
        InputError: the file cannot be written.
    """
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    rulebook: dict[str, str] = {}
    for place, checklist in results:
        rulebook = dict(checklist.rulebook)
        for item in checklist.items:
            if item.outcome >= Outcome.NEEDS_REVIEW and item.suppression is None:
                name, text = finding_fingerprint(item, checklist, place), text_fingerprint(checklist.document)
                counts[place.name, item.duty, name, item.outcome.key, text] += 1
    findings = [
        {"file": file, "duty": duty, "fingerprint": name, "outcome": outcome, "text": text, "count": count}
        for (file, duty, name, outcome, text), count in sorted(counts.items())
    ]
    data = {"version": VERSION, "rulebook": rulebook, "findings": findings}
    write_whole(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace"))
    return counts.total()
