"""Dumps of posts for the tests of bulk scans, and what comes out of them."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

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


def house(folder, text="#teamacme"):
    """A rule pack with a label of its own."""
    labels = folder / "house" / "labels"
    labels.mkdir(parents=True, exist_ok=True)
    (labels / "nl.yaml").write_text(
        f"language: nl\nlabels:\n  acme-team:\n    means: sponsorship\n    text: Team Acme\n    connection: ambassador\n    strength: strong\n"
        f"    hashtag: {{'{text}': '{text} Mijn jas'}}\n",
        encoding="utf-8",
    )
    return folder / "house"


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
