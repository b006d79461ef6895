"""Lint, diff and new: each finding has a rulebook that provokes it, and a skeleton is a rulebook that loads."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.engine import Engine
from compliance.rulebook import RULES, load_rulebook
from compliance.upkeep.lint import lint

TODAY = datetime.date(2026, 11, 23)


@pytest.fixture
def rules(tmp_path):
    """The rulebook with the Dutch lexicon alone, so that it compiles quickly."""
    shutil.copytree(
        RULES, tmp_path / "rules", ignore=lambda folder, names: [n for n in names if folder.endswith("lexicon") and n != "nl.yaml"]
    )
    return tmp_path / "rules"


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def findings(folder, as_of=TODAY):
    engine = Engine(load_rulebook(folder))
    return [(finding.level, finding.check, finding.where) for finding in lint(engine.rulebook, engine.lexicon, as_of)]


def run(*args):
    return CliRunner().invoke(main, ["rules", *map(str, args)])


def test_our_own_rulebook_has_no_error(engine):
    assert [str(finding) for finding in lint(engine.rulebook, engine.lexicon, TODAY) if finding.level == "error"] == []


def test_each_thing_wrong_is_found(rules):
    duty = rules / "duties/nl/ad-label.yaml"
    text = duty.read_text(encoding="utf-8")
    url = next(line for line in text.splitlines() if line.strip().startswith("url:"))
    change(duty, url, "    url: https://drawer")
    change(rules / "duties/nl/gift-label.yaml", 'checked: "2026-11-23"', 'checked: "2025-01-02"')
    change(rules / "duties/nl/own-brand-label.yaml", 'checked: "2026-11-23"', 'checked: "2027-01-02"')
    change(rules / "platforms.yaml", 'en: "Includes paid promotion"', 'en: "Gluttonous cats within"')
    change(
        rules / "platforms.yaml",
        '(the first three lines show; 125 characters or fewer show whole)"\n        checked: "2026-11-23"',
        'x"\n        checked: "2025-01-02"',
    )
    change(
        rules / "labels/nl.yaml",
        "labels:\n",
        'labels:\n  wc:\n    means: sponsorship\n    text: "Wc"\n    strength: strong\n    hashtag: {"#wceend": "#wceend Fris"}\n',
    )
    markets = (rules / "jurisdictions.yaml").read_text(encoding="utf-8")
    reasons = "    not_covered:\n"  # the first in the file are those of the Netherlands
    gift = "      gift: {en: no source at all, nl: geen enkele bron}\n"
    (rules / "jurisdictions.yaml").write_text(markets.replace(reasons, reasons + gift, 1), encoding="utf-8")
    found = findings(rules)
    for level, check, where in (
        ("error", "source", "duties/nl/ad-label.yaml"),
        ("warning", "stale", "duties/nl/gift-label.yaml"),
        ("error", "date", "duties/nl/own-brand-label.yaml"),
        ("error", "platform-wording", "platforms.yaml"),
        ("warning", "stale", "platforms.yaml instagram.surfaces.feed"),
        ("note", "unjudged-label", "labels/nl.yaml:wc"),
        ("error", "coverage", "jurisdictions.yaml nl"),
        ("warning", "language-parity", "lexicon/de.yaml"),
    ):
        assert any((level, check) == item[:2] and where in item[2] for item in found), (level, check, where)


def test_lint_exit_codes(rules):
    assert run("lint", "--rules", rules).exit_code == 0
    assert run("lint", "--rules", rules, "--strict").exit_code == 1  # the other lexicons are missing
    change(rules / "duties/nl/ad-label.yaml", 'checked: "2026-11-23"', 'checked: "2099-01-01"')
    load_rulebook.cache_clear()
    result = run("lint", "--rules", rules, "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["counts"]["error"] == 1
    assert run("lint", "--rules", rules / "nowhere").exit_code == 2


DUTY = (
    "--topic",
    "gift",
    "--title",
    "A gift is named",
    "--title-nl",
    "Een cadeau wordt genoemd",
    "--cite",
    "Act, s. 1",
    "--authority",
    "Court",
)
MORE = ("--url", "https://law.example/1", "--in-force", "2026-01-01")


def test_a_new_duty_is_a_draft_that_loads_and_judges_nothing(rules):
    result = run("new", "duty", "nl.present-label", *DUTY, *MORE, "--rules", rules)
    assert result.exit_code == 0, result.output
    load_rulebook.cache_clear()
    book = load_rulebook(rules)
    assert book.duties["nl.present-label"].status == "draft"
    assert "nl.present-label" not in {duty.id for duty in Engine(book).plan(["nl"], "2026-11-23").duties}
    again = run("new", "duty", "nl.present-label", *DUTY, *MORE, "--rules", rules)
    assert again.exit_code == 2
    assert "there already" in again.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("duty", "present", *DUTY, *MORE), "no duty id"),
        (("duty", "zz.present-label", *DUTY, *MORE), "unknown market"),
        (("duty", "nl.x", *DUTY, "--url", "drawer", "--in-force", "2026-01-01"), "no web address"),
        (("duty", "nl.x", *DUTY, "--url", "https://law.example", "--in-force", "soon"), "is not a date"),
        (("duty", "nl.x", "--topic", "gifts", *DUTY[2:], *MORE), "Did you mean 'gift'"),
        (("language", "finnish", "--label", "mainos", "--wording", "Mainos"), "no language code"),
        (("market", "nl", "--name", "N", "--name-nl", "N", "--languages", "nl", "--regulator", "R"), "there already"),
        (
            ("market", "fi", "--name", "F", "--name-nl", "F", "--languages", "fi", "--regulator", "R", "--parents", "euu"),
            "Did you mean 'eu'",
        ),
    ],
)
def test_a_wrong_skeleton_is_refused_with_a_cure(rules, args, words):
    result = run("new", *args, "--rules", rules)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_new_market_and_language_load(rules):
    market = run(
        "new",
        "market",
        "fi",
        "--name",
        "Finland",
        "--name-nl",
        "Finland",
        "--languages",
        "fi",
        "--parents",
        "eu",
        "--regulator",
        "KKV",
        "--rules",
        rules,
    )
    language = run("new", "language", "fi", "--label", "mainos", "--wording", "Mainos", "--rules", rules)
    assert (market.exit_code, language.exit_code) == (0, 0), market.output + language.output
    load_rulebook.cache_clear()
    book = load_rulebook(rules)
    assert book.jurisdictions["fi"].parents == ("eu",)
    assert book.labels["fi.mainos"].text == "Mainos"
    tested = run("test", "labels/fi.yaml", "--rules", rules)
    assert tested.exit_code == 0, tested.output


def test_diff_shows_what_changes_and_where(rules, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(rules, old)
    change(rules / "duties/nl/ad-label.yaml", "status: stable", "status: preview")
    posts = tmp_path / "posts.jsonl"
    posts.write_text(
        json.dumps({"id": "a", "text": "Met code LISA15 krijg je korting", "declared": {"relationship": "paid"}})
        + "\n"
        + json.dumps({"id": "b", "text": "Zondag met de kinderen naar het bos"})
        + "\n",
        encoding="utf-8",
    )
    result = run("diff", old, rules, "--corpus", posts, "--reach", "nl", "--format", "json", "--exit-code", "--as-of", "2026-11-23")
    assert result.exit_code == 1, result.output
    data = json.loads(result.stdout)
    assert data["posts"] == 2
    assert data["duties"]["edited"] == ["nl.ad-label"]
    assert data["counts"] == [{"duty": "nl.ad-label", "before": "fail", "after": "needs_review", "posts": 1}]
    assert data["changes"][0]["post"].endswith("posts.jsonl:1 [a]")
    text = run("diff", old, rules, "--corpus", posts, "--reach", "nl", "--as-of", "2026-11-23").stdout
    assert "nl.ad-label" in text
    assert "fail → needs_review" in text
    same = run("diff", old, old, "--corpus", posts, "--reach", "nl", "--exit-code")
    assert same.exit_code == 0
    assert "0 outcomes differ on 2 posts" in same.stdout


def test_diff_reads_the_rules_of_a_commit(rules, tmp_path, monkeypatch):
    monkeypatch.chdir(rules.parent)
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "rules"]):
        subprocess.run(["git", *command], check=True, capture_output=True)
    post = tmp_path / "post.txt"
    post.write_text("Met code LISA15 krijg je korting", encoding="utf-8")
    result = run("diff", "git:HEAD", rules, "--corpus", post, "--reach", "nl")
    assert result.exit_code == 0, result.output
    assert "0 outcomes differ on 1 posts" in result.stdout
    wrong = run("diff", "git:nowhere", rules, "--corpus", post)
    assert wrong.exit_code == 2
    assert "git has no rules" in wrong.stderr
    missing = run("diff", rules, rules, "--corpus", tmp_path / "none.jsonl")
    assert missing.exit_code == 2


def test_counts_agree_with_the_files_and_with_the_tests(engine):
    data = json.loads(run("count", "--format", "json", "--as-of", "2026-11-23").stdout)
    book = engine.rulebook
    korea = next(row for row in data["markets"] if row["market"] == "kr")
    files = sorted((RULES / "duties/kr").glob("*.yaml"))
    assert korea["duties"] == len(files)
    assert korea["examples"] == sum(len(duty.examples) for duty in book.duties.values() if duty.jurisdiction == "kr")
    assert korea["ended"] == 1
    assert {row["language"] for row in data["languages"]} == {path.stem for path in (RULES / "labels").glob("*.yaml")}
    assert sum(row["labels"] for row in data["languages"]) == data["total"]["labels"] == len(book.labels)
    assert sum(data["total"]["examples_of"].values()) == data["total"]["examples"]
    text = run("count", "--as-of", "2026-11-23").stdout
    assert f"{data['total']['duties']} duties" in text
    assert next(line for line in text.splitlines() if line.startswith("kr ")).split() == [str(value) for value in korea.values()]
    assert run("count", "--as-of", "soon").exit_code == 2
    assert run("count", "--rules", "/nowhere").exit_code == 2


def test_a_test_of_no_file_is_an_error():
    result = run("test", "zzz")
    assert result.exit_code == 2
    assert "no rule file has zzz" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("language", "fi", "--label", "mainos", "--wording", ""),
        ("language", "fi", "--label", "mainos", "--wording", "{Mainos"),
        ("market", "fi", "--name", "", "--name-nl", "F", "--languages", "fi", "--regulator", "R"),
        ("duty", "us-ny.x-label", "--topic", "gift", "--title", "", *DUTY[4:], *MORE),
    ],
)
def test_a_skeleton_that_does_not_load_is_not_left_behind(rules, args):
    before = {path: path.read_bytes() for path in rules.rglob("*.yaml")}
    assert run("new", *args, "--rules", rules).exit_code == 2
    assert {path: path.read_bytes() for path in rules.rglob("*.yaml")} == before


def test_a_market_without_words_says_what_comes_next(rules):
    result = run(
        "new", "market", "lv", "--name", "Latvia", "--name-nl", "Letland", "--languages", "lv", "--regulator", "R", "--rules", rules
    )
    assert "adcheck rules new language lv" in result.stdout


def test_a_filter_that_nothing_is_called_is_refused():
    for option, value, words in (("--connection", "giftd", "gifted"), ("--language", "zz", "Known"), ("--means", "sponsor", "sponsorship")):
        result = run("export", option, value)
        assert result.exit_code == 2
        assert words in result.stderr


def test_a_topic_without_duty_and_reason_is_told(rules):
    change(rules / "jurisdictions.yaml", '      child: {en: "no source was found."', '      childs: {en: "no source was found."')
    load_rulebook.cache_clear()
    found = findings(rules)
    assert any(item[:2] == ("warning", "coverage") and item[2].endswith(" au") for item in found)
    assert any(item[:2] == ("error", "coverage") and item[2].endswith(" au") for item in found)  # no topic is called so
