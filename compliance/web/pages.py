"""The pages: the draft box with its checklist, the report, the reference of duties and labels. They work without a script; the script only makes them live."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response as AnyResponse

from compliance import Engine
from compliance.engine import iso_date
from compliance.errors import AdcheckError, InputError
from compliance.model import INTERFACES, Checklist
from compliance.readers import read_record
from compliance.readers.declared import CONNECTIONS
from compliance.readers.images import looks_like_image
from compliance.reports import post_name
from compliance.reports.view import View, view_of
from compliance.web.api import as_report
from compliance.wording import names_of

blueprint = Blueprint("pages", __name__)
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
    return url_for("reference.rule", duty_id=duty_id)


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
    return render_template("_panel.html", checklist=checklist, posts=_posts(checklist), whole=_whole(checklist)), 200


@blueprint.post("/report")
def report() -> Response:
    """The self-contained report, to download and print."""
    checklist = _judge(request.form)
    if checklist is None:
        raise InputError("there is no text to report on", where="/text", hint="Give a caption or a page first.")
    return as_report(checklist)


@blueprint.get("/language/<chosen>")
def language(chosen: str) -> AnyResponse:
    """Remember the interface language."""
    answer = redirect(url_for("pages.index"))
    if chosen in INTERFACES:
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
        posts=_posts(checklist),
        whole=_whole(checklist),
        error=error,
        judged=judge,
    )


def _named(checklist: Checklist) -> list[tuple[str | None, Checklist]]:
    """The checklist, or those of a page's posts with their names."""
    return [(post_name(post), post) for post in checklist.posts] or [(None, checklist)]


def _posts(checklist: Checklist | None) -> list[tuple[str | None, Checklist, View]]:
    return (
        []
        if checklist is None
        else [
            (name, post, view_of(post, f"post-{index}-" if checklist.posts else ""))
            for index, (name, post) in enumerate(_named(checklist), 1)
        ]
    )


def _whole(checklist: Checklist | None) -> View | None:
    """A page with several posts as one."""
    return view_of(checklist, "whole-") if checklist is not None and checklist.posts else None


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
        content = uploaded.read()
        data["image" if looks_like_image(content, uploaded.filename) else "html"] = content
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
    documents = read_record(data, _engine().rulebook)
    reach = [part for item in form.getlist("reach") for part in item.split(",") if part]
    return _engine().check_posts(documents, reach, iso_date(form.get("as_of") or None), _language())


@blueprint.get("/about")
def about() -> str:
    """What Adcheck judges, and where the text goes: nowhere."""
    return render_template("about.html")


@blueprint.get("/widget-demo")
def widget() -> str:
    """A form as a content tool has it, with the widget beside its text field."""
    return render_template("widget.html")
