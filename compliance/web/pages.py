"""The pages: the draft box with its checklist, the report, the reference of duties and labels. They work without a script; the script only makes them live."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response as AnyResponse

from compliance import Engine
from compliance.engine import iso_date
from compliance.errors import AdcheckError, InputError
from compliance.model import Checklist
from compliance.readers import read_record
from compliance.readers.declared import CONNECTIONS
from compliance.reports import FORMATS, Source
from compliance.reports.view import view_of
from compliance.rulebook import Rulebook
from compliance.rules import Duty
from compliance.wording import names_of

blueprint = Blueprint("pages", __name__)
_VERDICTS = ("accepted", "qualified", "ambiguous", "rejected")
_FLAGS = ("retouched", "platform_label", "ai_label", "audience_under_18")


def _engine() -> Engine:
    found: Engine = current_app.config["ADCHECK_ENGINE"]
    return found


def _language() -> str:
    return str(get_locale() or "en")[:2]


@blueprint.app_context_processor
def shared() -> dict[str, Any]:
    """What every page knows."""
    book = _engine().rulebook
    return {"names": names_of(book, _language()), "language": _language(), "book": book, "rule_url": rule_url}


def rule_url(duty_id: str) -> str:
    """The permanent address of a duty's page."""
    return url_for("pages.rule", duty_id=duty_id)


@blueprint.get("/")
def index() -> str:
    """The draft box; `?text=…&reach=…` fills it."""
    return _index(request.args)


@blueprint.post("/")
def submitted() -> str:
    """The same page with its checklist, for browsers without the script."""
    return _index(request.form, judge=True)


@blueprint.post("/check")
def panel() -> tuple[str, int]:
    """The checklist alone, as the live page asks for it."""
    try:
        checklist = _judge(request.form)
    except AdcheckError as error:
        return render_template("_message.html", error=error), error.http_status
    return render_template("_panel.html", checklist=checklist, view=view_of(checklist) if checklist else None), 200


@blueprint.post("/report")
def report() -> Response:
    """The self-contained report, to download and print."""
    checklist = _judge(request.form)
    if checklist is None:
        raise InputError("there is no text to report on", where="/text", hint="Give a caption or a page first.")
    return Response(
        FORMATS["html"]([(Source(), checklist)]),
        mimetype="text/html",
        headers={
            "Content-Disposition": f'attachment; filename="adcheck-{checklist.as_of}.html"',
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


@blueprint.get("/language/<chosen>")
def language(chosen: str) -> AnyResponse:
    """Remember the interface language."""
    answer = redirect(url_for("pages.index"))
    if chosen in {"en", "nl"}:
        answer.set_cookie("lang", chosen, max_age=31_536_000, samesite="Lax", httponly=True)
    return answer


def _index(values: Any, judge: bool = False) -> str:
    checklist = None
    error = None
    if judge:
        try:
            checklist = _judge(values)
        except AdcheckError as caught:
            error = caught
    reach = [part for item in values.getlist("reach") for part in item.split(",")] or ["nl"]
    return render_template(
        "index.html",
        values=values,
        reach=reach,
        connections=CONNECTIONS,
        checklist=checklist,
        view=view_of(checklist) if checklist else None,
        error=error,
        judged=judge,
    )


def _judge(form: Any) -> Checklist | None:
    """The checklist for a filled form; None where the text is empty.

    Raises:
        InputError: a wrong value.
    """
    text = form.get("text", "").replace("\r\n", "\n")
    html = form.get("html", "")
    uploaded = request.files.get("file")
    is_page = form.get("tab") == "html"
    data: dict[str, Any] = {}
    if is_page and uploaded is not None and uploaded.filename:
        data["html"] = uploaded.read()
    elif is_page and html.strip():
        data["html"] = html
    elif not is_page and text.strip():
        data["text"] = text
    else:
        return None
    for key in ("platform", "surface", "bio", "first_comment", "author"):
        if form.get(key, "").strip() and not (is_page and key in {"first_comment", "author"}):
            data[key] = form[key]
    declared: dict[str, Any] = {key: form[key] for key in ("relationship", "persona", "ai_content", "brand") if form.get(key)}
    declared.update({key: form[key] == "yes" for key in _FLAGS if form.get(key) in {"yes", "no"}})
    if declared:
        data["declared"] = declared
    document = read_record(data, _engine().rulebook)
    reach = [part for item in form.getlist("reach") for part in item.split(",") if part]
    return _engine().check(document, reach, iso_date(form.get("as_of") or None), _language())


# ----------------------------------------------------------------------------------------------------------- the reference


@blueprint.get("/rules")
def rules() -> str:
    """All duties, by market; `?market=` and `?topic=` narrow."""
    book = _engine().rulebook
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
    book = _engine().rulebook
    duty = book.duties.get(duty_id)
    if duty is None:
        return render_template("error.html", status=404, message="no such duty", hint=""), 404
    rows = [row for verdict in _VERDICTS for found in duty.rows.values() for row in found if row.verdict == verdict]
    return render_template("rule.html", duty=duty, rows=rows, entries=book.entries, place=_place(duty))


def _place(duty: Duty) -> dict[str, list[str]]:
    """The places of a label by what the duty says of them."""
    result: dict[str, list[str]] = {"ok": [], "review": [], "fail": []}
    if duty.disclosure is not None:
        for place, verdict in duty.disclosure.place.items():
            result[verdict].append(place.value)
    return result


@blueprint.get("/labels")
def labels() -> str:
    """Labels × markets."""
    book = _engine().rulebook
    wanted = request.args.get("language", "")
    means = request.args.get("means", "")
    return render_template("labels.html", table=label_rows(book, wanted, means), markets=_judging_markets(book), wanted=wanted, means=means)


def _judging_markets(book: Rulebook) -> list[str]:
    return [key for key in book.jurisdictions if any(duty.jurisdiction == key and duty.rows for duty in book.duties.values())]


def label_rows(book: Rulebook, language: str = "", means: str = "") -> list[tuple[Any, dict[str, list[tuple[str, str]]]]]:
    """(label, {market: [(verdict, duty)]}) for every label that some duty judges."""
    result = []
    for label, entry in sorted(book.labels.items(), key=lambda pair: (pair[1].language, pair[1].text.lower())):
        if (language and entry.language != language) or (means and entry.means != means):
            continue
        cells: dict[str, list[tuple[str, str]]] = {}
        for duty in book.duties.values():
            for row in duty.rows.get(label, ()):
                cell = cells.setdefault(duty.jurisdiction, [])
                if (row.verdict, duty.id) not in cell:
                    cell.append((row.verdict, duty.id))
        if cells:
            result.append((entry, cells))
    return result


@blueprint.get("/about")
def about() -> str:
    """What Adcheck judges, and where the text goes: nowhere."""
    return render_template("about.html")
