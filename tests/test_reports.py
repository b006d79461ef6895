"""The contracts that others build on: the JSON schema, offsets, and every format over the same checklists."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import check
from compliance.reports import FORMATS, Source, to_dict

SCHEMA = json.loads((Path(__file__).resolve().parent.parent / "compliance/schema/checklist.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
REACH = ["nl", "be", "de", "fr", "gb", "us", "us-ny"]
CASES = {
    "fails": {"text": "👩‍🦰 Dol op mijn serum! Met code LISA15 krijg je 15% korting"},
    "passes": {"text": "Reclame / Werbung: Met code LISA15 krijg je 15% korting"},
    "nothing": {"text": "Zondag met de kinderen naar het bos"},
    "persona": {
        "text": "I tried this serum for weeks and my skin healed, as a mum I love it",
        "declared": {"persona": "synthetic", "relationship": "paid"},
    },
    "bio": {"text": "New look today", "bio": "Virtual influencer", "first_comment": "#ad"},
    "page": {
        "html": '<article><h1>Serum</h1><p>Gebruik code LISA15 op <a rel="sponsored" href="https://x.example">de site</a></p><p hidden>#ad</p></article>'
    },
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("interface", ["en", "nl"])
def test_json_keeps_its_schema(case, interface):
    data = to_dict(check(**CASES[case], reach=REACH, as_of="2026-11-23", interface=interface))
    VALIDATOR.validate(json.loads(json.dumps(data)))


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_any_text_keeps_the_schema_and_its_quotes(text):
    text = "Met code LISA15 " + text + " #ad"
    data = to_dict(check(text=text, reach=["nl"], as_of="2026-11-23"))
    VALIDATOR.validate(json.loads(json.dumps(data)))
    for signal in data["signals"]:
        assert data["segments"][signal["segment"]]["text"][signal["start"] : signal["end"]] == signal["quote"]


def test_utf16_offsets_are_javascript_s():
    data = to_dict(check(text="👩‍🦰 #ad mijn jas", reach=["nl"], as_of="2026-11-23"), offsets="utf16")
    [signal] = [s for s in data["signals"] if s["id"] == "en.ad"]
    assert (signal["start"], signal["end"]) == (6, 9)
    assert data["offsets"] == "utf16"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders_every_case(name):
    results = [(Source(f"{case}.txt", case), check(**options, reach=REACH, as_of="2026-11-23")) for case, options in CASES.items()]
    once = FORMATS[name](results)
    assert once == FORMATS[name](results)
    assert "LISA15" in once
    if name in {"json", "sarif"}:
        json.loads(once)
    if name == "jsonl":
        assert [json.loads(line)["id"] for line in once.splitlines()] == list(CASES)


def test_no_report_calls_a_post_compliant():
    for name in FORMATS:
        text = FORMATS[name]([(Source("a"), check(**CASES["passes"], reach=["nl"], as_of="2026-11-23"))]).lower()
        assert " is compliant" not in text


def test_sarif_results_name_a_rule_of_the_run():
    log = json.loads(FORMATS["sarif"]([(Source("a.txt"), check(**CASES["fails"], reach=REACH, as_of="2026-11-23"))]))
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert (result["kind"] == "review") == (result["level"] == "none")
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        if "startColumn" in region:
            assert region["endColumn"] > region["startColumn"]
