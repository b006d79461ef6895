"""A rule file with a mistake: the message names the file, the line and the cure."""

from __future__ import annotations

import shutil

import pytest

from compliance.errors import RuleError
from compliance.rulebook import RULES, load_rulebook


@pytest.fixture
def rules(tmp_path):
    shutil.copytree(RULES, tmp_path / "rules")
    return tmp_path / "rules"


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("applies_when:", "aplies_when:", ["ad-label.yaml", "aplies_when"]),
        ("severity: serious", "severity: sirious", ["ad-label.yaml", "sirious"]),
        ("topic: sponsorship", "topic: sponsorship\ntopic: gift", ["topic", "twice"]),
        ("id: nl.ad-label", "id: nl.other-name", ["nl.ad-label", "does not match"]),
        ("label: nl.advertentie", "label: nl.advertenti", ["nl.advertenti", "Did you mean 'nl.advertentie'"]),
        ("known_gaps:", "known_gaps: [", ["ad-label.yaml:"]),
    ],
)
def test_a_typo_in_a_duty(rules, old, new, words):
    change(rules / "duties/nl/ad-label.yaml", old, new)
    with pytest.raises(RuleError) as caught:
        load_rulebook(rules)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.hint


def test_a_folder_without_rules(tmp_path):
    with pytest.raises(RuleError, match="no rulebook here"):
        load_rulebook(tmp_path)


def test_norway_is_no_boolean():
    """`no` is a market and a language, not the YAML boolean."""
    assert load_rulebook().jurisdictions["no"].languages == ("no",)


def test_the_digest_names_the_content(rules):
    before = load_rulebook(rules).digest
    assert before == load_rulebook().digest
    change(rules / "duties/nl/ad-label.yaml", "severity: serious", "severity: moderate")
    load_rulebook.cache_clear()
    assert load_rulebook(rules).digest != before


def test_a_new_label_and_market_are_data_alone(rules):
    """No Python is touched: a label line, a market entry and a duty file."""
    from compliance.engine import Engine
    from compliance.readers import read_caption

    change(
        rules / "labels/en.yaml",
        "labels:\n",
        'labels:\n  zz-promo-notice:\n    means: sponsorship\n    text: Paid notice\n    strength: strong\n    standalone: {"paid notice": "Paid notice | my coat"}\n',
    )
    change(
        rules / "jurisdictions.yaml",
        "  us:\n",
        "  im:\n    name: {en: Isle of Man, nl: Man}\n    languages: [en]\n    regulators: [OFT]\n  us:\n",
    )
    (rules / "duties/im").mkdir()
    text = (rules / "duties/nl/ad-label.yaml").read_text(encoding="utf-8")
    head, _, _ = text.partition("labels:")
    (rules / "duties/im/ad-label.yaml").write_text(
        "\n".join(line for line in head.replace("nl.ad-label", "im.ad-label").splitlines() if not line.startswith("refines"))
        + """
labels:
  accepted: [en.zz-promo-notice]
fix: {label: en.zz-promo-notice}
known_gaps: None known.
examples:
  - {text: "Love my serum! Use code LISA15", outcome: fail, gate: missing}
  - {text: "Paid notice | Love my serum! Use code LISA15", outcome: pass}
  - {text: "A walk in the woods", outcome: not_applicable}
""",
        encoding="utf-8",
    )
    engine = Engine(load_rulebook(rules))
    result = engine.check(read_caption("Love my serum! Use code LISA15", engine.rulebook), ["im"], "2026-11-23")
    assert result.outcome.key == "fail"
    assert result.fix is not None
    assert result.fix.text.startswith("Paid notice: ")
