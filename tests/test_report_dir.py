"""`adcheck report`: counts that can be recounted by hand, intervals known from the literature, and a page that a browser shows without complaint."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.support import Translations
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from compliance.bulk.summary import _PREPARE
from compliance.cli import main

ROOT = Path(__file__).resolve().parent.parent
AS_OF = "2026-11-23"
TEXTS = {
    "nl": "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting",
    "labelled": "Reclame | Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting",
    "late": "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting" + " en nog veel meer" * 30 + " #reclame",
    "plain": "Zondag met de kinderen naar het bos",
    "ai": "As a virtual influencer I tried this cream and my skin healed. #ad @glowlab",
}


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scan")
    rows = [
        {
            "id": f"{kind}{at}",
            "text": text,
            "platform": ("instagram", "tiktok")[at % 2],
            "language": "en" if kind == "ai" else "nl",
            "date": f"2026-0{1 + at % 3}-15",
        }
        for kind, text in TEXTS.items()
        for at in range({"nl": 9, "labelled": 7, "late": 4, "plain": 20, "ai": 2}[kind])
    ]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = run("scan", folder / "a.jsonl", "-o", folder / "out", "-r", "nl,de,gb", "--as-of", AS_OF, "-w", "1", "-q")
    assert result.exit_code == 0, result.stderr
    result = run("report", folder / "out")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == (folder / "out" / "report" / "index.html").as_posix()
    assert run("report", folder / "out", "-o", folder / "out" / "dutch", "--lang", "nl").exit_code == 0
    return folder / "out"


def records(out):
    return [record for path in (out / "posts").glob("*.parquet") for record in pq.read_table(path).to_pylist()]


def table(out, name):
    with (out / "report" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_counts_and_shares_can_be_recounted(scanned):
    found = records(scanned)
    by_market = {row["market"]: row for row in table(scanned, "market")}
    assert by_market.keys() == {"any", "nl", "de", "gb"}
    for market, row in by_market.items():
        outcomes = Counter(record["outcome"] if market == "any" else dict(record["outcomes"])[market] for record in found)
        applicable = sum(outcomes.values()) - outcomes["not_applicable"]
        assert (int(row["posts"]), int(row["applicable"])) == (len(found), applicable)
        for outcome in ("fail", "needs_review", "pass"):
            assert int(row[outcome]) == outcomes[outcome]
            assert float(row[f"{outcome}_share"]) == pytest.approx(outcomes[outcome] / applicable, abs=1e-6)
            assert float(row[f"{outcome}_low"]) <= float(row[f"{outcome}_share"]) <= float(row[f"{outcome}_high"])
    assert int(by_market["nl"]["pass"]) > 0
    for name, key in (("platform", "platform"), ("language", "language"), ("week", "week")):
        counted = Counter((record[key], dict(record["outcomes"])["nl"]) for record in found)
        for row in table(scanned, name):
            if row["market"] == "nl":
                assert int(row["fail"]) == counted[row[key], "fail"]
    gates = {(row["market"], row["gate"], row["outcome"]): int(row["verdicts"]) for row in table(scanned, "gate")}
    assert gates == Counter(
        (verdict["market"], verdict["gate"], verdict["outcome"]) for record in found for verdict in record["verdicts"] if verdict["gate"]
    )
    labels = {(row["label"], row["market"]): int(row["applicable"]) for row in table(scanned, "label")}
    assert labels == Counter(
        (verdict["label"], verdict["market"]) for record in found for verdict in record["verdicts"] if verdict["label"] is not None
    )
    overview = {row["found"]: row for row in table(scanned, "overview")}
    assert int(overview["AI persona that tells an experience"]["posts"]) == 2
    for row in [*overview.values(), *table(scanned, "topic")]:  # no share, no interval
        for share, low, high in (("share", "low", "high"), ("fail_share", "fail_low", "fail_high")):
            assert len({row[name] == "" for name in (share, low, high) if name in row}) <= 1
    assert (
        overview["commercial, the platform's own label not used"]["of"],
        overview["content made or altered by AI, not said so"]["low"],
    ) == ("0", "")
    assert int(overview["commercial"]["posts"]) == sum(record["commercial"] == "yes" for record in found)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(found, of, low, high):
    """The worked cases of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    with duckdb.connect() as database:
        database.execute(_PREPARE.split(";")[0])
        got = database.execute(f"SELECT wilson({found} / {of}, {of}, -1), wilson({found} / {of}, {of}, 1)").fetchone()
    assert got == pytest.approx((low, high), abs=5e-5)


def test_a_sample_is_weighted_back_to_the_whole(tmp_path):
    rows = [
        {"id": str(at), "text": f"{TEXTS['nl'] if at < 30 else TEXTS['labelled']} {at}", "platform": "x" if at < 30 else "instagram"}
        for at in range(600)
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    call = ["scan", tmp_path / "a.jsonl", "-o", tmp_path / "out", "-r", "nl", "--as-of", AS_OF, "-w", "1", "-q"]
    assert run(*call, "--sample", 20, "--stratify", "platform").exit_code == 0
    assert run("report", tmp_path / "out", "-o", tmp_path / "page").exit_code == 0
    with (tmp_path / "page" / "market.csv").open(encoding="utf-8") as stream:
        row = next(row for row in csv.DictReader(stream) if row["market"] == "nl")
    assert int(row["posts"]) == 20
    assert float(row["fail_share"]) == pytest.approx(30 / 600, abs=1e-6)
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "weighted back" in page


def test_the_page_stands_alone(scanned):
    page = (scanned / "report" / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page.replace('"http://www.w3.org', ""))
    assert "default-src 'none'" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert all(name in ids for name in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page) for name in name if name)
    for name in re.findall(r'href="([a-z_]+\.csv)"', page):
        assert (scanned / "report" / name).exists()


def test_the_page_speaks_dutch(scanned):
    english, dutch = [(scanned / name / "index.html").read_text(encoding="utf-8") for name in ("report", "dutch")]
    assert '<html lang="nl">' in dutch
    assert ("23 November 2026" in english or "November 23, 2026" in english, "23 november 2026" in dutch) == (True, True)
    assert ("52.4%" in english, "52,4%" in dutch, "52.4%" in dutch) == (True, True, False)
    for plot, words in (("market", "Verenigd Koninkrijk"), ("market", "voldoet niet"), ("gate", "geen label"), ("language", "Nederlands")):
        assert words in re.search(rf'<svg[^>]*"{plot}-title".*?</svg>', dutch, re.DOTALL)[0]
    known = Translations.load(ROOT / "compliance" / "translations", ["nl"])._catalog
    told = [text for text, meant in known.items() if isinstance(text, str) and len(text) > 12 and text != meant and "%(" not in text]
    assert [text for text in told if re.search(rf">\s*{re.escape(text)}\s*<", dutch)] == []
    assert len([text for text in told if re.search(rf">\s*{re.escape(text)}\s*<", english)]) > 20
    for table in (scanned / "report").glob("*.csv"):
        assert (scanned / "dutch" / table.name).read_bytes() == table.read_bytes()


def test_where_all_fail_and_where_none_does_the_interval_holds_the_share(tmp_path):
    """Weights whose sums round: 1/49 + … is not 1."""
    rows = [
        {"id": str(at), "text": TEXTS["nl"], "platform": f"{name}"}
        for name, some in (("x", 49), ("tiktok", 107), ("youtube", 13))
        for at in range(some)
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    call = ["scan", tmp_path / "a.jsonl", "-o", tmp_path / "out", "-r", "nl", "--as-of", AS_OF, "-w", "1", "-q", "--sample", 11]
    assert run(*call, "--stratify", "platform").exit_code == 0
    result = run("report", tmp_path / "out")
    assert result.exit_code == 0, result.exception
    with duckdb.connect() as database:
        database.execute(_PREPARE)
        wrong = "SELECT count(*) FROM range(1, 100000) AS each(n) WHERE high(1.0::DOUBLE, n / 7) < 1 OR low(0.0::DOUBLE, n / 7) > 0"
        assert database.execute(wrong).fetchone() == (0,)


def test_long_and_odd_values_leave_the_plots_whole(tmp_path, recwarn):
    sectors = ["$5 $x_{", "<b>bold</b>", "a" * 200, "line\nbreak\a"]
    rows = [{"id": str(at), "text": TEXTS["nl"], "sector": sector} for at, sector in enumerate(sectors)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run("scan", tmp_path / "a.jsonl", "-o", tmp_path / "out", "-r", "nl", "--as-of", AS_OF, "-w", "1", "-q").exit_code == 0
    assert run("report", tmp_path / "out").exit_code == 0
    plot = re.search(
        r'<svg[^>]*"sector-title".*?</svg>', (tmp_path / "out" / "report" / "index.html").read_text(encoding="utf-8"), re.DOTALL
    )[0]
    for shown in ("$5 $x_{  (1)", "&lt;b&gt;bold&lt;/b&gt;  (1)", "a" * 39 + "…  (1)", "line break  (1)"):
        assert f">{shown}<" in plot.replace("\n", "")
    assert [str(found.message) for found in recwarn if "layout" in str(found.message)] == []


def test_a_value_that_looks_like_a_formula_is_none(tmp_path):
    rows = [{"id": "a", "text": TEXTS["nl"], "sector": "=1+1"}, {"id": "b", "text": TEXTS["nl"], "sector": "food"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run("scan", tmp_path / "a.jsonl", "-o", tmp_path / "out", "-r", "nl", "--as-of", AS_OF, "-w", "1", "-q").exit_code == 0
    assert run("report", tmp_path / "out").exit_code == 0
    assert {row["sector"] for row in table(tmp_path / "out", "sector")} == {"'=1+1", "food"}


def test_a_browser_shows_it_in_light_and_dark_and_narrow(scanned):
    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        colours = {}
        for scheme, width, name in (("light", 1280, "report"), ("dark", 1280, "report"), ("dark", 360, "dutch")):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            said = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto((scanned / name / "index.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator("figure svg").count() >= 5
            colours[scheme] = page.locator("figure svg text").first.evaluate("node => getComputedStyle(node).fill")
            page.locator("summary").first.click()
            assert page.locator("figure table").first.is_visible()
            violations = Axe().run(page).response["violations"]
            assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == []
            inside = "node => [...node.querySelectorAll('text')].every(text => node.viewBox.baseVal.width >= text.getBBox().x + text.getBBox().width)"
            assert all(plot.evaluate(inside) for plot in page.locator("figure svg").all())
            assert said == []
            page.close()
        browser.close()
    assert colours["light"] != colours["dark"]


def test_a_folder_without_records_says_so(tmp_path, scanned):
    empty = run("report", tmp_path)
    assert (empty.exit_code, "no records here" in empty.stderr) == (2, True)
    broken = tmp_path / "broken"
    shutil.copytree(scanned, broken)
    part = next((broken / "posts").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:100])
    result = run("report", broken)
    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)
    assert "Traceback" not in result.stderr
    assert run("report", scanned, "-o", "/proc/none").exit_code == 2
    assert Path(scanned / "report" / "index.html").exists()
