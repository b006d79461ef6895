"""The intent model: what the texts give, calibrated enough to be read, and never more than a request to look."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import spacy
from hypothesis import given
from hypothesis import strategies as st

import compliance.nlp  # noqa: F401 - registers the components
from compliance import Outcome, check
from compliance.intent import MODEL, commercial_probability, load_model
from compliance.model import Tri
from compliance.text import lex

ROOT = Path(__file__).resolve().parent.parent
QUIET = "Happy skin, happy me. #GlowWithVelora @velora.skincare"


def test_the_model_is_what_the_texts_give():
    done = subprocess.run([sys.executable, "training/train.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert MODEL.stat().st_size <= 2_000_000


@given(st.text(max_size=300))
def test_a_probability_for_any_text(text):
    assert 0.0 <= commercial_probability(lex(text)) <= 1.0


def test_it_tells_a_quiet_ad_from_a_walk():
    assert commercial_probability(lex(QUIET)) > 0.8
    assert commercial_probability(lex("Sunday walk with the dog, wet socks and a full heart")) < 0.3


def test_it_asks_and_never_accuses():
    model = load_model()
    assert 0.5 < model.threshold <= model.alone < 1
    result = check(text=QUIET, reach=["gb", "nl", "us"], platform="instagram", language="en")
    fact = result.facts.values["commercial"]
    assert fact.value is Tri.UNKNOWN
    assert result.outcome is Outcome.NEEDS_REVIEW


def test_the_spacy_component_speaks_only_where_the_question_is_open():
    nlp = spacy.blank("en")
    nlp.add_pipe("adcheck_intent")
    assert nlp("Use my code LISA15 for 15% off @glowlab").cats == {}
    assert nlp("It rained all day").cats == {}
