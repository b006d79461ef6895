"""Campaign files through the command line: every format, where a post stands, and what is said of bad files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from campaigns import AD, CLEAN, parquet, posts, read, run, sheet
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import AdcheckError

ROWS = [["Datum", "Kanaal", "Markt", "Bijschrift", "Samenwerking"], ["2026-12-01", "IG Reel", "NL, België", AD, "betaald"]]


FORMATS = {
    "a.csv": "\n".join(";".join(row).replace(AD, f'"{AD}"') for row in ROWS).encode(),
    "a.tsv": "\n".join("\t".join(row) for row in ROWS).encode(),
    "a.xlsx": sheet([["Contentkalender"], [], *ROWS]),
    "a.json": json.dumps([dict(zip(*ROWS, strict=True))]).encode(),
    "a.yaml": f"- Datum: 2026-12-01\n  Kanaal: IG Reel\n  Markt: [NL, België]\n  Bijschrift: {AD}\n  Samenwerking: betaald\n".encode(),
    "a.parquet": parquet([dict(zip(*ROWS, strict=True))]),
    "a.md": f"---\nKanaal: IG Reel\nMarkt: [NL, België]\nSamenwerking: betaald\n---\n\n{AD}\n".encode(),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same_of_the_same_post(here, name):
    (here / name).write_bytes(FORMATS[name])
    [post], result = posts(name)
    assert result.exit_code == 1
    assert post["reach"] == ["nl", "be"]
    assert post["segments"][0]["text"] == AD
    missing = {item["duty"]: item for item in post["items"] if item["outcome"] == "fail"}["nl.ad-label"]
    assert missing["evidence"][0] == {"source": "declared", "id": "relationship", "note": "paid"}
    assert {"source": "platform", "id": "instagram"} in [witness for item in post["items"] for witness in item["evidence"]]
    assert "Samenwerking → relationship" in result.stderr


def test_a_post_knows_its_file_line_column_row_and_field(here):
    (here / "cal.csv").write_text(f'Caption,Channel\n"two\nlines",x\n"Hoi!\n{AD}",x\n', encoding="utf-8")
    (_, second), _ = posts("cal.csv", "-r", "nl")
    assert second["source"] == {"name": "cal.csv", "line": 4, "column": 2, "row": 3, "field": "Caption"}
    assert "cal.csv:4 row 3 Caption" in run("cal.csv", "-r", "nl").stdout
    log = json.loads(run("cal.csv", "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["snippet"]["text"]) == (5, 1, "Met code LISA15")


def test_a_cell_with_doubled_quotes_is_marked_where_its_words_stand(here):
    (here / "cal.csv").write_text(f'Caption;Channel;is_aigc\n"""Hoi"", zei ze:\n""Kom"" {AD}";x;onwaar\n{CLEAN};x;soms\n', encoding="utf-8")
    log = json.loads(run("cal.csv", "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (3, 9, 9 + len("Met code LISA15"))
    assert "cal.csv:4/is_aigc: 'soms' is neither yes nor no" in run("cal.csv", "-r", "nl").stderr
    assert run("cal.csv", "-r", "nl", "--fix").exit_code == 2
    assert (here / "cal.csv").read_text(encoding="utf-8").startswith('Caption;Channel;is_aigc\n"Advertentie: ""Hoi"", zei ze:\n')


@pytest.mark.parametrize("name", ["c.yaml", "c.md"])
def test_words_in_a_block_are_marked_on_their_line(here, name):
    begin, end = ("", "") if name == "c.yaml" else ("---\n", "---\nNotes <!-- adcheck-ignore nl.dating: no dates here -->\n")
    text = f"{begin}platform: x\ncaption: |-\n  Hoi!\n\n    Ingesprongen\n  Nu: {AD}\n{end}"
    (here / name).write_text(text, encoding="utf-8")
    log = json.loads(run(name, "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (6 + bool(begin), 7)
    run(name, "-r", "nl", "--fix")
    assert (here / name).read_text(encoding="utf-8") == text.replace("  Hoi!", "  Advertentie: Hoi!")


@pytest.mark.parametrize("post", [{"caption": "%%", "platform": "x"}, {"post_info": {"title": "%%"}}, {"text": "%%", "declared": {}}])
def test_words_behind_escapes_are_marked_where_they_stand(here, post):
    caption = 'Zij: "hoi" 😀\n\n'
    text = json.dumps([post], indent=1).replace("%%", json.dumps(caption + AD)[1:-1])
    (here / "c.json").write_text(text, encoding="utf-8")
    log = json.loads(run("c.json", "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    line = text.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "Met code LISA15"
    run("c.json", "-r", "nl", "--fix")
    assert (here / "c.json").read_text(encoding="utf-8") == text.replace("Zij:", "Advertentie: Zij:")


def test_a_place_in_json_yaml_front_matter_and_a_sheet():
    [record] = read("json", f'[\n  {{"platform": "x",\n   "caption": "{AD}"}}]')
    assert (record.line, record.column, record.field, record.raw) == (3, 16, "caption", AD)
    [record] = read("yaml", f"caption: |\n  {AD}\n")
    assert (record.line, record.field, record.raw) == (2, "caption", f"  {AD}\n")
    [record] = read("markdown", f"+++\nplatform = 'x'\n+++\n\n\n{AD}\n")
    assert (record.line, record.field, record.raw) == (6, None, AD)
    [record] = read("sheet", sheet([["note"], ["Channel", "Caption"], ["x", AD]]))
    assert (record.row, record.column, record.field) == (3, 2, "Kalender!Caption")


BAD = {
    "old.xls": (b"\xd0\xcf\x11\xe0" + bytes(range(256)), "old.xls:1: this is not a text file. Save a sheet as .xlsx"),
    "open.md": (b"---\nplatform: x\nHoi\n", "open.md:1: the front matter is opened and never closed"),
    "quote.csv": (
        f'Caption,Channel\n{CLEAN},x\n"open,x\n{CLEAN},x\n'.encode(),
        "quote.csv:3: a quote is opened in this row and never closed",
    ),
    "wide.csv": (f"Caption,Channel\n{CLEAN}, met hond,x\n{CLEAN},x\n".encode(), "wide.csv:2: the row has 3 cells, the heading 2"),
    "mixed.csv": (
        "Caption,Channel\nSchön,x\n".encode() + "Schön,x\n".encode("latin-1"),
        "mixed.csv:3: the file mixes encodings: line 2 is UTF-8",
    ),
    "value.csv": (f"Caption,Deal\n{CLEAN},per uur\n".encode(), "value.csv:2/Deal: 'per uur' is no value of relationship"),
    "platform.csv": (f"Caption,Channel\n{CLEAN},instgram\n".encode(), "Did you mean 'instagram'?"),
    "empty.csv": (b"", "empty.csv:1: the table is empty"),
    "columns.csv": (b"a,b\n1,2\n", "columns.csv: no post was found"),
    "broken.json": (b'[{"caption": "x",}]', "broken.json:1: not JSON"),
    "broken.yaml": (b"caption: x\n bad: : y\n", "broken.yaml:2: not valid YAML"),
    "front.md": (b"---\nplatform: x\nmarket: [nl\n---\nHoi\n", "front.md:4: not valid YAML"),
    "cut.xlsx": (FORMATS["a.xlsx"][:900], "cut.xlsx: not a workbook that can be read"),
    "cut.parquet": (FORMATS["a.parquet"][:200], "cut.parquet: not a Parquet file that can be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_by_its_place_and_the_rest_is_judged(here, name):
    data, message = BAD[name]
    (here / name).write_bytes(data)
    (here / "good.txt").write_text(AD, encoding="utf-8")
    result = run(name, "good.txt", "-r", "nl")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "LISA15" in result.stdout


def test_one_other_encoding_is_read(here):
    (here / "a.csv").write_bytes(f"Légende;Canal\nÇa m'a plu, déjà vu à l'été: {AD};x\n".encode("cp1252"))
    [post], _ = posts("a.csv", "-r", "nl")
    assert post["segments"][0]["text"].startswith("Ça m'a plu, déjà vu à l'été")
    [record] = read("table", "Opis;Kanał\nDziękuję, żółw;x\n".encode("cp1250"))
    assert (record.documents[0].segments[0].text, record.documents[0].platform) == ("Dziękuję, żółw", "x")
    [record] = read("table", "Caption;Channel\nЭто реклама нового крема, который мне подарили на прошлой неделе;x\n".encode("cp1251"))
    assert record.documents[0].segments[0].text == "Это реклама нового крема, который мне подарили на прошлой неделе"


def test_folders_and_globs(here):
    for name, text in {
        "in/a.md": AD,
        "in/deep/b.html": f"<p>{CLEAN}</p>",
        "in/data.json": '{"description": "x"}',
        "in/.git/c.md": AD,
        "in/pic.png": "x",
    }.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    found, result = posts("in", "-r", "nl")
    assert [post["source"]["name"] for post in found] == ["in/a.md", "in/deep/b.html"]
    assert result.exit_code == 1
    assert [post["source"]["name"] for post in posts("in/**/*.html", "-r", "nl")[0]] == ["in/deep/b.html"]
    nothing = run("in/*.csv", "-r", "nl")
    assert (nothing.exit_code, nothing.stderr.startswith("adcheck: in/*.csv: there is no file to check")) == (2, True)
    assert run("in/data.json", "-r", "nl").exit_code == 2


@settings(max_examples=60)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40).filter(str.strip),
        min_size=1,
        max_size=4,
    )
)
def test_any_caption_comes_out_of_csv_as_it_went_in(captions):
    import csv

    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Caption", "Channel"], *([caption, "x"] for caption in captions)])
    data = out.getvalue().encode()
    lines = list(io.StringIO(out.getvalue(), newline=""))
    records = read("table", data)
    assert [record.documents[0].segments[0].text for record in records if record.error is None] == captions
    for record in records:
        if record.raw is not None:
            assert "".join([lines[record.line - 1][record.column - 1 :], *lines[record.line :]]).startswith(record.raw)


@settings(max_examples=60)
@given(st.sampled_from(["table", "markdown", "json", "yaml", "sheet", "parquet"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_reason(kind, data):
    try:
        records = read(kind, data)
    except AdcheckError as error:
        assert error.message
    else:
        assert all(record.error is None or record.error.message for record in records)
