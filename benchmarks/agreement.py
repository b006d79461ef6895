"""Outcome counts over a file of labelled captions, and agreement with a file of rulings. Measures; ships no text of theirs.

python benchmarks/agreement.py --captions captions.jsonl --rulings rulings.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from compliance import AdcheckError, Checklist, Outcome, check, default_engine

MARKET = {"en": "gb", "nl": "nl", "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "br"}
PLATFORM = {"twitter": "x"}
AD_TOPICS = {"sponsorship", "gift", "affiliate", "own-brand", "platform-label"}


def sponsorship(checklist: Checklist) -> Outcome:
    """The worst outcome among the items about the advertising label."""
    return max((item.outcome for item in checklist.items if item.topic in AD_TOPICS), default=Outcome.NOT_APPLICABLE)


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def captions(path: Path, verbose: bool) -> None:
    """False alarms on the non-commercial rows, misses on the undisclosed, disclosed rows recognised: by language."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(path):
        labels, language = row["labels"], row["language"]
        try:
            platform = PLATFORM.get(row["platform"], row["platform"])
            result = check(text=row["text"], reach=[MARKET.get(language, "gb")], platform=platform, language=language, as_of="2026-11-23")
        except AdcheckError as error:
            print(f"  {row['id']}: {error}")
            continue
        outcome = sponsorship(result)
        kind = row.get("disclosure_kind") or ("organic" if labels["commercial"] is False else "other")
        kinds[kind][outcome.key] += 1
        for name in (language, "all"):
            if labels["commercial"] is False:
                table[name]["organic"] += 1
                table[name]["organic fail"] += outcome is Outcome.FAIL
                table[name]["organic review"] += outcome is Outcome.NEEDS_REVIEW
            elif labels["commercial"] and labels["disclosed"] is False:
                table[name]["undisclosed"] += 1
                table[name]["undisclosed fail"] += outcome is Outcome.FAIL
                table[name]["undisclosed review"] += outcome is Outcome.NEEDS_REVIEW
            elif labels["commercial"] and labels["disclosed"]:
                table[name]["disclosed"] += 1
                table[name]["disclosed recognised"] += any(
                    not item.negated for item in result.facts.disclosures if item.means == "sponsorship"
                )
        wrong = (labels["commercial"] is False and outcome >= Outcome.NEEDS_REVIEW) or (
            labels["commercial"] and labels["disclosed"] is False and outcome < Outcome.NEEDS_REVIEW
        )
        if verbose and wrong:
            cues = [(signal.id, signal.strength, row["text"][signal.span.start : signal.span.end]) for signal in result.signals]
            print(f"  {outcome.key:14} {kind:18} {row['id']}: {row['text'][:160]!r} {cues}")
    print(
        f"\n{'language':10}{'organic':>9}{'fail':>6}{'review':>8}{'undisclosed':>13}{'fail':>6}{'review':>8}{'missed':>8}{'disclosed':>11}{'seen':>6}"
    )
    for name in sorted(table, key=lambda key: (key == "all", key)):
        c = table[name]
        missed = c["undisclosed"] - c["undisclosed fail"] - c["undisclosed review"]
        print(
            f"{name:10}{c['organic']:>9}{c['organic fail']:>6}{c['organic review']:>8}{c['undisclosed']:>13}{c['undisclosed fail']:>6}{c['undisclosed review']:>8}{missed:>8}"
            f"{c['disclosed']:>11}{c['disclosed recognised']:>6}"
        )
    print("\nby kind of disclosure")
    for name, counts in sorted(kinds.items()):
        print(f"  {name:24} {dict(counts)}")


def rulings(path: Path, verbose: bool) -> None:
    """Agreement with what an authority decided, by jurisdiction. The relationship that the ruling rests on is declared where the text cannot show it."""
    known = default_engine().rulebook.jurisdictions
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(path):
        market = row["jurisdiction"].lower()
        if market not in known:
            table[market]["market not covered"] += 1
            continue
        if row["text"].startswith("[") and row["text"].endswith("]"):
            table[market]["no text"] += 1
            continue
        declared = _relationship(row)
        result = check(
            text=row["text"],
            reach=[market],
            declared=declared,
            language=row["language"] or None,
            as_of="2026-11-23",
            platform=_platform(row),
        )
        outcome = sponsorship(result)
        agrees = {
            "breach": outcome is Outcome.FAIL,
            "ok": outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE},
            "unclear": outcome is Outcome.NEEDS_REVIEW,
        }[row["verdict"]]
        table[market]["agree" if agrees else ("review" if outcome is Outcome.NEEDS_REVIEW else "disagree")] += 1
        if verbose and not agrees:
            worst = max((item for item in result.items if item.topic in AD_TOPICS), key=lambda item: item.outcome, default=None)
            why = f"{worst.duty} {worst.gate} {worst.reason}" if worst else ""
            print(f"  {market} {row['verdict']} -> {outcome.key} [{why}] {row['text'][:110]!r} | {row['context'][:90]} {declared}")
    print(f"\n{'market':10}{'rows':>6}{'agree':>7}{'review':>8}{'disagree':>10}{'no text':>9}{'not covered':>13}")
    total: Counter[str] = Counter()
    for market in sorted(table):
        total.update(table[market])
    for market, counts in [*sorted(table.items()), ("all", total)]:
        print(
            f"{market:10}{sum(counts.values()):>6}{counts['agree']:>7}{counts['review']:>8}{counts['disagree']:>10}{counts['no text']:>9}{counts['market not covered']:>13}"
        )


_WORDS = (
    ("own brand", "own_brand"),
    ("own-brand", "own_brand"),
    ("owner", "own_brand"),
    ("ambassador", "ambassador"),
    ("affiliate", "affiliate"),
    ("commission", "affiliate"),
    ("code", "discount"),
    ("trip", "trip"),
    ("employee", "employee"),
    ("works for", "employee"),
    ("free", "gifted"),
    ("gift", "gifted"),
    ("contest", "contest"),
    ("paid", "paid"),
    ("contract", "paid"),
    ("campaign", "paid"),
    ("collaboration", "paid"),
)


def _relationship(row: dict[str, Any]) -> dict[str, Any]:
    """The material connection that the ruling's own context or reason names: what a contract shows and no text does."""
    told = f"{row['context']} {row['why']}".lower()
    if "no link to the brand" in told or "no consideration" in told:
        return {"relationship": "none"}
    for word, connection in _WORDS:
        if word in told:
            return {"relationship": connection}
    return {"relationship": "paid"} if row["verdict"] != "ok" or row["issue"] != "none" else {}


def _platform(row: dict[str, Any]) -> str | None:
    told = row["context"].lower()
    return next((name for name in ("instagram", "tiktok", "youtube", "facebook") if name in told), None)


def main() -> None:
    """Print the tables for the files that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--rulings", type=Path)
    parser.add_argument("--verbose", action="store_true", help="list the rows that come out otherwise")
    options = parser.parse_args()
    if options.captions:
        captions(options.captions, options.verbose)
    if options.rulings:
        rulings(options.rulings, options.verbose)


if __name__ == "__main__":
    main()
