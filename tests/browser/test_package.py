"""The packages: the same bytes twice, nothing foreign in them, and no complaint of Mozilla's linter."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "extension"
WEB_EXT = Path(__file__).parent / "node_modules" / ".bin" / "web-ext"


@pytest.fixture(scope="module")
def zips(tmp_path_factory):
    found = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        subprocess.run([sys.executable, EXTENSION / "store" / "package.py", folder], check=True, capture_output=True)
        found.append({path.name.split("-")[1]: path for path in folder.iterdir()})
    return found


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_package_is_the_same_bytes_twice(zips, browser):
    first, second = (found[browser].read_bytes() for found in zips)
    assert first == second
    with zipfile.ZipFile(zips[0][browser]) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert not [name for name in names if name.startswith("store/") or name.endswith((".py", ".map"))]
    assert ("service_worker" in manifest["background"], "scripts" in manifest["background"]) == (
        browser == "chromium",
        browser == "firefox",
    )


def test_the_linter_has_no_complaint(zips, tmp_path):
    assert WEB_EXT.exists(), "the linter is missing: make browser"
    with zipfile.ZipFile(zips[0]["firefox"]) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [WEB_EXT, "lint", "-s", tmp_path, "--self-hosted", "--output", "json", "--no-config-discovery"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    report = json.loads(done.stdout[done.stdout.index("{") :])
    assert report["summary"] == {"errors": 0, "notices": 0, "warnings": 0}, json.dumps([*report["errors"], *report["warnings"]], indent=1)


def test_the_checklist_looks_as_on_the_site():
    assert (EXTENSION / "checklist.css").read_bytes() == (ROOT / "compliance" / "web" / "static" / "checklist.css").read_bytes()


def test_every_text_is_there_in_both_languages():
    english, dutch = (json.loads((EXTENSION / "_locales" / name / "messages.json").read_text(encoding="utf-8")) for name in ("en", "nl"))
    assert set(english) == set(dutch)
    code = "".join(
        path.read_text(encoding="utf-8") for path in [*EXTENSION.glob("*.js"), *EXTENSION.glob("*.html"), EXTENSION / "manifest.json"]
    )
    used = set(re.findall(r'(?:\bsay\(|getMessage\(|data-say=)"(\w+)"', code)) | set(re.findall(r"__MSG_(\w+)__", code))
    assert used <= set(english)
    unused = {key for key in english if f'"{key}"' not in code and f"__MSG_{key}__" not in code and not key.startswith("scope_")}
    assert unused == set()


def test_nothing_is_fetched_from_elsewhere_and_no_markup_is_made_from_text():
    for path in EXTENSION.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        assert not re.search(
            r"\b(?:innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|eval\(|new Function|importScripts\(\s*['\"]http)", code
        ), path.name
        if path.name != "background.js":
            assert "fetch(" not in code, f"{path.name}: only the service worker talks to the service"
    for path in EXTENSION.glob("*.html"):
        assert not re.search(r'(?:src|href)="(?:https?:)?//', path.read_text(encoding="utf-8"))
