"""Bulk scans as a user runs them: every input kind, columns, bad rows aside, samples."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from dumps import AS_OF, ROOT, TEXTS, by_id, house, posts, records, rejects, scan, write_csv, write_jsonl, write_parquet

from compliance import check, load_rulebook
from compliance.bulk.lines import MOST_BYTES
from compliance.bulk.records import FIELDS
from compliance.cli import main


def test_every_kind_of_file_gives_the_same_records_as_the_engine(tmp_path):
    rows = posts(42)
    folder = tmp_path / "dump"
    folder.mkdir()
    files = [
        write_parquet(folder / "a.parquet", rows, group=10),
        write_csv(folder / "b.csv", rows),
        write_csv(folder / "c.tsv", rows, "\t"),
        write_jsonl(folder / "d.jsonl", rows),
        write_jsonl(folder / "e.jsonl.gz", rows),
        write_jsonl(folder / "f.jsonl.zst", rows),
    ]
    out = tmp_path / "out"
    result = scan(folder, "--out", out)
    assert result.exit_code == 0, result.stderr
    found = records(out)
    assert Counter(record["source"] for record in found) == {path.as_posix(): 42 for path in files}
    kinds = [by_id(record for record in found if record["source"] == path.as_posix()) for path in files]
    assert all(kind == kinds[0] for kind in kinds)
    for row in rows:
        record = kinds[0][row["id"]]
        for market, outcome in record["outcomes"]:
            checklist = check(text=row["caption"], reach=[market], platform=row["platform"], language=row["lang"], as_of=AS_OF)
            assert outcome == checklist.outcome.key, (row, market)
            assert record["commercial"] == checklist.facts.values["commercial"].value.key
        for span in record["evidence"]:
            assert row["caption"][span["start"] : span["end"]] == span["quote"]
    written = [json.loads(line) for path in (out / "posts").glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    assert Counter((line["source"], line["id"], line["outcome"]) for line in written) == Counter(
        (record["source"], record["id"], record["outcome"]) for record in found
    )
    assert written[0]["outcomes"].keys() == {"nl", "de", "gb"}


def test_the_records_fields_are_documented(tmp_path):
    page = (ROOT / "docs" / "scan.md").read_text(encoding="utf-8")
    for name, _, text in FIELDS:
        assert f"| `{name}` | {text} |" in page


def test_a_label_and_an_ai_persona_in_the_regulators_fields(tmp_path):
    out = tmp_path / "out"
    rows = [
        {"id": "nl", "text": TEXTS[1], "platform": "instagram", "country": "nl", "sector": "beauty", "followers_band": "10k-100k"},
        {"id": "ai", "text": TEXTS[5], "platform": "instagram", "country": "gb", "date": 1767225600},
    ]
    assert scan(write_jsonl(tmp_path / "a.jsonl", rows), "--out", out).exit_code == 0
    found = by_id(records(out))
    assert found["nl"]["outcomes"] == [("nl", "pass")]
    assert (found["nl"]["disclosure_present"], found["nl"]["disclosure_place"], found["nl"]["sector"]) == ("present", "lead", "beauty")
    assert found["nl"]["connection"] == ["discount"]
    [verdict] = [verdict for verdict in found["nl"]["verdicts"] if verdict["topic"] == "sponsorship"]
    assert (verdict["duty"], verdict["outcome"], verdict["place"]) == ("nl.ad-label", "pass", "lead")
    assert (found["ai"]["ai_persona"], found["ai"]["experience_claim_by_ai"], found["ai"]["week"]) == ("yes", "yes", "2026-W01")
    assert found["ai"]["outcomes"][0][0] == "gb"


def test_each_row_by_the_law_of_its_own_day_and_market(tmp_path):
    days = ["2019-05-01", "2022-07-01", "2025-09-30", "2025-10-01", "2026-06-08", "2026-06-09", "2026-08-02", "2027-01-01"]
    rows = [
        {"id": f"{day}/{market}/{at}", "text": f"{text} {at}", "country": market, "as_of": day, "lang": lang}
        for day in days
        for market in ("nl", "es", "us-ny,kr")
        for at, (text, lang) in enumerate([(TEXTS[0], "nl_NL"), (TEXTS[5], "und"), (TEXTS[4], "en")])
    ]
    out = tmp_path / "out"
    assert scan(write_jsonl(tmp_path / "a.jsonl", rows), "--out", out).exit_code == 0
    found = by_id(records(out))
    for row in rows:
        for market, outcome in found[row["id"]]["outcomes"]:
            language = {"nl_NL": "nl", "und": None, "en": "en"}[row["lang"]]
            checklist = check(text=row["text"], reach=[market], language=language, as_of=row["as_of"])
            assert outcome == checklist.outcome.key, (row, market)
        assert found[row["id"]]["as_of"] == row["as_of"]
    assert len({tuple(record["outcomes"]) for record in found.values()}) > 4


def test_pages_of_a_folder(tmp_path):
    pages = tmp_path / "pages" / "deep"
    pages.mkdir(parents=True)
    (pages / "a.html").write_text(
        f"<html lang=nl><article><h1>Serum</h1><p>{TEXTS[0]} <a rel=sponsored href=https://shop.example/x>hier</a></p></article>",
        encoding="utf-8",
    )
    (pages / "b.htm").write_text("<html><body><script>1</script></body>", encoding="utf-8")
    out = tmp_path / "out"
    result = scan(tmp_path / "pages", "--out", out)
    assert result.exit_code == 2
    [record] = records(out)
    assert (record["id"], record["outcomes"][0], record["row"]) == ("deep/a.html", ("nl", "fail"), 1)
    [reject] = rejects(out)
    assert reject["file"].endswith("deep/b.htm")
    assert "no text" in reject["reason"]


def test_columns_are_guessed_shown_and_set(tmp_path):
    rows = [{"Post ID": 7, "Wortlaut": TEXTS[3], "Network": "instagram", "created_time": "2026-03-02"}]
    path = write_parquet(tmp_path / "a.parquet", rows)
    refused = scan(path, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "no column looks like the text" in refused.stderr
    assert "Wortlaut" in refused.stderr
    wrong = scan(path, "--out", tmp_path / "out", "-c", "text=Wortlat")
    assert (wrong.exit_code, "Did you mean 'Wortlaut'" in wrong.stderr) == (2, True)
    unknown = scan(path, "--out", tmp_path / "out", "-c", "txt=Wortlaut")
    assert (unknown.exit_code, "Did you mean 'text'" in unknown.stderr) == (2, True)
    shown = CliRunner().invoke(
        main, ["scan", str(path), "-o", str(tmp_path / "out"), "-r", "de", "-c", "text=Wortlaut", "-c", "platform=", "-w", "1"]
    )
    assert shown.exit_code == 0
    assert "text = Wortlaut" in shown.stderr
    [record] = records(tmp_path / "out")
    assert (record["id"], record["week"], record["platform"]) == ("7", "2026-W10", None)


def test_columns_inside_objects_and_of_other_kinds(tmp_path):
    """As exporters write them: text inside an object, ids as decimals, an account that is an object, dictionaries, dates with a zone."""
    noon = datetime.datetime(2026, 1, 31, 23, 30, tzinfo=datetime.UTC)
    table = pa.table(
        {
            "id": pa.array([1.0, None, float("nan")]),
            "snippet": [{"description": TEXTS[0], "tags": ["a"]}] * 3,
            "author": [{"username": "lisa"}] * 3,
            "platform": pa.array(["instagram"] * 3).dictionary_encode(),
            "timestamp": pa.array([noon] * 3, pa.timestamp("us", tz="Europe/Amsterdam")),
            "sector": [["beauty", "health"], None, []],
            "declared": [{"relationship": "paid", "platform_label": None}, {"relationship": None, "platform_label": None}, None],
            "country": [["NL"], ["DE", "NL"], None],
            "language": pa.nulls(3),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    refused = scan(tmp_path / "a.parquet", "-o", tmp_path / "none")
    assert (refused.exit_code, "snippet.description" in refused.stderr) == (2, True)
    columns = ["-c", "text=snippet.description", "-c", "author=author.username"]
    assert scan(tmp_path / "a.parquet", "-o", tmp_path / "out", *columns).exit_code == 0
    found = records(tmp_path / "out")
    assert [record["id"] for record in found] == ["1", None, None]
    assert {(record["author"], record["platform"], record["week"]) for record in found} == {("lisa", "instagram", "2026-W05")}
    assert [record["sector"] for record in found] == ["beauty, health", None, None]
    assert ["paid" in record["connection"] for record in found] == [True, False, False]
    assert [len(record["outcomes"]) for record in found] == [1, 2, 3]
    rows = [{"id": "a", "snippet": {"description": TEXTS[0]}, "author": {"username": "lisa"}}, {"snippet": 7}]
    write_jsonl(tmp_path / "a.jsonl", rows)
    assert scan(tmp_path / "a.jsonl", "-o", tmp_path / "json", *columns).exit_code == 2
    assert [(record["id"], record["author"]) for record in records(tmp_path / "json")] == [("a", "lisa")]
    assert rejects(tmp_path / "json")[0]["row"] == 2


def test_files_that_name_a_field_differently_and_columns_of_one_name(tmp_path):
    (tmp_path / "a.csv").write_text("id,Beitrag\n1,Hallo\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,Tekst\n2,Hallo\n", encoding="utf-8")
    both = scan(tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / "out", "-c", "text=Beitrag", "-c", "text=Tekst")
    assert both.exit_code == 0, both.stderr
    assert sorted(record["id"] for record in records(tmp_path / "out")) == ["1", "2"]
    pq.write_table(pa.table([[1], ["x"], ["y"]], names=["id", "text", "text"]), tmp_path / "c.parquet")
    (tmp_path / "c.csv").write_text("text,text\nx,y\n", encoding="utf-8")
    for name in ("c.parquet", "c.csv"):
        result = scan(tmp_path / name, "-o", tmp_path / "twice")
        assert (result.exit_code, "several columns are called 'text'" in result.stderr) == (2, True)


def test_what_stands_for_no_value_and_dates_of_other_kinds(tmp_path):
    dates = [
        "Wed Oct 07 20:19:24 +0000 2026",
        "Wed, 07 Oct 2026 20:19:24 +0200",
        1791404364,
        1791404364000,
        "2026/10/07 20:19:24",
        "7/10/2026",
    ]
    lines = [f'{{"id": {at}, "text": "Zondag", "reach": NaN, "sector": NaN, "date": {json.dumps(date)}}}' for at, date in enumerate(dates)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"id": NaN, "text": ["x"]}']), encoding="utf-8")
    result = scan(tmp_path / "a.jsonl", "-o", tmp_path / "out")
    assert (result.exit_code, "the date of 1 posts could not be read" in result.stderr) == (2, True)
    found = records(tmp_path / "out")
    assert [record["week"] for record in found] == ["2026-W41"] * 5 + [None]
    assert {record["sector"] for record in found} == {None}
    assert [(reject["id"], reject["row"]) for reject in rejects(tmp_path / "out")] == [(None, 7)]


def test_hidden_files_and_the_files_beside_a_saved_page_are_passed_over(tmp_path):
    for name in ("in/page.html", "in/page_files/frame.html", "in/.cache/a.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"<p>{TEXTS[0]}</p>", encoding="utf-8")
    (tmp_path / "in" / "._a.csv").write_bytes(b"\0\5\x16")
    write_jsonl(tmp_path / "in" / "b.jsonl", [{"id": "b", "text": "Zondag"}])
    again = [tmp_path / "in" / "page.html", tmp_path / "in" / ".." / "in" / "b.jsonl"]
    assert scan(tmp_path / "in", *again, "-o", tmp_path / "out").exit_code == 0
    assert sorted(record["id"] for record in records(tmp_path / "out")) == ["b", "page.html"]  # each once


def test_a_rule_pack_is_judged_by_kept_and_part_of_what_resume_compares(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": "1", "text": "Mijn nieuwe jas #teamacme"}])
    pack, out = house(tmp_path), tmp_path / "out"
    assert scan(path, "-o", out, "--pack", pack).exit_code == 0
    [record] = records(out)
    assert record["labels"] == ["nl.acme-team"]
    [named] = json.loads((out / "scan.json").read_text(encoding="utf-8"))["packs"]
    assert named["path"] == str(pack)
    assert (out / named["kept"] / "labels" / "nl.yaml").read_bytes() == (pack / "labels" / "nl.yaml").read_bytes()
    moved = pack.rename(tmp_path / "elsewhere")
    again = scan(path, "-o", out, "--pack", moved)
    assert (again.exit_code, "1 of 1 shards were there before" in again.stderr) == (0, True)
    assert CliRunner().invoke(main, ["report", str(out)]).exit_code == 0
    assert "elsewhere" in (out / "report" / "index.html").read_text(encoding="utf-8")
    assert "other rule packs" in scan(path, "-o", out).stderr
    load_rulebook.cache_clear()  # a process reads a folder once
    changed = scan(path, "-o", out, "--pack", house(tmp_path, "#ploegacme"))
    assert (changed.exit_code, "other rule packs" in changed.stderr) == (2, True)
    missing = scan(path, "-o", tmp_path / "none", "--pack", tmp_path / "nowhere")
    assert (missing.exit_code, "there is no rule pack here" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    "row",
    [
        {"id": 7, "video_description": TEXTS[0], "create_time": 1767351600, "username": "lisa"},
        {"id": 7, "caption": TEXTS[0], "timestamp": "2026-01-02T11:00:00.000Z", "ownerUsername": "lisa"},
        {"id_": 1, "Post ID": 7, "Description": TEXTS[0], "Post Created": "2026-01-02 11:00:00 CET", "User Name": "lisa"},
        {"videoId": 7, "description": TEXTS[0], "publishedAt": "2026-01-02T11:00:00Z", "channelTitle": "lisa"},
    ],
)
def test_names_of_columns_as_exporters_write_them(tmp_path, row):
    assert scan(write_jsonl(tmp_path / "a.jsonl", [row]), "-o", tmp_path / "out").exit_code == 0
    assert [(found["id"], found["author"], found["week"]) for found in records(tmp_path / "out")] == [("7", "lisa", "2026-W01")]


def test_columns_and_cells_in_other_languages_and_a_count_of_readers(tmp_path):
    """What content calendars know is known of dumps: names of columns of any text, words for platforms, languages, yes and no."""
    row = {
        "Bildunterschrift": TEXTS[3],
        "Network": "IG",
        "lang": "Deutsch",
        "reach": 12_000,
        "is_paid_partnership": "ja",
        "Datum": "2026-01-02",
    }
    result = scan(write_jsonl(tmp_path / "a.jsonl", [row, {**row, "reach": "12000"}]), "-o", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    for record in records(tmp_path / "out"):
        assert (record["platform"], record["language"], record["week"]) == ("instagram", "de", "2026-W01")
        assert (list(dict(record["outcomes"])), record["platform_label_used"]) == (["nl", "de", "gb"], "yes")


def test_bad_rows_are_named_and_the_others_judged(tmp_path):
    good = json.dumps({"id": "good", "text": TEXTS[0]}).encode()
    with (tmp_path / "a.jsonl").open("wb") as stream:
        stream.write(good + b"\n{oops\n\n[1]\n" + b'{"text": "caf\xe9"}\n')
        for _ in range(10):
            stream.write(b'{"text": "' + b"x" * (10 * MOST_BYTES // 10) if _ == 0 else b"y" * MOST_BYTES)
        stream.write(
            b'"}\n'
            + json.dumps({"id": "p\ud800", "text": TEXTS[0], "platform": "instagrm"}).encode()
            + b"\n"
            + good.replace(b"good", b"last\\ud800")
        )
    (tmp_path / "b.csv").write_text(
        'id,text,persona\n1,"two\nlines, one row",\n2,"never closed,\n3,three,\n4,"",\n5,six,human,extra\n6,seven,robot\n7,"say ""ad""",human\n',
        encoding="utf-8",
    )
    out = tmp_path / "out"
    result = scan(tmp_path / "a.jsonl", tmp_path / "b.csv", "-o", out)
    assert result.exit_code == 2
    assert "9 rows could not be judged" in result.stderr
    assert sorted(record["id"] for record in records(out)) == ["1", "3", "7", "good", "last?"]
    found = [(Path(reject["file"]).name, reject["row"], reject["reason"]) for reject in rejects(out)]
    for (name, row, words), (seen_name, seen_row, reason) in zip(
        [
            ("a.jsonl", 2, "not JSON"),
            ("a.jsonl", 4, "not an object"),
            ("a.jsonl", 5, "not valid utf-8"),
            ("a.jsonl", 6, "longer than 10 MB"),
            ("a.jsonl", 7, "unknown platform"),
            ("b.csv", 4, "never closed"),
            ("b.csv", 6, "give either text or html"),
            ("b.csv", 7, "4 fields where the header names 3"),
            ("b.csv", 8, "'robot' is no value of persona"),
        ],
        found,
        strict=True,
    ):
        assert (seen_name, seen_row) == (name, row)
        assert words in reason
    assert scan(tmp_path / "a.jsonl", tmp_path / "b.csv", "-o", out, "--max-rejects", "9").exit_code == 0


def test_a_csv_in_another_encoding(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id;text\n1;Café met code LISA15, 15% korting\n".encode("cp1252"))
    refused = scan(path, "-o", tmp_path / "out")
    assert refused.exit_code == 2
    assert "--encoding" in rejects(tmp_path / "out")[0]["hint"]
    assert scan(path, "-o", tmp_path / "cp", "--encoding", "cp1252").exit_code == 0
    assert records(tmp_path / "cp")[0]["outcome"] == "fail"
    for name, encoding in (("a.csv", "utf-16"), ("a.csv", "utf-16-le"), ("a.jsonl", "utf-16")):
        (tmp_path / name).write_bytes('id,text\n{"text":"x"}\n'.encode(encoding))
        assert "UTF-16" in scan(tmp_path / name, "-o", tmp_path / "u").stderr
    path.write_bytes(b"id,text\r1,x\r")
    assert "a line ends with CR alone" in scan(path, "-o", tmp_path / "u").stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["/no/such.parquet", "-o", "{tmp}/out"], "there is no such file"),
        (["{tmp}/notes.docx", "-o", "{tmp}/out"], "not a kind of file"),
        (["{tmp}/empty", "-o", "{tmp}/out"], "nothing to scan"),
        (["{tmp}/a.jsonl", "-o", "/proc/none"], "cannot be written"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "--encoding", "utf-9"], "unknown encoding"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "-c", "text"], "Write it as text=caption"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "-d", "relation=paid"], "unknown declared fact"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "-p", "instagrm"], "Did you mean 'instagram'"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "--sample", "1", "--stratify", "sector"], "no row names its sector"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "--stratify", "platform"], "Give --sample too"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "--ray-address", "auto"], "Give --engine ray too"),
        (["{tmp}/a.jsonl", "-o", "{tmp}/out", "--sample", "1", "--stratify", "market"], "--column reach="),
    ],
)
def test_a_wrong_call_says_what_to_do(tmp_path, args, words):
    (tmp_path / "notes.docx").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    write_jsonl(tmp_path / "a.jsonl", posts(3))
    result = scan(*(arg.replace("{tmp}", str(tmp_path)) for arg in args))
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path):
    program = "import sys; sys.modules['pyarrow'] = None; from compliance.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "scan", "x.parquet", "-o", "out", "-r", "nl"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'adcheck[bulk]'" in done.stderr


def test_a_stratified_sample_is_drawn_again_by_its_seed(tmp_path):
    rows = [{"id": str(at), "text": f"{TEXTS[at % 7]} {at}", "platform": "tiktok" if at % 50 == 0 else "instagram"} for at in range(1000)]
    path = write_parquet(tmp_path / "a.parquet", rows, group=90)

    def ids(out, *args):
        assert scan(path, "-o", out, "--sample", "60", "--stratify", "platform", *args).exit_code == 0
        return records(out)

    first, same, other = ids(tmp_path / "1"), ids(tmp_path / "2"), ids(tmp_path / "3", "--seed", "5")
    assert by_id(first) == by_id(same)
    assert by_id(first).keys() != by_id(other).keys()
    for drawn in (first, other):
        assert len(drawn) == 60
        strata = Counter(record["stratum"] for record in drawn)
        assert strata.keys() == {"tiktok", "instagram"}
        assert strata["tiktok"] in {1, 2}
        weights = Counter()
        for record in drawn:
            weights[record["stratum"]] += record["weight"]
        assert weights == pytest.approx({"tiktok": 20, "instagram": 980})
