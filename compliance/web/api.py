"""The HTTP API. A checklist is always 200; errors have one shape; input never gives a 500."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask_babel import force_locale, get_locale, gettext

from compliance import Engine
from compliance.errors import AdcheckError, InputError, MediaTypeError, NotJsonError
from compliance.findings.comments import suppressions_of
from compliance.findings.suppressions import settle, suppressions_given
from compliance.model import INTERFACES, Checklist
from compliance.readers import read_jsonl, read_record
from compliance.reports import FORMATS, Source, post_name, to_dict
from compliance.reports.shown import shown
from compliance.rules import Duty, LabelRow, Layout, LayoutRow, Platform
from compliance.web.openapi import description
from compliance.wording import names_of

blueprint = Blueprint("api", __name__)
_OWN = ("offsets", "interface", "view", "suppressions")
CHECKLIST_TEXTS = (
    "A person should look at this.",
    "Checklist",
    "Copied",
    "Copy",
    "Corrected caption",
    "Cured by the corrected caption",
    "If this is an ad, post this",
    "It adds a label at the front and changes nothing else. It has been checked again.",
    "Judged on",
    "Law",
    "Law of",
    "Markets",
    "No problem found in what was given.",
    "Not seen",
    "Nothing to judge was found in what was given.",
    "Rulebook",
    "Set aside",
    "Something here fails.",
    "To do",
    "up to and including",
    "What this rests on",
    "Your checklist appears here",
    "law",
    "this post",
)
"""What the page's own checklist says around the verdicts, by its English text."""


def engine() -> Engine:
    """The application's engine."""
    found: Engine = current_app.config["ADCHECK_ENGINE"]
    return found


@blueprint.post("/api/v1/check")
def check() -> Response:
    """Judge one post or page; or, as NDJSON, many."""
    kind = request.mimetype
    if kind in {"application/x-ndjson", "application/jsonl"}:
        return Response("".join(_lines()), mimetype="application/x-ndjson")
    data = _object()
    checklist, offsets, notices = judge(data)
    wanted = data.get("view", False)
    if not isinstance(wanted, bool):
        raise InputError(f"{wanted!r} is no value of view", where="/view", hint="Send true or false.")
    more: dict[str, Any] = {"view": shown(checklist)} if wanted else {}
    if "suppressions" in data:
        more["notices"] = notices
    return jsonify({**to_dict(checklist, offsets), **more})


@blueprint.post("/api/v1/report")
def report() -> Response:
    """Judge one post or page; answer with the self-contained report."""
    return as_report(judge(_object())[0])


def as_report(checklist: Checklist) -> Response:
    """The self-contained HTML report of a checklist, to save; of a page with several posts, each by itself."""
    named = [(post_name(post), post) for post in checklist.posts] or [(None, checklist)]
    return Response(
        FORMATS["html"]([(Source(id=name), post) for name, post in named]),
        mimetype="text/html",
        headers={
            "Content-Disposition": f'attachment; filename="adcheck-{checklist.as_of}.html"',
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


def _object() -> dict[str, Any]:
    """The object that is the request's body."""
    if request.mimetype != "application/json":
        raise MediaTypeError(
            f"the body is {request.mimetype or 'of no type'}",
            where="/",
            hint="Send Content-Type: application/json, or application/x-ndjson for many posts.",
        )
    try:
        data = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise NotJsonError(
            f"the body is not JSON: {error}", where="/", hint='Send one object, such as {"text": "…", "reach": ["nl"]}.'
        ) from error
    if not isinstance(data, dict):
        raise InputError("the body is not an object", where="/", hint='Send one object, such as {"text": "…", "reach": ["nl"]}.')
    return data


def judge(data: dict[str, Any]) -> tuple[Checklist, str, list[str]]:
    """The checklist for a request's object, the kind of offsets it asks for, and what there is to say of its suppressions.

    Raises:
        InputError: a wrong value; `where` is a JSON pointer.
    """
    offsets = _choice(data, "offsets", ("codepoints", "utf16"))
    interface = _choice(data, "interface", INTERFACES)
    rules = suppressions_given(data["suppressions"], "/suppressions") if "suppressions" in data else []
    documents = read_record(data, engine().rulebook, _OWN)
    checklist = engine().check_posts(documents, reach_of(data.get("reach")), data.get("as_of"), interface)
    source = Source(id=str(data["id"]) if data.get("id") is not None else None, campaign=data.get("campaign"))
    settled = settle([(source, checklist)], rules, engine().rulebook.duties, datetime.date.today().isoformat())
    return settled.results[0][1], offsets, settled.notices


def _choice(data: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = data.get(key, known[0])
    if value not in known:
        raise InputError(f"{value!r} is no value of {key}", where=f"/{key}", hint="Known: " + ", ".join(known) + ".")
    return str(value)


def reach_of(value: Any) -> list[str]:
    """The markets of a request.

    Raises:
        InputError: neither a list of names nor a comma-separated text.
    """
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    if value is None:
        return []
    raise InputError("reach must be a list of markets", where="/reach", hint='Such as ["nl", "de"].')


def _lines() -> Iterator[str]:
    reach = reach_of(request.args.get("reach"))
    interface = _choice(request.args, "interface", INTERFACES)
    for record in read_jsonl(request.get_data().splitlines(), engine().rulebook):
        error = record.error
        if record.documents:
            try:
                as_of = record.as_of or request.args.get("as_of")
                checklist = engine().check_posts(record.documents, list(record.reach or reach), as_of, interface)
                source = Source("", record.id, record.line, campaign=record.campaign, ignore=record.ignore)
                own, bad = suppressions_of([source])
                settled = settle([(source, checklist)], own, engine().rulebook.duties, datetime.date.today().isoformat())
                told = {"notices": [*bad, *settled.notices]} if record.ignore else {}
                yield json.dumps({"id": record.id, **to_dict(settled.results[0][1]), **told}, ensure_ascii=False) + "\n"
                continue
            except AdcheckError as judged:
                error = judged
        if error is not None:
            yield json.dumps({"id": record.id, "line": record.line, "error": error.to_dict()}, ensure_ascii=False) + "\n"


@blueprint.get("/api/v1/rules")
def rules() -> Response:
    """All duties, in short."""
    return jsonify([_short(duty) for duty in engine().rulebook.duties.values()])


@blueprint.get("/api/v1/rules/<duty_id>")
def rule(duty_id: str) -> Response | tuple[Response, int]:
    """One duty, whole."""
    duty = engine().rulebook.duties.get(duty_id)
    if duty is None:
        errors = [{"where": f"/rules/{duty_id[:80]}", "message": "no such duty", "hint": "See /api/v1/rules for the ids."}]
        return jsonify({"error": "no such duty", "errors": errors, "status": 404}), 404
    return jsonify(whole(duty))


def _short(duty: Duty) -> dict[str, Any]:
    return {
        "id": duty.id,
        "jurisdiction": duty.jurisdiction,
        "title": dict(duty.title),
        "topic": duty.topic,
        "status": duty.status,
        "severity": duty.severity.key,
        "in_force": {"from": duty.since, "until": duty.until},
    }


def whole(duty: Duty) -> dict[str, Any]:
    """Everything a duty says, as plain data."""
    demand = duty.disclosure
    return {
        **_short(duty),
        "refines": list(duty.refines),
        "law": [
            {
                "key": law.key,
                "cite": law.cite,
                "kind": law.kind,
                "authority": law.authority,
                "url": law.url,
                "checked": law.checked,
                "certainty": law.certainty,
            }
            for law in duty.law.values()
        ],
        "applies_when": duty.applies_when,
        "requires": {
            "disclosure": None
            if demand is None
            else {
                "means": sorted(demand.means),
                "place": {place.value: verdict for place, verdict in demand.place.items()},
                "language": demand.language,
            },
            "facts": duty.facts,
        },
        "labels": [_row(row) for rows in duty.rows.values() for row in rows],
        "fix": {"label": duty.fix_label, "advice": dict(duty.fix_advice) if duty.fix_advice else None},
        "known_gaps": duty.known_gaps,
        "examples": [
            {
                "text": example.text,
                "outcome": example.outcome.key,
                "gate": example.gate.key if example.gate is not None else None,
                "marks": list(example.marks),
                **example.context,
            }
            for example in duty.examples
        ],
    }


def _row(row: LabelRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "verdict": row.verdict,
        "law": row.law.key,
        "connection": sorted(row.connection),
        "needs": list(row.needs),
        "surface": sorted(row.surface),
        "otherwise": row.otherwise,
        "note": row.note,
    }


@blueprint.get("/api/v1/jurisdictions")
def jurisdictions() -> Response:
    """Markets and their parents."""
    book = engine().rulebook
    return jsonify(
        [
            {
                "id": item.id,
                "name": dict(item.name),
                "languages": list(item.languages),
                "parents": list(item.parents),
                "aliases": list(item.aliases),
                "regulators": list(item.regulators),
                "market": item.is_market,
                "duties": sum(1 for duty in book.duties.values() if duty.jurisdiction == item.id),
            }
            for item in book.jurisdictions.values()
        ]
    )


@blueprint.get("/api/v1/platforms")
def platforms() -> Response:
    """Platforms, their surfaces and where each cuts a text."""
    return jsonify(
        [
            {
                "id": item.id,
                "name": item.name,
                "visual": item.is_visual,
                "surfaces": {
                    name: {"visible": surface.visible, "hidden": surface.hidden, "lines": surface.lines, "certainty": surface.certainty}
                    for name, surface in item.surfaces.items()
                },
            }
            for item in engine().rulebook.platforms.values()
        ]
    )


@blueprint.get("/api/v1/layouts")
def layouts() -> Response:
    """Where each platform's pages have their posts, as a browser needs it: the rows of `rules/layouts/`, and the wordings of labels."""
    book = engine().rulebook
    return jsonify([_layout(layout, book.platforms[layout.platform]) for layout in book.layouts.values()])


def _layout(layout: Layout, platform: Platform) -> dict[str, Any]:
    def rows(found: Iterable[LayoutRow]) -> list[dict[str, Any]]:
        return [{key: value for key, value in asdict(row).items() if value not in (None, False)} for row in found]

    return {
        "platform": layout.platform,
        "name": platform.name,
        "hosts": list(platform.hosts),
        "distinct": layout.distinct,
        "surfaces": [{"surface": surface, "path": path} for surface, path in layout.surfaces],
        "posts": rows(layout.posts),
        "post": {part: rows(found) for part, found in layout.parts.items()},
        "page": {part: rows(found) for part, found in layout.page.items()},
        "labels": rows(layout.labels),
        "composers": rows(layout.composers),
        "wordings": {key: {"means": label.means, "texts": dict(label.texts)} for key, label in platform.labels.items()},
    }


@blueprint.get("/api/v1/words")
def words() -> Response:
    """The names and texts with which a checklist is shown; the language is `interface`, else the browser's."""
    language = _choice({"interface": request.args.get("interface", str(get_locale() or "en")[:2])}, "interface", INTERFACES)
    with force_locale(language):
        texts = {text: gettext(text) for text in CHECKLIST_TEXTS}
    return jsonify({"language": language, "names": dict(names_of(engine().rulebook, language)), "texts": texts})


@blueprint.get("/api/v1/labels")
def labels() -> Response:
    """For each label, what each duty says of it."""
    book = engine().rulebook
    found: dict[str, list[dict[str, Any]]] = {}
    for duty in book.duties.values():
        for label, rows in duty.rows.items():
            found.setdefault(label, []).extend({"duty": duty.id, "jurisdiction": duty.jurisdiction, **_row(row)} for row in rows)
    return jsonify(
        [
            {
                "id": label,
                "text": book.entries[label].text,
                "language": book.entries[label].language,
                "means": book.entries[label].means,
                "verdicts": verdicts,
            }
            for label, verdicts in sorted(found.items())
        ]
    )


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    return jsonify(description(engine().rulebook))


@blueprint.get("/healthz")
def healthz() -> Response:
    """Ready to judge, and by which rulebook."""
    return jsonify({"status": "ok", "rulebook": engine().rulebook.info()})
