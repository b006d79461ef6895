"""Every rule file's own examples: the form found, the trap not sprung, the duty's outcome, gate and marks, and that the fix cures it."""

from __future__ import annotations

from collections import Counter

import pytest

from compliance.model import Outcome
from compliance.rulebook import load_rulebook
from compliance.ruletest import (
    column_failures,
    combination_failures,
    duty_failures,
    entry_failures,
    mark_failures,
    modifier_failures,
    network_failures,
    scheduler_failures,
)

RULEBOOK = load_rulebook()
ENTRY_FILES = sorted({entry.where.split(":")[0] for entry in RULEBOOK.entries.values()})


@pytest.mark.parametrize("file", ENTRY_FILES)
def test_words(engine, file):
    problems = [
        str(f) for entry in RULEBOOK.entries.values() if entry.where.startswith(file + ":") for f in entry_failures(entry, engine.lexicon)
    ]
    assert not problems, "\n".join(problems)


def test_modifiers(engine):
    problems = [str(f) for f in modifier_failures(engine.lexicon)]
    assert not problems, "\n".join(problems)


def test_combinations(engine):
    problems = [str(f) for f in combination_failures(engine)]
    assert not problems, "\n".join(problems)


def test_networks(engine):
    problems = [str(f) for f in network_failures(engine)]
    assert not problems, "\n".join(problems)


def test_marks():
    problems = [str(f) for f in mark_failures(RULEBOOK)]
    assert not problems, "\n".join(problems)


def test_columns_and_schedulers():
    problems = [str(f) for f in (*column_failures(RULEBOOK), *scheduler_failures(RULEBOOK))]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("duty_id", sorted(RULEBOOK.duties))
def test_duty(engine, duty_id):
    problems = [str(f) for f in duty_failures(RULEBOOK.duties[duty_id], engine)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_a_vocabulary_is_full_width(language):
    labels = sum(len(e.forms) for e in RULEBOOK.entries.values() if e.language == language and e.kind == "label")
    cues = sum(len(e.forms) for e in RULEBOOK.entries.values() if e.language == language and e.kind != "label")
    kinds = {e.kind for e in RULEBOOK.entries.values() if e.language == language}
    assert labels >= 100
    assert cues >= 400
    assert kinds >= {
        "commercial",
        "no_connection",
        "ai_persona",
        "ai_content",
        "ai_topic",
        "experience",
        "identity",
        "expert",
        "health",
        "financial",
        "safety",
        "safety_notice",
        "urgency",
        "child",
        "trader",
        "editorial",
    }


@pytest.mark.parametrize("market", RULEBOOK.markets)
def test_a_market_has_duties_of_its_own(market):
    assert [duty for duty in RULEBOOK.duties.values() if duty.jurisdiction == market]


def test_nothing_uncertain_can_fail():
    """A duty that rests on memory or on unsettled law has no example of fail, and no row of such a source does."""
    for duty in RULEBOOK.duties.values():
        if not any(law.is_certain for law in duty.law.values()) or duty.status == "preview":
            assert Outcome.FAIL not in {example.outcome for example in duty.examples}, duty.id


def test_every_duty_has_a_sentence_for_each_gate_in_both_languages():
    topics = RULEBOOK.messages["topics"]
    for duty in RULEBOOK.duties.values():
        gates = ("missing", "obscured", "language", "wording", "placement") if duty.disclosure else ("fact",)
        for gate in gates:
            texts = duty.messages.get(gate) or topics[duty.topic].get(gate)
            assert texts, (duty.id, gate)
            assert texts["en"]
            assert texts["nl"]


def test_ids_are_unique_across_case():
    counts = Counter(key.lower() for key in (*RULEBOOK.entries, *RULEBOOK.duties))
    assert [key for key, count in counts.items() if count > 1] == []
