"""Campaign files for the tests: written, checked by the command line, or read alone."""

from __future__ import annotations

import io
import json

import openpyxl
import pyarrow
import pyarrow.parquet
from click.testing import CliRunner

from compliance.cli import main
from compliance.readers.campaign import Campaign, Mapper
from compliance.rulebook import load_rulebook

AD = "Met code LISA15 krijg je 15% korting"
CLEAN = "Zondag met de kinderen naar het bos"
BOOK = load_rulebook()


def run(*args):
    return CliRunner().invoke(main, ["check", *args])


def posts(*args):
    result = run(*args, "-f", "jsonl", "--as-of", "2026-11-23")
    return [json.loads(line) for line in result.stdout.splitlines()], result


def read(kind, data, **chosen):
    campaign = Campaign(kind, data if isinstance(data, bytes) else data.encode(), BOOK, Mapper(BOOK.columns, chosen))
    return list(campaign.records())


def sheet(rows, title="Kalender"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parquet(rows):
    data = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), data)
    return data.getvalue()
