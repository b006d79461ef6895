"""Running the command line in a folder of its own, as the tests of findings do."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from compliance.cli import main

DRAFT = "Dol op mijn serum! Met code LISA15 krijg je 15% korting\n"


def write(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    return name


def run(*args: str):
    return CliRunner().invoke(main, ["check", *args, "-r", "nl", "--as-of", "2026-11-23"], catch_exceptions=False)


def items(result) -> dict[str, dict]:
    return {item["duty"]: item for item in json.loads(result.stdout)["items"]}
