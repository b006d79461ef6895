"""Safe fixes and further reports, as a user meets them; and that nothing else in a file changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import openpyxl
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


AD = "Dol op mijn serum! Met code LISA15 krijg je 15% korting"
MINE = "Advertentie: "
WRITTEN = {
    # name: (encoding, file, the same with «»: where the label goes; a plain YAML scalar is put in quotes)
    "plain.csv": ("utf-8", f'id,Caption,Note\r\n1,«»{AD},x\r\n2,Bos,"y"\r\n'),
    "quoted.csv": ("utf-8-sig", f'id;Caption\r\n1;"«»{AD}, ""echt"" café\r\n\r\nen meer"\n2;"«»Zeg ""{AD}"""'),
    "twice.csv": ("utf-8", f'Note,Caption\n"«»".replace,x\n"zeg ""{AD}""",«»{AD}\n'.replace('"«»".replace,x\n', "")),
    "old.csv": ("cp1252", f'id;Caption;Prijs\n1;"«»{AD} é\n\nTweede regel ü";€ 5\n'),
    "east.csv": ("cp1250", f"id;Caption;Cena\n1;«»{AD} łódź;żółć gęślą jaźń\n2;Święta;ćma\n"),
    "wide.tsv": ("utf-16", f"id\tCaption\n1\t«»{AD} é\n2\tBos\n"),
    "list.json": ("utf-8", '{"posts": [\r\n\t{"id": 1, "caption": "«»' + AD + ' caf\\u00e9 \\"x\\""},\r\n {"caption" :"Bos"}]}'),
    "list.yaml": (
        "utf-8",
        f"- caption: \"«»{AD} \\u00e9\"\n- caption: 'x'\n- caption: '«»{AD} it''s'  # c\n- caption: |\n    «»{AD}\n\n    {AD}\n",
    ),
    "folded.yml": ("utf-8", f"- {{caption: '«»{AD}', id: 1}}\r\n- caption: >-\r\n    «»{AD}\r\n    en meer\r\n"),
    "front.md": ("utf-8", f'---\ntitle:   x\ncaption: "«»{AD}"\ntags: [a,  b]\n---\n\nBody «hier»\n'.replace("«hier»", "hier")),
    "body.md": ("utf-8-sig", f"---\r\ntitle: x # y\r\n---\r\n\r\n«»{AD}\r\n"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_only_the_caption_changes_in_a_campaign_file(here, name):
    """Quoting, line ends, marks and encodings stay, byte by byte; what was left to fix is fixed when it is read again."""
    encoding, text = WRITTEN[name]
    Path(name).write_bytes(text.replace("«»", "").encode(encoding))
    shown = run(name, "--diff")
    assert (shown.exit_code, shown.stderr) == (1, shown.stderr)
    done = run(name, "--fix")
    assert f"{name}: fixed." in done.stderr
    assert Path(name).read_bytes() == text.replace("«»", MINE).encode(encoding)
    assert done.exit_code == 0
    assert run(name, "--diff").stdout == ""


def test_a_plain_yaml_caption_is_put_in_quotes(here):
    """A label's colon would make it a mapping."""
    write("a.yaml", f"posts:\n  - caption: {AD} # c\n    id: 1\n")
    write("b.md", f"---\ncaption: {AD}\n---\nBody\n")
    assert run("a.yaml", "b.md", "--fix").exit_code == 0
    assert Path("a.yaml").read_bytes().decode() == f'posts:\n  - caption: "{MINE}{AD}" # c\n    id: 1\n'
    assert Path("b.md").read_bytes().decode() == f'---\ncaption: "{MINE}{AD}"\n---\nBody\n'


def test_what_is_not_written_is_said(here):
    book = openpyxl.Workbook()
    book.active.append(["Caption"])
    book.active.append([AD])
    book.save("cal.xlsx")
    write("toml.md", f'+++\ncaption = "{AD}"\n+++\n')
    write("lines.yaml", f"- caption: {AD}\n    en meer\n- caption: '{AD}'\n")
    write("alias.yaml", f"- caption: &a {AD}\n- caption: *a\n")
    before = {path: path.read_bytes() for path in here.iterdir()}
    done = run("cal.xlsx", "toml.md", "alias.yaml", "--fix")
    assert done.exit_code == 1
    for name, number in (("cal.xlsx", "1 fix is"), ("toml.md", "1 fix is"), ("alias.yaml", "2 fixes are")):
        assert f"adcheck: {name}: {number} not written" in done.stderr
    assert {path: path.read_bytes() for path in here.iterdir()} == before
    done = run("lines.yaml", "--fix")
    assert "adcheck: lines.yaml: 1 fix is not written" in done.stderr
    assert Path("lines.yaml").read_bytes() == before[here / "lines.yaml"].replace(b"'Dol", b"'Advertentie: Dol")


def test_a_label_that_the_encoding_lacks_is_not_written(here):
    write("cal.csv", f"Caption\n{AD} ")
    with Path("cal.csv").open("ab") as file:
        file.write("é ü ß\n".encode("cp1252"))
    before = Path("cal.csv").read_bytes()
    change = changes_of([Edit("cal.csv", "Współpraca: ", f"{AD} é ü ß", 2, 1)], missed := [])
    assert (change, len(missed)) == ([], 1)
    assert Path("cal.csv").read_bytes() == before


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
        ("a.toml", "Met code", {}, None),
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


def test_a_file_that_is_read_only_or_was_changed_meanwhile_stays_and_the_others_are_fixed(here, monkeypatch):
    write("a.md", DRAFT)
    write("b.md", DRAFT)
    Path("a.md").chmod(0o444)
    done = run("a.md", "b.md", "-d", "relationship=paid", "--fix")
    assert done.exit_code == 2
    assert "a.md: cannot be written: it is read-only" in done.stderr
    assert (Path("a.md").read_text(encoding="utf-8"), Path("b.md").read_text(encoding="utf-8")) == (DRAFT, "Advertentie: " + DRAFT)
    [change] = changes_of([Edit("a.md", "Ad: ", DRAFT)])
    Path("a.md").chmod(0o644)
    write("a.md", DRAFT + "More")
    with pytest.raises(InputError, match="changed meanwhile"):
        change.write()
    assert Path("a.md").read_text(encoding="utf-8") == DRAFT + "More"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", f'- caption: {DRAFT}- caption: |\n    {DRAFT}- caption: "Caf\\u00e9 👩‍🦰! Met code LISA15 krijg je 15% korting"\n'),
        ("a.md", f"---\ncaption: {DRAFT}---\n"),
        ("a.csv", f'id,caption\n1,{DRAFT}2,"👩‍🦰 ""zo"", {DRAFT}"\n'),
        ("a.jsonl", '{"text": "👩‍🦰 \\u00e9 Met code LISA15 krijg je 15% korting"}\n'),
        ("a.txt", f"👩‍🦰 {DRAFT}"),
    ],
)
def test_a_fix_of_sarif_is_what_fix_writes(here, name, text):
    write(name, text)
    log = json.loads(run(name, "-d", "relationship=paid", "-f", "sarif").stdout)
    lines = text.split("\n")
    put = {}
    for result in log["runs"][0]["results"]:
        for fix in result.get("fixes", []):
            [replacement] = fix["artifactChanges"][0]["replacements"]
            put[tuple(replacement["deletedRegion"].values())] = replacement["insertedContent"]["text"]
    for (line, column, _, end), words in sorted(put.items(), reverse=True):
        lines[line - 1] = lines[line - 1][: column - 1] + words + lines[line - 1][end - 1 :]
    run(name, "-d", "relationship=paid", "--fix")
    assert Path(name).read_text(encoding="utf-8") == "\n".join(lines) != text


def test_a_diff_applies_to_a_file_whose_name_has_blanks(here):
    write("a b.md", DRAFT)
    write("x.diff", run("a b.md", "-d", "relationship=paid", "--diff").stdout)
    subprocess.run(["git", "apply", "x.diff"], check=True)
    assert Path("a b.md").read_text(encoding="utf-8") == "Advertentie: " + DRAFT
