"""The reference: duties, markets, platforms, and the label atlas, as pages and as data. Everything comes from the rule files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import get_locale

from compliance.atlas import VERDICTS, Cell, by_label, cells, coverage, platform_label_cells, to_csv, to_json
from compliance.readers.declared import CONNECTIONS
from compliance.rulebook import Rulebook
from compliance.rulepage import why_not_covered
from compliance.rules import Duty

blueprint = Blueprint("reference", __name__)
_FILTERS = ("market", "language", "connection", "means")


def _book() -> Rulebook:
    found: Rulebook = current_app.config["ADCHECK_ENGINE"].rulebook
    return found


@blueprint.get("/rules")
def rules() -> str:
    """All duties, by market; `?market=` and `?topic=` narrow."""
    book = _book()
    market, topic = request.args.get("market", ""), request.args.get("topic", "")
    duties = [duty for duty in book.duties.values() if (not market or duty.jurisdiction == market) and (not topic or duty.topic == topic)]
    grouped = {key: [duty for duty in duties if duty.jurisdiction == key] for key in book.jurisdictions}
    topics = sorted({duty.topic for duty in book.duties.values()})
    return render_template(
        "rules.html", grouped={key: found for key, found in grouped.items() if found}, topics=topics, market=market, topic=topic
    )


@blueprint.get("/rules/<duty_id>")
def rule(duty_id: str) -> str | tuple[str, int]:
    """The permanent page of one duty."""
    book = _book()
    duty = book.duties.get(duty_id)
    if duty is None:
        return render_template("error.html", status=404, message="no such duty", hint=""), 404
    rows = [row for verdict in VERDICTS for found in duty.rows.values() for row in found if row.verdict == verdict]
    return render_template("rule.html", duty=duty, rows=rows, entries=book.entries, place=_place(duty))


def _place(duty: Duty) -> dict[str, list[str]]:
    """The places of a label by what the duty says of them."""
    result: dict[str, list[str]] = {"ok": [], "review": [], "fail": []}
    if duty.disclosure is not None:
        for place, verdict in duty.disclosure.place.items():
            result[verdict].append(place.value)
    return result


@blueprint.get("/markets/<market>")
def market(market: str) -> str | tuple[str, int]:
    """One market topic by topic: its duties, or why there is none."""
    book = _book()
    if market not in book.markets:
        return render_template("error.html", status=404, message="no such market", hint=""), 404
    topics = coverage(book)[market]
    language = str(get_locale() or "en")[:2]
    reasons = {topic: why_not_covered(book, market, topic, language) for topic, duties in topics.items() if not duties}
    return render_template("market.html", market=book.jurisdictions[market], topics=topics, reasons=reasons)


@blueprint.get("/platforms")
def platforms() -> str:
    """Folds and own labels of each platform, and whether the platform's label suffices alone in each market."""
    return render_template("platforms.html", cells=platform_label_cells(_book()))


@blueprint.get("/labels")
def labels() -> str:
    """The label atlas: labels × markets."""
    book = _book()
    chosen = _chosen()
    found = _found(book, chosen)
    with_rows = {duty.jurisdiction for duty in book.duties.values() if duty.rows}
    shown = {cell.market for cell in found}
    return render_template(
        "labels.html",
        table=by_label(found),
        markets=[name for name in book.jurisdictions if name in shown],
        all_markets=[name for name in book.jurisdictions if name in with_rows],
        chosen=chosen,
        languages=sorted({entry.language for entry in book.labels.values()}),
        connections=CONNECTIONS,
        count=len(found),
    )


@blueprint.get("/labels.json")
def labels_json() -> Response:
    """The atlas as JSON, narrowed like the page."""
    book = _book()
    return Response(to_json(_found(book, _chosen()), book), mimetype="application/json")


@blueprint.get("/labels.csv")
def labels_csv() -> Response:
    """The atlas as CSV, narrowed like the page."""
    book = _book()
    head = {"Content-Disposition": 'attachment; filename="adcheck-labels.csv"'}
    return Response(to_csv(_found(book, _chosen()), book), mimetype="text/csv", headers=head)


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "") for name in _FILTERS}


def _found(book: Rulebook, chosen: dict[str, Any]) -> list[Cell]:
    return cells(book, chosen["market"], chosen["language"], chosen["connection"], chosen["means"])
