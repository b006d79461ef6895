"""Harmless posts stay silent, and each way of hiding a label or an offer has its outcome."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from compliance import Outcome, check

CORPORA = Path(__file__).with_name("corpora")
AD_TOPICS = {"sponsorship", "gift", "affiliate", "own-brand"}
MARKETS = {
    "en": ["gb", "us"], "nl": ["nl", "be"], "de": ["de", "at"], "fr": ["fr", "be"], "es": ["es"], "it": ["it"], "pt": ["br"], "pl": ["pl"],
    "da": ["dk"], "sv": ["se"], "no": ["no"], "ja": ["jp"], "ko": ["kr"], "zh": ["cn", "sg"],
}  # fmt: skip
TODAY = "2026-11-29"


def test_harmless_posts_stay_silent():
    """At least a thousand; none fails, and none asks but the listed ones, each with its reason."""
    posts = [json.loads(line) for line in (CORPORA / "benign.jsonl").read_text(encoding="utf-8").splitlines()]
    allowed = yaml.safe_load((CORPORA / "benign-exceptions.yaml").read_text(encoding="utf-8")) or {}
    assert len(posts) >= 1000
    assert all(allowed.values()), "an exception without a reason"
    spoke = {}
    for post in posts:
        result = check(text=post["text"], reach=MARKETS[post["language"]], as_of=TODAY)
        if result.outcome >= Outcome.NEEDS_REVIEW:
            spoke[post["id"]] = (result.outcome, post["text"], [item.duty for item in result.items if item.outcome >= Outcome.NEEDS_REVIEW])
    assert {key: value for key, value in spoke.items() if value[0] is Outcome.FAIL or key not in allowed} == {}
    assert set(allowed) <= set(spoke), "an exception that is no longer needed"


EVASIONS = [
    (technique, number, case)
    for technique, cases in yaml.safe_load((CORPORA / "adversarial.yaml").read_text(encoding="utf-8")).items()
    for number, case in enumerate(cases)
]


def test_there_are_many_evasions():
    assert len(EVASIONS) >= 300


@pytest.mark.parametrize("technique", sorted({technique for technique, _, _ in EVASIONS}))
def test_evasions(technique):
    wrong = []
    for _, number, case in (entry for entry in EVASIONS if entry[0] == technique):
        around = {key: case[key] for key in ("platform", "bio", "first_comment") if key in case}
        result = check(text=case["text"], reach=[case["market"]], language=case["language"], as_of=TODAY, **around)
        items = [item for item in result.items if item.topic in AD_TOPICS]
        worst = max(item.outcome for item in items)
        gates = {item.gate.key for item in items if item.outcome is worst and item.gate is not None}
        if worst.key != case["outcome"] or ("gate" in case and case["gate"] not in gates):
            wrong.append((number, case["market"], case["text"], worst.key, gates))
    assert wrong == []
