"""Living with findings, as a user does it: baseline, changed files, fixes, cache."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from drafts import DRAFT, items, run, write

from compliance.cli import main

RULES = Path(__file__).resolve().parent.parent / "rules"


# ------------------------------------------------------------------------------------------------------------------- baseline


def test_only_new_findings_fail(here):
    write("a.md", DRAFT)
    done = run("a.md", "--write-baseline")
    assert done.exit_code == 0
    assert "adcheck-baseline.json: 2 findings written" in done.stderr
    before = Path("adcheck-baseline.json").read_bytes()
    assert run("a.md", "--baseline", "adcheck-baseline.json").exit_code == 0
    assert "in the baseline" in run("a.md", "--baseline", "adcheck-baseline.json").stdout
    write("a.md", "Zondag!\n\n" + DRAFT)  # the line moved
    known = run("a.md", "--baseline", "adcheck-baseline.json", "-f", "json")
    assert known.exit_code == 0
    assert items(known)["nl.ad-label"]["known"] is True
    assert items(known)["nl.ad-label"]["outcome"] == "fail"
    write("b.md", DRAFT)  # the same words in another file are another finding
    assert run("a.md", "b.md", "--baseline", "adcheck-baseline.json").exit_code == 1
    write("a.md", "Advertentie: " + DRAFT)
    gone = run("a.md", "--baseline", "adcheck-baseline.json")
    assert gone.exit_code == 0
    assert "no longer there" in gone.stderr
    write("a.md", DRAFT)
    run("a.md", "--write-baseline")
    assert Path("adcheck-baseline.json").read_bytes() == before


def test_what_is_known_stays_known_when_its_file_is_renamed(here):
    write("a.md", DRAFT)
    write("b.md", "Zondag! " + DRAFT)
    run("a.md", "b.md", "--write-baseline")
    Path("a.md").rename("posts.md")
    renamed = run("posts.md", "b.md", "--baseline", "adcheck-baseline.json")
    assert renamed.exit_code == 0, renamed.stdout
    write("copy.md", DRAFT)  # each finding of the old name is known once
    assert run("posts.md", "copy.md", "--baseline", "adcheck-baseline.json").exit_code == 1
    write("a.md", DRAFT)
    assert run("posts.md", "--baseline", "adcheck-baseline.json").exit_code == 1  # a copy is no renamed file
    data = json.loads(Path("adcheck-baseline.json").read_text(encoding="utf-8"))
    for entry in data["findings"]:
        del entry["text"]
    write("old.json", json.dumps(data))
    assert run("a.md", "b.md", "--baseline", "old.json").exit_code == 0


def test_a_second_finding_of_the_same_name_and_a_worse_outcome_are_new(here):
    line = json.dumps({"text": DRAFT}) + "\n"
    write("a.jsonl", line)
    run("a.jsonl", "--write-baseline")
    assert run("a.jsonl", "--baseline", "adcheck-baseline.json").exit_code == 0
    write("a.jsonl", line * 2)
    assert run("a.jsonl", "--baseline", "adcheck-baseline.json").exit_code == 1
    write("b.md", "Met code LISA15 shop je verder")
    write("c.json", "{}")
    data = json.loads(Path("adcheck-baseline.json").read_text(encoding="utf-8"))
    for entry in data["findings"]:
        entry["outcome"] = "needs_review"
    Path("adcheck-baseline.json").write_text(json.dumps(data), encoding="utf-8")
    write("a.jsonl", line)
    assert run("a.jsonl", "--baseline", "adcheck-baseline.json").exit_code == 1


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{"fingerprint": 3}]}'])
def test_a_damaged_baseline_is_bad_input(here, text):
    write("a.md", DRAFT)
    write("base.json", text)
    done = run("a.md", "--baseline", "base.json")
    assert done.exit_code == 2
    assert "base.json" in done.stderr
    assert run("a.md", "--baseline", "none.json").exit_code == 2


# -------------------------------------------------------------------------------------------------------------- changed files


def git(*args: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@x.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *name, *args], check=True, capture_output=True)


def test_only_files_that_changed(here):
    git("init", "-q", "-b", "main")
    for name in ("a.md", "posts/b.md", "posts/é c.md", "gone.md"):
        write(name, DRAFT)
    git("add", "-A")
    git("commit", "-qm", "x")
    none = run("a.md", "posts", "--changed-since", "main")
    assert none.exit_code == 0
    assert "nothing changed" in none.stderr
    write("posts/é c.md", DRAFT + "!")
    write("posts/new.md", DRAFT)
    write("posts/new.bin", DRAFT)
    Path("gone.md").unlink()
    done = run("a.md", "posts", "gone.md", "--changed-since", "HEAD", "-f", "jsonl")
    assert done.exit_code == 1
    assert [json.loads(line)["source"]["name"] for line in done.stdout.splitlines()] == ["posts/new.md", "posts/é c.md"]
    assert "no revision 'nope'" in run("a.md", "--changed-since", "nope").stderr
    assert run("a.md", "--changed-since=--output=x").exit_code == 2
    assert run("--changed-since", "HEAD").exit_code == 2


def test_renamed_files_submodules_and_files_that_never_were(here, monkeypatch):
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    git("init", "-q", "-b", "main", "inner")
    write("inner/d.md", DRAFT)
    git("-C", "inner", "add", "-A")
    git("-C", "inner", "commit", "-qm", "x")
    git("init", "-q", "-b", "main")
    write("old.md", DRAFT)
    git("add", "-A")
    git("commit", "-qm", "x")
    assert "nothing changed" in run("inner", "old.md", "--changed-since", "main").stderr
    git("mv", "old.md", "new.md")
    write("inner/d.md", DRAFT + "!")
    done = run(".", "old.md", "--changed-since", "main", "-f", "jsonl")
    assert [json.loads(line)["source"]["name"] for line in done.stdout.splitlines()] == ["inner/d.md", "new.md"]
    misspelt = run("campagin", "--changed-since", "main")  # and not "nothing changed"
    assert misspelt.exit_code == 2
    assert "campagin: cannot be read" in misspelt.stderr
    Path("none").mkdir()
    assert run("none", "--changed-since", "main").exit_code == 2


def test_outside_a_checkout(here, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    write("a.md", DRAFT)
    done = run("a.md", "--changed-since", "HEAD")
    assert done.exit_code == 2
    assert "no git checkout" in done.stderr
    monkeypatch.setenv("PATH", str(here))
    assert "git is not installed" in run("a.md", "--changed-since", "HEAD").stderr


# ---------------------------------------------------------------------------------------------------------------------- cache


def test_the_cache_is_right_when_content_options_date_or_rules_change(here, monkeypatch):
    from compliance import Engine

    judged = []
    real = Engine.check_posts

    def counted(self, documents, *rest):
        judged.append(documents[0].segments[0].text)
        return real(self, documents, *rest)

    monkeypatch.setattr(Engine, "check_posts", counted)
    cached = ["--cache-folder", "kept", "-f", "json"]

    write("a.md", DRAFT)
    fresh = run("a.md", *cached).stdout
    judged.clear()
    assert run("a.md", *cached).stdout == fresh
    assert judged == []
    write("b.md", DRAFT)
    for more in (["b.md"], ["a.md", "-p", "instagram"], ["a.md", "-d", "relationship=paid"], ["a.md", "--interface", "nl"]):
        judged.clear()
        run(*more, *cached)
        assert len(judged) == 1, more
    judged.clear()
    CliRunner().invoke(main, ["check", "a.md", "-r", "nl", "--as-of", "2024-01-01", *cached])
    CliRunner().invoke(main, ["check", "a.md", "-r", "nl,de", "--as-of", "2026-11-23", *cached])
    assert len(judged) == 2
    write("a.md", DRAFT + "!")
    judged.clear()
    run("a.md", *cached)
    assert len(judged) == 1

    shutil.copytree(RULES, "rules")
    duty = Path("rules/duties/nl/ad-label.yaml")
    duty.write_text(duty.read_text(encoding="utf-8").replace("severity: serious", "severity: minor", 1), encoding="utf-8")
    judged.clear()
    changed = run("a.md", *cached, "--rules", "rules")
    assert len(judged) == 1
    assert items(changed)["nl.ad-label"]["severity"] == "minor"
    assert items(run("a.md", *cached))["nl.ad-label"]["severity"] == "serious"


def test_a_damaged_cache_is_left_aside_and_pages_with_images_are_judged_anew(here):
    write("a.md", DRAFT)
    page = write("b.html", f"<article><img src='x.png'><p>{DRAFT}</p></article>")
    first = run("a.md", page, "--cache-folder", "kept", "-f", "json").stdout
    kept = list(Path("kept").rglob("*.pickle"))
    assert len(kept) == 1
    kept[0].write_bytes(b"broken")
    assert run("a.md", page, "--cache-folder", "kept", "-f", "json").stdout == first


# ------------------------------------------------------------------------------------------------------------- campaign files


def test_the_cache_knows_the_config(here):
    write("a.md", DRAFT)
    first = run("a.md", "--cache-folder", "kept", "-f", "json").stdout
    write("adcheck.toml", 'platform = "tiktok"\n')
    second = run("a.md", "--cache-folder", "kept", "-f", "json").stdout
    assert second != first
    assert second == run("a.md", "-f", "json").stdout
