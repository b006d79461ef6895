"""The command as a user calls it: output on stdout, errors on stderr, exit codes 0, 1, 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main

ROOT = Path(__file__).resolve().parent.parent
DRAFT = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"


def run(*args, stdin=None):
    return CliRunner().invoke(main, list(args), input=stdin)


@pytest.fixture
def draft(tmp_path):
    path = tmp_path / "serum.txt"
    path.write_text(DRAFT, encoding="utf-8")
    return str(path)


def test_a_fail_is_exit_1(draft):
    result = run("check", draft, "--reach", "nl,de", "--as-of", "2026-11-23")
    assert result.exit_code == 1
    assert "nl.ad-label" in result.stdout
    assert "code LISA15" in result.stdout
    assert "Smallest fix" in result.stdout
    assert result.stderr == ""


def test_no_finding_is_exit_0():
    result = run("check", "-", "--reach", "nl", stdin="Zondag met de kinderen naar het bos")
    assert result.exit_code == 0
    assert "no problem found in what was given" in result.stdout


def test_fail_on_and_strict(draft):
    assert run("check", draft, "-r", "nl", "--fail-on", "never").exit_code == 0
    assert run("check", draft, "-r", "nl", "--fail-on", "critical").exit_code == 0
    review = "Link in bio! Shop nu bij @glowlab"
    assert run("check", "-", "-r", "nl", stdin=review).exit_code == 0
    assert run("check", "-", "-r", "nl", "--strict", stdin=review).exit_code == 1


def test_json_is_the_contract(draft):
    data = json.loads(run("check", draft, "-r", "uk", "-f", "json", "-d", "relationship=paid", "--as-of", "2026-11-23").stdout)
    assert data["reach"] == ["gb"]
    assert data["outcome"] == "fail"
    assert data["as_of"] == "2026-11-23"
    assert data["rulebook"]["digest"].startswith("sha256:")
    item = next(item for item in data["items"] if item["outcome"] == "fail")
    assert item["law"][0]["url"].startswith("http")


def test_jsonl_in_jsonl_out_with_a_bad_line(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(
        json.dumps({"id": "a", "text": DRAFT}).encode()
        + b"\n{oops\n"
        + json.dumps({"id": "b", "text": "Zondag naar het bos", "platform": "instagram"}).encode()
        + b"\n"
    )
    result = run("check", str(path), "-r", "nl")
    assert result.exit_code == 2
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line.get("id"), line.get("outcome"), "error" in line) for line in lines] == [
        ("a", "fail", False),
        ("b", "not_applicable", False),
        (None, None, True),
    ]
    assert "posts.jsonl:2" in result.stderr


def test_sarif_points_at_line_and_column(draft):
    log = json.loads(run("check", draft, "-r", "nl", "-f", "sarif").stdout)
    assert log["version"] == "2.1.0"
    [found] = [r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label"]
    region = found["locations"][0]["physicalLocation"]["region"]
    start = DRAFT.index(region["snippet"]["text"])
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (1, start + 1, start + 1 + len(region["snippet"]["text"]))
    assert found["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"]


def test_sarif_fingerprints_survive_a_moved_line(tmp_path):
    def prints(text):
        path = tmp_path / "a.txt"
        path.write_text(text, encoding="utf-8")
        log = json.loads(run("check", str(path), "-r", "nl", "-f", "sarif").stdout)
        return {r["ruleId"]: r["partialFingerprints"]["adcheck/v1"] for r in log["runs"][0]["results"]}

    assert prints(DRAFT)["nl.ad-label"] == prints("Hoi allemaal!\n\n" + DRAFT)["nl.ad-label"]


def test_html_report_is_one_file(draft, tmp_path):
    out = tmp_path / "report.html"
    assert run("check", draft, "-r", "nl", "-f", "html", "-o", str(out)).exit_code == 1
    text = out.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "LISA15" in text
    assert 'rel="stylesheet"' not in text


def test_a_page_is_read_by_its_suffix(tmp_path):
    page = tmp_path / "post.html"
    page.write_text(f"<article><h1>Serum</h1><p>{DRAFT}</p></article>", encoding="utf-8")
    result = run("check", str(page), "-r", "nl", "-f", "sarif")
    assert result.exit_code == 0  # whether such a page is advertising is a question
    regions = [r["locations"][0]["physicalLocation"]["region"] for r in json.loads(result.stdout)["runs"][0]["results"]]
    assert any(
        page.read_text(encoding="utf-8")[r["startColumn"] - 1 : r["endColumn"] - 1] == r["snippet"]["text"]
        for r in regions
        if "snippet" in r
    )


@pytest.mark.parametrize(
    ("args", "stdin", "words"),
    [
        (["check", "-", "-r", "nl"], "", ["empty"]),
        (["check", "-", "-r", "nl"], "   ", ["empty"]),
        (["check", "-", "-r", "nl"], b"\xff\xfe\xff", ["UTF-8"]),
        (["check", "-", "-r", "nl"], "x" * 1_000_000, ["characters"]),
        (["check", "-", "-r", "nl,xx"], "tekst", ["unknown market 'xx'", "Known"]),
        (["check", "-", "-r", ","], "tekst", ["no market"]),
        (["check", "-", "-r", "nl", "-p", "instagrm"], "tekst", ["Did you mean 'instagram'"]),
        (["check", "-", "-r", "nl", "--as-of", "yesterday"], "tekst", ["not a date"]),
        (["check", "-", "-r", "nl", "-d", "relationship"], "tekst", ["relationship=gifted"]),
        (["check", "-", "-r", "nl", "-d", "relation=paid"], "tekst", ["Did you mean"]),
        (["check", "/no/such/file.txt", "-r", "nl"], None, ["/no/such/file.txt", "cannot be read"]),
        (["check", "-", "-r", "nl", "--input", "jsonl"], "{bad", ["not JSON"]),
        (["check", "-", "-r", "nl", "--rules", "/tmp"], "tekst", ["no rulebook here"]),
        (["rules", "show", "nl.ad-lable"], None, ["Did you mean 'nl.ad-label'"]),
    ],
)
def test_bad_input_is_exit_2_with_a_cure(args, stdin, words):
    result = run(*args, stdin=stdin)
    assert result.exit_code == 2
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr


def test_nuls_in_a_caption_are_judged():
    assert run("check", "-", "-r", "nl", stdin="Met code LISA15\x00 korting").exit_code == 1


def test_other_files_are_judged_when_one_is_bad(draft):
    result = run("check", draft, "/no/such.txt", "-r", "nl")
    assert result.exit_code == 2
    assert "nl.ad-label" in result.stdout
    assert "/no/such.txt" in result.stderr


def test_named_files_as_found(draft, tmp_path):
    """What a hook names: what is no post is left aside, what is a post is judged, what is not there is an error."""
    others = [tmp_path / name for name in ("logo.psd", "package.json", "code.py")]
    for other in others:
        other.write_bytes(b"8BPS\x00\x01\xff" if other.suffix == ".psd" else b'{"name": "shop"}')
    names = [str(other) for other in others]
    nothing = run("check", *names, "-r", "nl", "--as-found")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert run("check", *names, draft, "-r", "nl", "--as-found").exit_code == 1
    assert run("check", str(tmp_path / "gone.md"), "-r", "nl", "--as-found").exit_code == 2
    named = run("check", *names, "-r", "nl")
    assert named.exit_code == 2
    assert f"adcheck: {names[0]}:1: this is not a text file" in named.stderr


def test_output_that_cannot_be_written(draft):
    result = run("check", draft, "-r", "nl", "-o", "/no/such/folder/report.txt")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_rules_commands():
    assert "nl.ad-label" in run("rules", "list", "-r", "nl").stdout
    assert "us.ad-label" not in run("rules", "list", "-r", "nl").stdout
    assert json.loads(run("rules", "list", "-f", "json").stdout)
    assert "## Law" in run("rules", "show", "nl.ad-label").stdout


def test_the_installed_command():
    done = subprocess.run([Path(sys.executable).parent / "adcheck", "--help"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "check" in done.stdout
    assert "serve" in done.stdout
