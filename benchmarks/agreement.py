"""Agreement with a file of rulings, by market. Measures; ships no text of theirs.

python benchmarks/agreement.py rulings.jsonl
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from accuracy import AD_TOPICS, AS_OF, read_jsonl, sponsorship

from compliance import Outcome, check, default_engine


def rulings(path: Path, verbose: bool) -> None:
    """Agreement with what an authority decided, by jurisdiction. The relationship that the ruling rests on is declared where the text cannot show it."""
    known = default_engine().rulebook.jurisdictions
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in read_jsonl(path):
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
            as_of=AS_OF,
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
    """Print the table for the file that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--verbose", action="store_true", help="list the rows that come out otherwise")
    options = parser.parse_args()
    rulings(options.file, options.verbose)


if __name__ == "__main__":
    main()
