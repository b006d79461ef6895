"""Claims of experience and of being a person: what is said in the first person is found, what is not stays silent."""

import json
from pathlib import Path

import pytest

from compliance import check
from compliance.model import Tri

ROWS = [json.loads(line) for line in (Path(__file__).parent / "corpora" / "claims.jsonl").read_text("utf-8").splitlines()]
FACTS = {"experience": ("experience_claim",), "identity": ("human_identity_claim", "expert_claim")}


@pytest.fixture(scope="module")
def read():
    """Each row with what was found in it: kind → yes or no."""
    found = []
    for row in ROWS:
        facts = check(text=row["text"], reach=["gb"], language=row["language"], as_of="2026-11-29").facts.values
        found.append((row, {kind: any(facts[name].value >= Tri.UNKNOWN for name in names) for kind, names in FACTS.items()}))
    return found


LANGUAGES = {"en": 120, "nl": 120, "de": 120, "fr": 120, "es": 105, "pt": 105, "pl": 105}
"""At least so many rows of each."""


def test_every_language_has_rows_of_all_kinds():
    for language, number in LANGUAGES.items():
        rows = [row for row in ROWS if row["language"] == language]
        assert len(rows) >= number
        assert len({row["text"] for row in rows}) == len(rows)
        assert sum(row["experience"] for row in rows) > 30
        assert sum(row["identity"] for row in rows) > 20
        assert sum(not (row["experience"] or row["identity"]) for row in rows) > 40


@pytest.mark.parametrize("language", [*LANGUAGES, "da", "it"])
@pytest.mark.parametrize("kind", list(FACTS))
def test_claims_are_found_and_only_claims(read, kind, language):
    rows = [(row, found[kind]) for row, found in read if row["language"] == language]
    missed = [row["text"] for row, found in rows if row[kind] and not found]
    false = [row["text"] for row, found in rows if found and not row[kind]]
    hits = sum(1 for row, found in rows if found and row[kind])
    told = f"\nmissed {kind}: {missed}\nfalse {kind}: {false}"
    assert hits / (hits + len(missed)) >= 0.9, told
    assert hits / (hits + len(false)) >= 0.9, told
