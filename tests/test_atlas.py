"""The label atlas and the market and platform references: what the duty files say, no more and no less."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from compliance.atlas import TOPICS, cells, coverage, platform_label_cells
from compliance.cli import main
from compliance.rulebook import load_rulebook
from compliance.web import create_app

BOOK = load_rulebook()


@pytest.fixture(scope="module")
def client():
    return create_app().test_client()


def test_every_row_of_every_duty_is_a_cell():
    assert len(cells(BOOK)) == sum(len(rows) for duty in BOOK.duties.values() for rows in duty.rows.values())


def test_every_cell_has_its_law():
    for cell in cells(BOOK):
        assert cell.url.startswith("http"), cell
        assert all((cell.cite, cell.authority, cell.checked)), cell


def test_filters_narrow_and_add_up():
    everything = cells(BOOK)
    by_market = [cell for name in BOOK.jurisdictions for cell in cells(BOOK, market=name)]
    assert sorted(map(repr, by_market)) == sorted(map(repr, everything))
    assert {cell.language for cell in cells(BOOK, language="nl")} == {"nl"}
    assert {cell.means for cell in cells(BOOK, means="ai_persona")} == {"ai_persona"}


def test_a_connection_keeps_what_covers_it():
    gifted = cells(BOOK, market="nl", connection="gifted")
    assert any(cell.duty == "nl.gift-label" for cell in gifted)
    assert not any(cell.duty == "nl.affiliate-label" for cell in gifted)
    assert all(not cell.connection or "gifted" in cell.connection for cell in gifted)


def test_an_uncertain_rejection_cannot_fail():
    uncertain = [cell for cell in cells(BOOK) if cell.verdict == "rejected" and cell.certainty in {"memory", "unsettled"}]
    assert uncertain
    assert not any(cell.can_fail for cell in uncertain)


def test_markets_are_covered_or_say_why_not(client):
    for market, topics in coverage(BOOK).items():
        page = client.get(f"/markets/{market}").get_data(as_text=True)
        for topic in TOPICS:
            for duty in topics[topic]:
                assert f"/rules/{duty.id}" in page
        if any(not duties for duties in topics.values()):
            assert "Not covered" in page
    assert client.get("/markets/xx").status_code == 404
    assert client.get("/markets/eu").status_code == 404


def test_each_duty_that_asks_for_an_ad_label_speaks_of_the_platforms_own():
    asked = {duty.id for duty in BOOK.duties.values() if duty.disclosure is not None and "sponsorship" in duty.disclosure.means}
    assert {cell.duty for cell in platform_label_cells(BOOK)} == asked


def test_json_and_csv_hold_the_same(client):
    data = client.get("/labels.json?market=nl").get_json()
    rows = list(csv.DictReader(io.StringIO(client.get("/labels.csv?market=nl").get_data(as_text=True), newline="")))
    assert data["rulebook"]["digest"] == BOOK.digest
    assert [(cell["label"], cell["duty"], cell["verdict"]) for cell in data["cells"]] == [
        (row["label"], row["duty"], row["verdict"]) for row in rows
    ]
    assert all(row["rulebook"] == BOOK.digest for row in rows)


def test_a_spreadsheet_runs_no_cell():
    text = CliRunner().invoke(main, ["rules", "export", "-f", "csv"]).stdout
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(value[:1] in {"=", "+", "-", "@"} for value in row)


def test_the_command_exports_what_the_page_shows(client):
    result = CliRunner().invoke(main, ["rules", "export", "--market", "NL", "--language", "nl"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == client.get("/labels.json?market=nl&language=nl").get_json()
    assert CliRunner().invoke(main, ["rules", "export", "--market", "atlantis"]).exit_code == 2
    assert CliRunner().invoke(main, ["rules", "export", "--language", "xx"]).exit_code == 2


def test_the_page_links_each_verdict_to_its_rule_and_source(client):
    page = client.get("/labels?market=nl&language=nl&connection=gifted&means=sponsorship").get_data(as_text=True)
    for cell in cells(BOOK, "nl", "nl", "gifted", "sponsorship"):
        assert f"/rules/{cell.duty}" in page
        assert cell.url.replace("&", "&amp;") in page
    assert "No verdict fits" in client.get("/labels?language=xx").get_data(as_text=True)
