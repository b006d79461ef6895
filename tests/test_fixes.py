"""Safe fixes and further reports, as a user meets them; and that nothing else in a file changes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.errors import InputError
from compliance.findings.atomic import write_whole
from compliance.findings.fixes import Edit, changes_of

DRAFT = "Dol op mijn serum! Met code LISA15 krijg je 15% korting\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).write_bytes(text.encode("utf-8"))


def run(*args: str):
    return CliRunner().invoke(main, ["check", *args, "-r", "nl", "--as-of", "2026-11-23"], catch_exceptions=False)


def test_fix_writes_the_label_and_nothing_else(here):
    write("a.md", "\ufeff" + DRAFT.replace("!", "!\r\n"))
    write("b.txt", "<!-- adcheck-ignore de.ad-label: agreed -->\n" + DRAFT)
    write(
        "c.jsonl",
        '{"text": "x", "id": "1", "text" :"Met code LISA15 krijg je 15% korting caf\\u00e9"}\r\n{"text": "bos", "declared": {"relationship": "none"}}\n',
    )
    write("d.html", f"<p>{DRAFT}</p>")
    files = ["a.md", "b.txt", "c.jsonl", "d.html"]
    before = {name: Path(name).read_bytes() for name in files}
    shown = run(*files, "--diff", "-d", "relationship=paid")
    assert shown.exit_code == 1
    assert {name: Path(name).read_bytes() for name in files} == before
    done = run(*files, "--fix", "-d", "relationship=paid", "-f", "github")
    assert [line.split("::")[1][:20] for line in done.stdout.splitlines() if line.startswith("::error")] == ["error file=d.html,lin"[:20]]
    label = b"Advertentie: "
    for name in files[:3]:
        after = Path(name).read_bytes()
        assert after.count(label) == 1
        assert after.replace(label, b"") == before[name]
    assert Path("a.md").read_bytes().startswith(b"\xef\xbb\xbf" + label + b"Dol op")
    assert Path("d.html").read_bytes() == before["d.html"]
    assert run(*files[:3], "--diff", "-d", "relationship=paid").exit_code == 0
    if shutil.which("patch"):
        write("b.txt", before["b.txt"].decode())
        subprocess.run(["patch", "-p1", "-s", "--binary", "b.txt"], input=run("b.txt", "--diff").stdout.encode(), check=True)
        assert Path("b.txt").read_bytes() == before["b.txt"].replace(b"Dol op", label + b"Dol op")


def test_further_reports_come_from_the_same_run(here):
    write("a.md", DRAFT)
    done = run("a.md", "--also", "sarif=x.sarif", "--also", "junit=x.xml")
    assert done.exit_code == 1
    assert Path("x.sarif").read_text(encoding="utf-8") == run("a.md", "-f", "sarif").stdout
    assert Path("x.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert run("a.md", "--also", "sarfi=x").exit_code == 2


def test_an_open_question_or_a_suppressed_finding_is_not_fixed(here):
    write("a.md", "Link in bio! Shop nu bij @glowlab")
    write("b.md", "<!-- adcheck-ignore *: agreed -->\n" + DRAFT)
    assert run("a.md", "b.md", "--diff").stdout == ""
    assert run("a.md", "--fix", "--diff").exit_code == 2


@pytest.mark.parametrize(
    ("name", "before", "edit", "after"),
    [
        ("a.csv", "id,text\n1,Met code\n", {"line": 2, "column": 3}, "id,text\n1,Ad: Met code\n"),
        ("a.csv", 'id,text\n1,"Met code, ja"\n', {"line": 2, "column": 3, "text": "Met code, ja"}, 'id,text\n1,"Ad: Met code, ja"\n'),
        ("a.csv", 'id,text\n1,"Met ""x"""\n', {"line": 2, "column": 4, "text": 'Met "x"'}, 'id,text\n1,"Ad: Met ""x"""\n'),
        ("a.csv", "id,text\n1,Met code\n", {"line": 2, "column": 3, "insert": "Ad, paid: "}, None),
        ("a.csv", "id,text\n1,Met code\n", {"line": 2, "column": 2}, None),
        ("a.md", "---\nx: y\n---\nMet code\n", {"line": 4}, "---\nx: y\n---\nAd: Met code\n"),
        ("a.md", "other\n", {}, None),
        ("a.html", "Met code", {}, None),
        ("a.yaml", "Met code", {}, None),
        ("a.jsonl", '{"n": {"text": "Met code"}, "text": 3}', {}, None),
        ("a.jsonl", '{"n": [1, {"text": "no"}], "text":\t"Met code"}', {}, '{"n": [1, {"text": "no"}], "text":\t"Ad: Met code"}'),
        ("a.jsonl", "{oops", {}, None),
    ],
)
def test_an_edit_is_made_only_where_the_caption_stands(here, name, before, edit, after):
    write(name, before)
    changes = changes_of([Edit(name, **{"insert": "Ad: ", "text": "Met code", **edit})])
    assert [change.after for change in changes] == ([] if after is None else [after])


def test_a_file_that_cannot_be_written_stays(here, monkeypatch):
    path = here / "a.md"
    path.write_text("old", encoding="utf-8")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(InputError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [item.name for item in here.iterdir()] == ["a.md"]
