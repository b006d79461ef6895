"""Bulk scans as a user runs them: every input kind, killed and gone on with, bad rows aside, on this machine and on Ray."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from compliance import check
from compliance.bulk.lines import MOST_BYTES
from compliance.bulk.records import FIELDS
from compliance.cli import main

ROOT = Path(__file__).resolve().parent.parent
AS_OF = "2026-11-23"
TEXTS = (
    "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting",
    "Reclame | Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting",
    "Zondag met de kinderen naar het bos",
    "Anzeige: Mein neues Lieblingsserum, mit LISA15 spart ihr 15%",
    "My glow after two weeks! Use my code GLOW20 for 20% off\nLink in bio",
    "As a virtual influencer I tried this cream and my skin healed. #ad @glowlab",
    'She said "buy it" and, well, I got it gifted by @glowlab, thanks!',
)
PLATFORMS = ("instagram", "tiktok", "youtube")


def posts(count):
    return [
        {
            "id": f"p{at}",
            "caption": f"{TEXTS[at % len(TEXTS)]} {at}",
            "platform": PLATFORMS[at % 3],
            "lang": None if at % 5 else "nl",
            "posted_at": f"2026-0{1 + at % 6}-1{at % 10}T10:00:00Z",
        }
        for at in range(count)
    ]


def write_parquet(path, rows, group=50):
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
    return path


def write_jsonl(path, rows):
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if path.suffix == ".gz":
        data = gzip.compress(data)
    if path.suffix == ".zst":
        data = pa.compress(data, codec="zstd", asbytes=True)
    path.write_bytes(data)
    return path


def write_csv(path, rows, delimiter=","):
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, rows[0], delimiter=delimiter)
        out.writeheader()
        out.writerows(rows)
    return path


def scan(*args, reach="nl,de,gb"):
    return CliRunner().invoke(main, ["scan", *map(str, args), "--reach", reach, "--as-of", AS_OF, "--workers", "1", "-q"])


def command(*args, workers=2):
    return [sys.executable, "-m", "compliance.cli", "scan", *map(str, args), "-r", "nl,de", "--as-of", AS_OF, "-q", "-w", str(workers)]


def records(out):
    return [record for path in sorted((out / "posts").glob("*.parquet")) for record in pq.read_table(path).to_pylist()]


def by_id(found):
    """The records without the place where they stood: what must be equal whichever way they came."""
    return {record["id"]: {key: value for key, value in record.items() if key not in {"source", "row"}} for record in found}


def rejects(out):
    return [json.loads(line) for line in (out / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]


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
    (pages / "a.html").write_text(f"<html lang=nl><article><h1>Serum</h1><p>{TEXTS[0]}</p></article>", encoding="utf-8")
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
    rows = [{"Post ID": 7, "Beitrag": TEXTS[3], "Network": "instagram", "created_time": "2026-03-02"}]
    path = write_parquet(tmp_path / "a.parquet", rows)
    refused = scan(path, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "no column looks like the text" in refused.stderr
    assert "Beitrag" in refused.stderr
    wrong = scan(path, "--out", tmp_path / "out", "-c", "text=Beitag")
    assert (wrong.exit_code, "Did you mean 'Beitrag'" in wrong.stderr) == (2, True)
    unknown = scan(path, "--out", tmp_path / "out", "-c", "txt=Beitrag")
    assert (unknown.exit_code, "Did you mean 'text'" in unknown.stderr) == (2, True)
    shown = CliRunner().invoke(
        main, ["scan", str(path), "-o", str(tmp_path / "out"), "-r", "de", "-c", "text=Beitrag", "-c", "platform=", "-w", "1"]
    )
    assert shown.exit_code == 0
    assert "text = Beitrag" in shown.stderr
    [record] = records(tmp_path / "out")
    assert (record["id"], record["week"], record["platform"]) == ("7", "2026-W10", None)


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
    path.write_bytes("id;text\n1;x\n".encode("utf-16"))
    assert "UTF-16" in scan(path, "-o", tmp_path / "u").stderr


def test_a_truncated_file_costs_only_itself(tmp_path):
    rows = posts(40)
    whole = write_parquet(tmp_path / "whole.parquet", rows, group=10).read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(json.dumps(rows[0]).encode() * 50)[:-20])
    out = tmp_path / "out"
    result = scan(tmp_path, "-o", out)
    assert result.exit_code == 2
    assert "cut.parquet: not a whole Parquet file" in result.stderr
    assert "cut.jsonl.gz: cannot be read" in result.stderr
    assert len(records(out)) == 40
    before = {path.name: path.stat().st_mtime_ns for path in (out / "posts").iterdir()}
    (tmp_path / "cut.parquet").write_bytes(whole)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(json.dumps(rows[0]).encode()))
    again = scan(tmp_path, "-o", out)
    assert again.exit_code == 0, again.stderr
    assert "4 of 9 shards were there before" in again.stderr
    assert len(records(out)) == 81
    assert before.items() <= {path.name: path.stat().st_mtime_ns for path in (out / "posts").iterdir()}.items()


def test_a_damaged_row_group_costs_only_itself(tmp_path):
    path = tmp_path / "a.parquet"
    write_parquet(path, [{"id": str(at), "text": f"{random.Random(at).random()} {TEXTS[0]}"} for at in range(400)], group=100)
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(2).column(1)
    data = bytearray(path.read_bytes())
    data[column.dictionary_page_offset or column.data_page_offset : column.data_page_offset + 40] = b"\xff" * (
        column.data_page_offset + 40 - (column.dictionary_page_offset or column.data_page_offset)
    )
    path.write_bytes(bytes(data))
    result = scan(path, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "(row group 2): cannot be read to its end" in result.stderr
    assert {int(record["id"]) // 100 for record in records(tmp_path / "out")} == {0, 1, 3}


def test_the_same_scan_goes_on_and_another_is_refused(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", posts(30), group=10)
    out = tmp_path / "out"
    assert scan(path, "-o", out).exit_code == 0
    for args, words in (
        ([path, "-o", out, "--no-jsonl"], "other options"),
        ([write_jsonl(tmp_path / "b.jsonl", posts(3)), "-o", out], "a.parquet too"),
    ):
        refused = scan(*args)
        assert refused.exit_code == 2
        assert words in refused.stderr
        assert "--restart" in refused.stderr
    assert "other markets" in scan(path, "-o", out, reach="nl").stderr
    assert len(records(out)) == 30
    part = sorted((out / "posts").glob("*.parquet"))[1]
    part.write_bytes(part.read_bytes()[:-5])
    (out / "posts" / f".{part.name}.0000.tmp").write_bytes(b"half")
    again = scan(path, "-o", out)
    assert "2 of 3 shards were there before" in again.stderr
    assert len(by_id(records(out))) == 30
    assert not list((out / "posts").glob(".*"))
    assert scan(tmp_path / "b.jsonl", "-o", out, "--restart").exit_code == 0
    assert len(records(out)) == 3


def test_killed_at_random_points_nothing_is_lost_or_doubled(tmp_path):
    rows = posts(2400)
    path = write_parquet(tmp_path / "a.parquet", rows, group=150)
    (tmp_path / "b.csv").write_text('id,text\nx,"never closed\n', encoding="utf-8")
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert subprocess.run(command(path, tmp_path / "b.csv", "-o", whole, workers=1), cwd=ROOT, check=False, timeout=300).returncode == 2
    source = random.Random(20261129)
    kills = 0
    for _ in range(3):
        process = subprocess.Popen(command(path, tmp_path / "b.csv", "-o", out), cwd=ROOT, stderr=subprocess.PIPE)
        wanted = len(list((out / "done").glob("part-*[0-9a-f].json"))) + source.randint(1, 5)
        while process.poll() is None and len(list((out / "done").glob("part-*[0-9a-f].json"))) < wanted:
            time.sleep(0.005)
        time.sleep(source.random() / 10)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process.stderr.close()
    assert kills >= 2
    done = subprocess.run(command(path, tmp_path / "b.csv", "-o", out), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 2
    assert "were there before" in done.stderr
    assert Counter(record["id"] for record in records(out)) == Counter(row["id"] for row in rows)
    assert by_id(records(out)) == by_id(records(whole))
    assert rejects(out) == rejects(whole)
    assert not [item for item in (out / "posts").iterdir() if item.name.startswith(".")]


def test_a_full_disk_keeps_what_is_finished(tmp_path, monkeypatch):
    path = write_parquet(tmp_path / "a.parquet", posts(60), group=20)
    write, calls = pq.ParquetWriter.write_batch, []

    def full(self, batch):
        calls.append(batch)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, batch)

    monkeypatch.setattr(pq.ParquetWriter, "write_batch", full)
    out = tmp_path / "out"
    result = scan(path, "-o", out)
    assert result.exit_code == 2
    assert "the disk is full" in result.stderr
    assert len(records(out)) == 20
    assert not [item for item in (out / "posts").iterdir() if item.name.startswith(".")]
    again = scan(path, "-o", out)
    assert again.exit_code == 0
    assert "1 of 3 shards were there before" in again.stderr
    assert len(by_id(records(out))) == 60


def test_a_limit_of_the_system_on_file_size_is_told_from_a_worker(tmp_path):
    """A real error of the system, in another process: no file may be larger than 60 KB."""
    small = [{"id": "s", "text": TEXTS[0]}]
    large = [{"id": str(at), "text": f"{TEXTS[0]} {random.Random(at).random()}"} for at in range(4000)]
    paths = [write_parquet(tmp_path / "a.parquet", small), write_parquet(tmp_path / "b.parquet", large, group=4000)]
    done = subprocess.run(
        command(*paths, "-o", tmp_path / "out", "--no-jsonl"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
        env={**os.environ, "ADCHECK_CACHE": os.environ.get("ADCHECK_CACHE", "")},
    )
    assert done.returncode == 2
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert [record["id"] for record in records(tmp_path / "out")] == ["s"]


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


def test_on_ray_with_a_worker_killed_mid_run(tmp_path):
    rows = posts(2400)
    path = write_parquet(tmp_path / "a.parquet", rows, group=300)
    local, out = tmp_path / "local", tmp_path / "out"
    assert subprocess.run(command(path, "-o", local), cwd=ROOT, check=True, timeout=300).returncode == 0
    process = subprocess.Popen(command(path, "-o", out, "--engine", "ray"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    victim = None
    while victim is None and process.poll() is None:
        if list((out / "done").glob("part-*[0-9a-f].json")):
            victim = next(iter(ray_workers(process.pid)), None)
        time.sleep(0.02)
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert by_id(records(out)) == by_id(records(local))
    assert len(records(out)) == 2400


def ray_workers(pid):
    """The processes below `pid` that run a shard just now."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            names[int(folder.name)] = (folder / "cmdline").read_bytes()
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue

    def below(child):
        while child in parents:
            if child == pid:
                return True
            child = parents[child]
        return False

    return [child for child, name in names.items() if name.startswith(b"ray::scan_shard") and below(child)]
