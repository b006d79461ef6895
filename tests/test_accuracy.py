"""The harness counts right, and the project's own captions keep the bars: few false alarms, ads flagged, personas told from people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compliance import check
from compliance.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / "tests" / "corpora" / "captions-dev.jsonl"
RULEBOOK = load_rulebook()


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def outcomes(rows):
    """(row, flagged, failed, persona) of every caption, each judged for a market of its language."""
    market = {"en": "gb", "nl": "nl", "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "br", "pl": "pl"}
    result = []
    for row in rows:
        found = check(
            text=row["text"],
            bio=row.get("bio"),
            author=row.get("author"),
            language=row["language"],
            reach=[market.get(row["language"], "gb")],
            as_of="2026-11-23",
        )
        commercial = found.facts.values["commercial"].value.key
        result.append((row, commercial != "no", commercial == "yes", found.facts.values["ai_persona"].value.key))
    return result


def share(values) -> float:
    values = list(values)
    assert len(values) >= 30, "too few rows to say anything"
    return sum(values) / len(values)


def test_harmless_captions_are_left_alone(outcomes):
    harmless = [(flagged, sure) for row, flagged, sure, _ in outcomes if row["labels"]["commercial"] is False]
    assert share(flagged for flagged, _ in harmless) <= 0.01
    assert not any(sure for _, sure in harmless)


@pytest.mark.parametrize(
    ("language", "least"), [("en", 0.88), ("nl", 0.88), ("de", 0.88), ("fr", 0.88), ("es", 0.88), ("it", 0.88), ("pt", 0.8), ("pl", 0.8)]
)
def test_undisclosed_ads_are_flagged(outcomes, language, least):
    hits = [flagged for row, flagged, _, _ in outcomes if row["labels"]["disclosed"] is False and row["language"] == language]
    assert share(hits) >= least


def test_declared_personas_are_recognised(outcomes):
    assert share(persona == "yes" for row, _, _, persona in outcomes if row["labels"]["ai_persona"]) >= 0.95


def test_people_are_not_taken_for_personas(outcomes):
    assert share(persona != "no" for row, _, _, persona in outcomes if row["labels"]["ai_persona"] is False) <= 0.005


@pytest.mark.parametrize(
    ("text", "context", "reading"),
    [
        ("Beach day", {"bio": "Virtual influencer living in London"}, "strong"),
        ("Beach day", {"declared": {"persona": "synthetic"}}, "declared"),
        ("Beach day", {"declared": {"persona": "human"}}, "none"),
        ("Beach day", {"bio": "Nurse, mother of two"}, "none"),
        ("Beach day", {}, "unknown"),
        ("Beach day", {"author": "@lilmiquela"}, "possible"),
        ("Beach day", {"author": "@mia.virtualgirl"}, "possible"),
        ("Beach day 🤖", {"author": "@mia.ai"}, "possible"),
        ("Beach day", {"author": "@tanaka.ai"}, "none"),
        ("Virtual influencer agencies are hiring", {}, "unknown"),
        ('"I\'m an AI," said the robot, and left', {}, "unknown"),
        ("I'm an AI, hello", {}, "strong"),
        ("„Ich bin eine KI“, sagte der Roboter", {}, "unknown"),
    ],
)
def test_persona_reading(text, context, reading):
    assert check(text=text, reach=["nl"], **context).facts.persona == reading


def test_documented_personas_have_a_source_and_a_handle():
    assert len(RULEBOOK.personas) >= 30
    for key, persona in RULEBOOK.personas.items():
        found = check(text="Hello", author=persona["handles"][0], reach=["gb"])
        witnesses = found.facts.values["ai_persona"].witnesses
        assert found.facts.values["ai_persona"].value.key == "unknown", key
        assert [witness.id for witness in witnesses] == [f"persona.{key}"], key


@pytest.mark.parametrize(
    "text",
    [
        "My skin is loving this serum @glowlabcosmetics",
        "First box half price with LENA50 https://box.example/a",
        "Met code LISA15 krijg je 15% korting",
        "My coat https://amzn.to/3x1",
        "#ad My new coat",
    ],
)
@pytest.mark.parametrize("interface", ["en", "nl"])
def test_every_commercial_witness_says_why(text, interface):
    found = check(text=text, reach=["gb"], interface=interface)
    fact = found.facts.values["commercial"]
    assert fact.value.key != "no"
    for witness in fact.witnesses:
        assert len(found.says[witness.id]) > 8, witness.id


def test_a_combination_shows_each_of_its_parts():
    text = "My skin is loving this serum @glowlabcosmetics"
    witnesses = check(text=text, reach=["gb"]).facts.values["commercial"].witnesses
    words = {text[w.span.start : w.span.end] for w in witnesses if w.id == "combination.business-praised"}
    assert len(words) >= 3
    assert "@glowlabcosmetics" in words


def harness(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "accuracy.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_the_harness_counts(tmp_path):
    labels = {"commercial": True, "disclosed": False, "ai_persona": False}
    posts = [
        {"id": "hit", "text": "Use code LENA50 for 50% off at my shop", "labels": labels},
        {"id": "miss", "text": "Sunday walk", "labels": labels},
        {"id": "fine", "text": "Sunday walk", "labels": {**labels, "commercial": False}},
    ]
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(json.dumps({"language": "en", "platform": "instagram", **post}) for post in posts), encoding="utf-8")
    done = harness(str(file), "--json", str(tmp_path / "run.json"))
    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    figures = run["groups"]["all"]["all"]
    assert (figures["undisclosed_flagged"]["hits"], figures["undisclosed_flagged"]["total"]) == (1, 2)
    assert figures["undisclosed_flagged"]["low"] == pytest.approx(0.0945, abs=1e-3)  # Wilson, 1 of 2
    assert figures["false_alarms"]["hits"] == 0
    assert "Sunday walk" not in (tmp_path / "run.json").read_text(encoding="utf-8")
    again = harness(str(file), "--compare", str(tmp_path / "run.json"))
    assert "hit:" not in again.stdout


def test_the_harness_names_a_bad_line(tmp_path):
    file = tmp_path / "posts.jsonl"
    file.write_text('{"id": "a"}\n', encoding="utf-8")
    done = harness(str(file))
    assert done.returncode == 1
    assert "text, labels" in done.stderr
