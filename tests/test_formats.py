"""One set of checklists through every format: equal to the goldens, valid by the schemas of those who read them, safe to show.

`python tests/test_formats.py --write` writes the goldens anew, for a change that was meant.
"""

from __future__ import annotations

import csv
import html.parser
import io
import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import pytest
import xmlschema
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

from compliance import check
from compliance.cli import main
from compliance.errors import InputError
from compliance.model import Outcome, Span, Suppression, Witness
from compliance.reports import FORMATS, Source

HERE = Path(__file__).resolve().parent
GOLDENS = HERE / "goldens"
JUNIT = xmlschema.XMLSchema(HERE / "schemas/junit.xsd")
AS_OF = "2026-11-23"
DUTIES = {"nl.ad-label", "nl.mediawet-ad-label", "gb.ad-label", "eu.persona-experience-claim"}
SUFFIXES = {"sarif": "sarif.json", "junit": "junit.xml", "github": "github.txt", "gitlab": "gitlab.json", "markdown": "md", "text": "txt"}
DRAFT = "Dol op mijn serum! 👩‍🦰 广告 = 50% | <b>\nMet code LISA15 krijg je 15% korting"
PAGE = (
    '<!doctype html>\n<article><h1>Serum</h1>\n<p>Gebruik code LISA15 op <a rel="sponsored" href="https://shop.example/">de site</a></p>\n'
    "<p hidden>#advertentie</p></article>"
)


def results():
    given = {"reach": ["nl", "gb"], "as_of": AS_OF}
    fails = check(text=DRAFT, declared={"relationship": "paid"}, **given)
    review = check(text="Link in bio! Shop nu bij @glowlab", **given)
    passes = check(text="Advertentie / Ad: Met code LISA15 krijg je 15% korting", **given)
    persona = check(
        text="I wore this serum for weeks and my skin healed", declared={"persona": "synthetic", "relationship": "paid"}, **given
    )
    found = [
        (Source("campaign/été 1.md", None, 1, DRAFT), fails),
        (Source("posts.jsonl", "p-2", 2), review),
        (Source("campaign/label.txt", None, 1, passes.document.segments[0].text), passes),
        (Source("posts.jsonl", "p-3", 3), persona),
        (Source("page.html", None, 1, PAGE), check(html=PAGE, **given)),
        (Source("campaign/aside.md", None, 1, DRAFT), set_aside(fails)),
        (
            Source("campaign/known.md", None, 1, DRAFT),
            replace(fails, items=tuple(replace(item, known=item.outcome >= Outcome.NEEDS_REVIEW) for item in fails.items)),
        ),
    ]
    return [(source, replace(item, items=tuple(i for i in item.items if i.duty in DUTIES))) for source, item in found]


def set_aside(checklist):
    note = Suppression("external", "adcheck-suppressions.yaml#1", "The label is in the picture", "2027-01-31", "Lisa", "2026-11-20")
    return replace(
        checklist,
        items=tuple(replace(item, suppression=note) if item.outcome >= Outcome.NEEDS_REVIEW else item for item in checklist.items),
    )


def problems():
    return [(Source("posts.jsonl", "p-4", 4), InputError("not JSON: 100% wrong", where="posts.jsonl:4", hint="Mend it, then run again."))]


def masked(text: str) -> str:
    rulebook = check(text="bos", reach=["nl"], as_of=AS_OF).rulebook
    text = re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)
    return text.replace(rulebook["digest"], "sha256:RULEBOOK").replace(rulebook["version"], "VERSION")


def rendered(name: str) -> str:
    return FORMATS[name](results(), problems())


def golden(name: str) -> Path:
    return GOLDENS / f"campaign.{SUFFIXES.get(name, name)}"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_as_its_golden(name):
    assert masked(rendered(name)) == golden(name).read_bytes().decode(), "if that was meant: python tests/test_formats.py --write"


def test_each_format_has_its_golden_and_its_line_in_the_docs():
    assert {path.name for path in GOLDENS.iterdir()} == {golden(name).name for name in FORMATS}
    text = (HERE.parent / "docs/cli.md").read_text(encoding="utf-8")
    assert [name for name in FORMATS if f"| `{name}` |" not in text] == []


# ------------------------------------------------------------------------------------------------------ what other programs ask


def test_sarif_keeps_its_schema():
    # One pattern of the official schema has a bracket that only JavaScript takes as it stands.
    schema = json.loads((HERE / "schemas/sarif-2.1.0.json").read_text(encoding="utf-8").replace("{2}]?$", "{2}\\\\]?$"))
    log = json.loads(rendered("sarif"))
    assert [f"{list(error.instance_path)}: {error.message[:200]}" for error in jsonschema_rs.validator_for(schema).iter_errors(log)] == []
    [run] = log["runs"]
    assert all(rule["help"]["markdown"] and rule["helpUri"].startswith("https://") for rule in run["tool"]["driver"]["rules"])
    by_file = {}
    for result in run["results"]:
        by_file.setdefault(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], []).append(result)
    assert "campaign/%C3%A9t%C3%A9%201.md" in by_file
    aside = by_file["campaign/aside.md"]
    assert all(result["suppressions"][0]["justification"] == "The label is in the picture" for result in aside)
    assert {result["baselineState"] for result in by_file["campaign/known.md"]} == {"unchanged"}
    [replacement] = by_file["campaign/%C3%A9t%C3%A9%201.md"][0]["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_regions_hold_their_words():
    for name, text in (("campaign/%C3%A9t%C3%A9%201.md", DRAFT), ("page.html", PAGE)):
        regions = [
            place["physicalLocation"]["region"]
            for result in json.loads(rendered("sarif"))["runs"][0]["results"]
            for place in result["locations"]
            if place["physicalLocation"]["artifactLocation"]["uri"] == name
        ]
        assert regions
        for region in regions:
            line = text.split("\n")[region["startLine"] - 1]
            assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == region["snippet"]["text"]


def test_fingerprints_do_not_depend_on_lines():
    def prints(text):
        log = json.loads(FORMATS["sarif"]([(Source("a.md", None, 1, text), check(text=text, reach=["nl"], as_of=AS_OF))]))
        return [result["partialFingerprints"]["adcheck/v1"] for result in log["runs"][0]["results"]]

    assert prints(DRAFT) == prints("Zondag!\n\n" + DRAFT) != []


def test_junit_keeps_its_schema_and_counts():
    root = JUNIT.to_dict(rendered("junit"))
    assert int(root["@failures"]) == sum(1 for _, c in results() for item in c.open_items if item.outcome is Outcome.FAIL)
    assert int(root["@errors"]) == 1


@settings(max_examples=25)
@given(st.text(min_size=1, max_size=40))
def test_no_text_breaks_xml_csv_annotations_or_the_terminal(noise):
    text = f"Met code LISA15 {noise} #korting"
    one = [
        (
            Source(f"a{noise.replace(chr(0), '')}.txt", noise, 1, text),
            check(text=text, reach=["nl"], as_of=AS_OF, declared={"relationship": "paid"}),
        )
    ]
    JUNIT.validate(FORMATS["junit"](one))
    rows = list(csv.reader(io.StringIO(FORMATS["csv"](one), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    annotations = FORMATS["github"](one)
    assert annotations.startswith("::")
    assert annotations.count("\n") == len(annotations.split("\n::"))
    json.loads(FORMATS["gitlab"](one))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", FORMATS["text"](one))


def test_annotations_are_escaped_and_worst_words_are_placed():
    lines = rendered("github").splitlines()
    assert any(
        line.startswith("::error file=campaign/été 1.md,line=2,endLine=2,col=1,endColumn=16,title=nl.ad-label%3A ") for line in lines
    )
    assert lines[-1] == (
        "::error file=posts.jsonl,line=4,title=Adcheck%3A cannot be read::posts.jsonl:4: not JSON: 100%25 wrong. Mend it, then run again."
    )
    assert not any("aside.md" in line or "known.md" in line for line in lines)


def test_gitlab_entries_are_complete_and_differ():
    one = results()[0]
    entries = json.loads(FORMATS["gitlab"]([one, one]))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) > 0
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["lines"]["begin"] >= 1


def test_a_spreadsheet_takes_no_cell_for_a_formula():
    text = '=HYPERLINK("https://x.example") Met code LISA15 krijg je 15% korting'
    rows = list(
        csv.DictReader(io.StringIO(FORMATS["csv"]([(Source("=a.txt", "@b"), check(text=text, reach=["nl"], as_of=AS_OF))]), newline=""))
    )
    assert {row["file"] for row in rows} == {"'=a.txt"}
    assert {row["record"] for row in rows} == {"'@b"}


@pytest.mark.parametrize("name", ["=1+1", " =1+1", "＝1+1", "+1", "-1", "@a", "\n=1"])
def test_no_name_is_a_formula(name):
    one = [(Source("a.csv", name, 1, DRAFT), check(text=DRAFT, reach=["nl"], as_of=AS_OF))]
    assert {row["record"] for row in csv.DictReader(io.StringIO(FORMATS["csv"](one), newline=""))} == {f"'{name}"}


def test_markdown_makes_nothing_of_a_caption():
    text = "Met code `x|y` LISA15 <img src=x> @all ![a](b) korting"
    source = Source("a|b @all <b>.md", None, 1, text)
    table = FORMATS["markdown"]([(source, check(text=text, reach=["nl"], as_of=AS_OF, declared={"relationship": "paid"}))])
    outside = re.sub(r"(`+).*?\1", "", table)
    assert [mark for mark in ("<b>", "@all", "![") if mark in outside] == []
    rows = [line for line in table.splitlines() if line.startswith("| ❌")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows)


def test_quoted_words_with_bars_and_backslashes_stay_in_their_cell():
    text = "Met code LISA15 a\\|b \\\\|c `d` https://x.example www.x.example"
    found = check(text=text, reach=["nl"], as_of=AS_OF, declared={"relationship": "paid"})
    whole = [replace(item, evidence=(Witness("text", "x", Span(0, 0, len(text))),)) for item in found.items]
    table = FORMATS["markdown"]([(Source("a.md", "http://y.example", 1, text), replace(found, items=tuple(whole)))])
    rows = [line for line in table.splitlines() if line.startswith("| ❌")]
    assert rows
    for row in rows:  # a backslash takes the next sign with it, in a span too
        assert re.sub(r"\\.", "", row).count("|") == 7
        assert not re.search(r"(?<!\()(https?://|www\.)[xy]\.", row)


# ------------------------------------------------------------------------------------------------------------------ text, html


def test_carets_stand_under_the_words():
    lines = rendered("text").splitlines()
    at = next(index for index, line in enumerate(lines) if "^" in line)
    lead = re.match(r"( *\| )( *)(\^+)", lines[at])
    assert lead
    assert lines[at - 1][len(lead[1]) + len(lead[2]) :].startswith("Met code LISA15")
    wide = "新しい美容液！ Met code LISA15 korting"
    text = FORMATS["text"]([(Source("a.txt", None, 1, wide), check(text=wide, reach=["nl"], as_of=AS_OF))]).splitlines()
    at = next(index for index, line in enumerate(text) if "^" in line)
    assert wcswidth(text[at - 1].split("Met code")[0]) == text[at].index("^")


def test_direction_marks_of_a_caption_do_not_reach_the_terminal():
    text = "Met \u202ecode LISA15\x1b[31m krijg je 15% korting"
    assert not set("\u202e\x1b") & set(
        FORMATS["text"]([(Source("a"), check(text=text, reach=["nl"], as_of=AS_OF))]).split("Smallest fix")[0]
    )


def test_colours_are_for_terminals(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(DRAFT, encoding="utf-8")

    def out(*more, **env):
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        return CliRunner(env=env).invoke(main, ["check", str(tmp_path / "a.txt"), "-r", "nl", *more], color=True).stdout

    assert "\x1b[" not in out()
    assert "\x1b[" in out(FORCE_COLOR="1")
    assert "\x1b[" not in out(FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[" in out("--colour", "always")
    assert "\x1b[" not in out("--color", "never", FORCE_COLOR="1")
    assert "\x1b[" not in out(FORCE_COLOR="0")
    assert "\x1b[" not in out("-f", "junit", "--colour", "always")


def test_html_shows_what_was_set_aside_and_not_read():
    text = rendered("html")
    assert "The label is in the picture" in text
    assert "not JSON: 100% wrong" in text
    seen = []

    class Names(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.extend(value for key, value in attrs if key == "id")

    Names().feed(text)
    assert len(seen) == len(set(seen))


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_formats.py --write")
    GOLDENS.mkdir(exist_ok=True)
    for each in FORMATS:
        golden(each).write_bytes(masked(rendered(each)).encode())


NAMES = ["a b%20,c:d.md", "ünï#?.md", "new\nline.md", "p|ipe`x.md", os.fsdecode(b"bad\xff.md")]


@pytest.mark.parametrize("name", FORMATS)
def test_any_file_name_goes_through_every_format(name, here):
    for file in NAMES:
        Path(file).write_text(DRAFT, encoding="utf-8")
    given = ["check", *NAMES, "-r", "nl", "--as-of", AS_OF, "-d", "relationship=paid", "-f", name]
    shown = CliRunner().invoke(main, given, catch_exceptions=False)
    assert shown.exit_code == 1
    CliRunner().invoke(main, [*given, "-o", "out"], catch_exceptions=False)
    assert Path("out").read_bytes() == shown.stdout_bytes
    if name == "sarif":
        places = [
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for result in json.loads(shown.stdout)["runs"][0]["results"]
        ]
        assert [os.fsdecode(unquote_to_bytes(place)) for place in dict.fromkeys(places)] == NAMES
    if name == "json":
        assert [found["source"]["name"] for found in json.loads(shown.stdout)] == NAMES


def test_a_service_is_told_names_from_the_top_of_its_checkout(here, monkeypatch):
    folder = here / "content"
    folder.mkdir()
    monkeypatch.chdir(folder)
    one = [(Source("a b.md", None, 1, DRAFT), check(text=DRAFT, reach=["nl"], as_of=AS_OF))]
    assert "file=a b.md," in FORMATS["github"](one)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(here))
    monkeypatch.setenv("CI_PROJECT_DIR", str(here))
    assert "file=content/a b.md," in FORMATS["github"](one)
    assert '"uri": "content/a%20b.md"' in FORMATS["sarif"](one)
    assert {entry["location"]["path"] for entry in json.loads(FORMATS["gitlab"](one))} == {"content/a b.md"}
