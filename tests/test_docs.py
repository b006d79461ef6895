"""What is written down is what is there: generated pages, options, endpoints, dependencies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compliance.cli import check as check_command
from compliance.rulebook import load_rulebook
from compliance.rulepage import pages

ROOT = Path(__file__).resolve().parent.parent
PAGES = pages(load_rulebook())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_current(name):
    assert (ROOT / "docs/rules" / name).read_bytes() == PAGES[name].encode(), "run: make docs"


def test_no_page_of_a_duty_that_is_gone():
    assert {path.name for path in (ROOT / "docs/rules").iterdir()} == set(PAGES)


def test_every_option_is_documented():
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for parameter in check_command.params:
        if parameter.opts[0].startswith("--"):
            assert parameter.opts[0] in text, parameter.opts


def test_every_dependency_has_its_reason():
    reasons = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").lower()
    for file in (
        "requirements.txt",
        "requirements-ocr.txt",
        "requirements-provenance.txt",
        "tests/requirements.txt",
        "benchmarks/requirements.txt",
    ):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            name = re.match(r"[A-Za-z0-9_.-]+", line)
            if name and not line.startswith(("#", "-r ")):
                assert "==" in line, f"{line} is not pinned"
                assert f"`{name[0].lower()}`" in reasons, name[0]


def test_readme_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?://|#)([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / target.split("#")[0]).exists(), target
