"""Bulk scans that are killed, run out of room or meet damaged files: nothing is lost, nothing doubled; on this machine and on Ray."""

from __future__ import annotations

import errno
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dumps import AS_OF, ROOT, TEXTS, by_id, command, house, posts, records, rejects, scan, write_jsonl, write_parquet

from compliance import default_engine
from compliance.bulk.inputs import find_shards
from compliance.bulk.ray_run import scan_shard_in
from compliance.bulk.work import Job
from compliance.errors import InputError


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


def test_a_folder_that_holds_other_things(tmp_path):
    """A file of the user's is left alone; a manifest that cannot be read can be thrown away."""
    path, out = write_parquet(tmp_path / "a.parquet", posts(3)), tmp_path / "out"
    (out / "posts").mkdir(parents=True)
    (out / "posts" / "part-one.docx").write_bytes(b"mine")
    assert scan(path, "-o", out, "--sample", 9).stderr.count("fewer posts than --sample 9") == 1
    assert (out / "posts" / "part-one.docx").read_bytes() == b"mine"
    (out / "scan.json").write_text('{"schema": 1', encoding="utf-8")
    refused = scan(path, "-o", out)
    assert (refused.exit_code, "--restart" in refused.stderr) == (2, True)
    assert scan(path, "-o", out, "--restart").exit_code == 0
    assert len(records(out)) == 3


def test_a_worker_of_a_cluster_stands_in_another_folder(tmp_path, monkeypatch):
    write_parquet(tmp_path / "a.parquet", posts(3))
    monkeypatch.chdir(tmp_path)
    for made in ("posts", "done"):
        (tmp_path / "out" / made).mkdir(parents=True)
    [shard], _ = find_shards(["a.parquet"], {}, default_engine().rulebook.columns)
    job = Job("out", default_engine().rulebook.digest, ("nl",), AS_OF)
    monkeypatch.chdir("/")
    scan_shard_in(str(tmp_path), job, replace(shard, name="part-0"), None)
    assert [record["source"] for record in records(tmp_path / "out")] == ["a.parquet"] * 3
    with pytest.raises(InputError, match=f"has no folder {tmp_path}/none"):
        scan_shard_in(f"{tmp_path}/none", job, shard, None)


def test_stopped_by_hand_it_ends_soon_and_says_how_to_go_on(tmp_path):
    path, out = write_parquet(tmp_path / "a.parquet", posts(60_000), group=20_000), tmp_path / "out"
    process = subprocess.Popen(command(path, "-o", out), cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not any(item.stat().st_size for item in (out / "posts").glob(".part-*.parquet.*.tmp")):
        time.sleep(0.05)  # a shard is being written, and would be for some time
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    _, said = process.communicate(timeout=50)
    assert process.returncode == 130
    assert "stopped; the same command goes on" in said
    assert "Traceback" not in said
    assert list((out / "posts").iterdir()) == []
    assert time.monotonic() - began < 20


def test_on_ray_with_a_worker_killed_mid_run(tmp_path):
    rows = posts(2400)
    path = write_parquet(tmp_path / "a.parquet", rows, group=300)
    local, out = tmp_path / "local", tmp_path / "out"
    pack = house(tmp_path)
    assert subprocess.run(command(path, "-o", local, "--pack", pack), cwd=ROOT, check=True, timeout=300).returncode == 0
    process = subprocess.Popen(command(path, "-o", out, "--pack", pack, "--engine", "ray"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
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
