"""Agreement with a folder of saved real pages: exceptions, outcomes, and, where labels.jsonl labels a page, what was found of them.

python benchmarks/pages_agreement.py FOLDER [--json FILE] [--reach nl,de]

FOLDER holds labels.jsonl, whose lines name a `file` (beside it or below its parent), a `category` and `labels` (sponsored_content,
affiliate_links, disclosed: true, false or null for unclear), and the pages. Measures; ships no text of theirs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from compliance import AdcheckError, Checklist, Outcome, default_engine
from compliance.model import Disclosure, Place, Tri
from compliance.readers import read_page

MARKET = {
    "en": "gb",
    "nl": "nl",
    "de": "de",
    "fr": "fr",
    "es": "es",
    "it": "it",
    "pt": "br",
    "pl": "pl",
    "ja": "jp",
    "zh": "cn",
    "sv": "se",
    "da": "dk",
}
AD_TOPICS = {"sponsorship", "gift", "affiliate", "own-brand", "platform-label"}
QUESTIONS = {"sponsored_content": "sponsored", "affiliate_links": "affiliate", "disclosed": "disclosed"}
_EARLY = {Place.PLATFORM, Place.LEAD, Place.BEFORE_FOLD, Place.NEAR_FOLD, Place.AFTER_LINK}


def disclosures(checklist: Checklist) -> list[Disclosure]:
    """The visible advertising labels of the page's own content."""
    return [
        item for item in checklist.facts.disclosures if item.means == "sponsorship" and not item.negated and item.place is not Place.HIDDEN
    ]


def found(checklist: Checklist) -> dict[str, Any]:
    """What Adcheck says about a page in the words of the labels, and where its disclosure stands."""
    facts = checklist.facts
    own = disclosures(checklist)
    commercial = facts.values["commercial"]
    kinds = facts.connection.keys()
    return {
        "sponsored": (
            commercial.value is Tri.YES and (bool(kinds - {"affiliate", "discount"}) or any(item.connection != "affiliate" for item in own))
        )
        or None
        if commercial.value is not Tri.NO
        else False,
        "affiliate": "affiliate" in kinds,
        "disclosed": bool(own),
        "place": "none" if not own else "top or inline" if any(item.place in _EARLY for item in own) else "late",
        "outcome": max((item.outcome for item in checklist.items if item.topic in AD_TOPICS), default=Outcome.NOT_APPLICABLE).key,
        "commercial": commercial.value.key,
        "connection": sorted(kinds),
        "labels": [[item.label, item.place.value] for item in own],
        "witnesses": [
            [witness.source, witness.id, _quote(checklist, witness.span) or witness.note[:80]] for witness in commercial.witnesses[:6]
        ],
    }


def _quote(checklist: Checklist, span: Any) -> str:
    return "" if span is None else checklist.document.segments[span.segment].text[span.start : span.end][:80]


def measure(folder: Path, reach: list[str]) -> list[dict[str, Any]]:
    """One row a page: its label if it has one, what was found or the error, and the times of the reader and of Beautiful Soup alone."""
    engine = default_engine()
    labels = {Path(row["file"]).name: row for row in map(json.loads, (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines())}
    result = []
    for path in sorted(folder.rglob("*.html")):
        row: dict[str, Any] = {"file": path.name, "label": labels.get(path.name)}
        content = path.read_bytes()
        started = time.process_time()
        BeautifulSoup(content, "html.parser")
        row["soup_seconds"] = time.process_time() - started
        try:
            started = time.process_time()
            document = read_page(content, engine.rulebook)
            row["reader_seconds"] = time.process_time() - started
            row["found"] = found(engine.check(document, reach or [MARKET.get(document.language or "", "gb")], "2026-11-23", advise=False))
        except AdcheckError as error:
            row["error"] = str(error)
        except Exception as error:
            row["exception"] = repr(error)
        result.append(row)
    return result


def disagreements(row: dict[str, Any]) -> list[str]:
    """In which questions the answer differs from the label; a null label asks nothing."""
    if row["label"] is None or "found" not in row:
        return []
    wanted, category = row["label"]["labels"], row["label"]["category"]
    wrong = [name for key, name in QUESTIONS.items() if wanted.get(key) is not None and bool(row["found"][name]) != wanted[key]]
    place = "top or inline" if "at top" in category else "late" if "late" in category else None
    if place is not None and row["found"]["place"] != place:
        wrong.append("place")
    if (
        wanted.get("sponsored_content") is False
        and wanted.get("affiliate_links") is not True
        and wanted.get("disclosed") is None
        and row["found"]["outcome"] == "fail"
    ):
        wrong.append("false alarm")
    return wrong


def report(rows: list[dict[str, Any]]) -> None:
    """Print the counts, then each page that disagrees with what was found there."""
    failed = [row for row in rows if "exception" in row]
    print(f"{len(rows)} pages, {len(failed)} exceptions, {sum('error' in row for row in rows)} refused with an error")
    for row in rows:
        if "exception" in row or "error" in row:
            print(f"  {row['file']}: {row.get('exception') or row['error']}")
    ratios = sorted(row["reader_seconds"] / row["soup_seconds"] for row in rows if "reader_seconds" in row)
    if ratios:
        print(f"reader / Beautiful Soup: median {ratios[len(ratios) // 2]:.2f}, slowest {ratios[-1]:.2f}")
    print("\noutcome of the advertising duties")
    for name, part in (("labelled", [row for row in rows if row["label"]]), ("unlabelled", [row for row in rows if not row["label"]])):
        print(f"  {name}: {dict(Counter(row['found']['outcome'] for row in part if 'found' in row))}")
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["label"] is None or "found" not in row:
            continue
        wanted, wrong = row["label"]["labels"], disagreements(row)
        for group in (row["label"]["category"], "all"):
            counts = table[group]
            counts["pages"] += 1
            for key, name in QUESTIONS.items():
                if wanted.get(key) is not None:
                    counts[f"{name} asked"] += 1
                    counts[name] += name not in wrong
            if "at top" in row["label"]["category"] or "late" in row["label"]["category"]:
                counts["place asked"] += 1
                counts["place"] += "place" not in wrong
            counts["false alarm"] += "false alarm" in wrong
    names = ("sponsored", "affiliate", "disclosed", "place")
    print("\n" + f"{'category':54}{'pages':>6}" + "".join(f"{name:>12}" for name in names) + f"{'false alarm':>13}")
    for group, counts in table.items():
        cells = "".join(f"{counts[name]}/{counts[name + ' asked']}".rjust(12) for name in names)
        print(f"{group:54}{counts['pages']:>6}{cells}{counts['false alarm']:>13}")
    print("\npages that disagree")
    for row in rows:
        if wrong := disagreements(row):
            print(f"  {row['file']} ({row['label']['category']}): {', '.join(wrong)}; {row['found']}")


def main(argv: list[str] | None = None) -> int:
    """Measure, print, and write the rows if asked. Returns 1 if a page raised an exception, 2 if there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="write one row a page to this file")
    parser.add_argument("--reach", help="markets; by default the one of the page's language")
    arguments = parser.parse_args(argv)
    if not (arguments.folder / "labels.jsonl").is_file():
        print(f"{arguments.folder}: no labels.jsonl there", file=sys.stderr)
        return 2
    rows = measure(arguments.folder, arguments.reach.split(",") if arguments.reach else [])
    report(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any("exception" in row for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
