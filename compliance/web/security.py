"""Guards: who may ask, what a page may load, and one shape for every error. Captions are never logged."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from compliance.errors import AdcheckError, InputError

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_EXTENSIONS = ("chrome-extension://", "moz-extension://", "safari-web-extension://")
_CHECK = "/api/v1/check"
_WIDGET = "/static/widget.js"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")
_HINTS = {
    400: "Send one JSON object.",
    404: "See /openapi.json for the addresses there are.",
    405: "See /openapi.json for the methods of this address.",
    413: "Send less at once: one post, or a page of at most 5 MB.",
    415: "Send Content-Type: application/json.",
}


def guard(app: Flask) -> None:
    """Put the guards on `app`."""
    app.before_request(_refuse_strangers)
    app.after_request(_harden)
    app.register_error_handler(AdcheckError, _adcheck_error)
    app.register_error_handler(HTTPException, _http_error)


def read_origins(values: Iterable[str]) -> frozenset[str]:
    """The sites that may embed the widget, as browsers name them in `Origin`.

    Raises:
        InputError: a value that no browser would send: a pattern, a path, no scheme.
    """
    found = set()
    for value in values:
        origin = value.strip().lower()
        port = {"https": ":443", "http": ":80"}.get(origin.partition(":")[0], "")
        if _ORIGIN.fullmatch(origin) is None:
            raise InputError(
                f"{value!r} is no origin",
                where="--allow-origin",
                hint="Write it as the browser does, scheme, name and port without a path: https://cms.example or http://localhost:3000.",
            )
        found.add(origin.removesuffix(port) if port else origin)
    return frozenset(found)


def error_body(status: int, message: str, errors: list[dict[str, str]]) -> dict[str, object]:
    """The one shape of an error."""
    return {"error": message, "errors": errors, "status": status}


def _refuse_strangers() -> Response | tuple[Response, int] | None:
    """Another site's page may not use this service, and beyond the loopback a token is asked for."""
    from flask import current_app

    if request.path == _CHECK and request.method == "OPTIONS":
        return None  # a preflight carries neither token nor text; whether the site is let in is in the headers of the answer
    token = current_app.config["ADCHECK_TOKEN"]
    if token is not None and request.path not in {"/healthz", _WIDGET}:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return _answer(403, "a token is needed", "Send it as Authorization: Bearer.")
    if _is_embedding():
        return None
    if request.method == "POST" and _is_strange(request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")):
        return _answer(403, "requests from other sites are refused", "Use the page or the API of this address itself.")
    return None


def _is_strange(origin: str | None, site: str | None) -> bool:
    """Whether a browser sent this for another site. No page can give itself an extension's origin; Firefox makes a new one for each
    profile, so that the scheme is what can be known. A program sends neither header.
    """
    if origin is not None and origin.startswith(_EXTENSIONS):
        return False
    if origin is not None and origin != "null" and urlsplit(origin).netloc != request.host:
        return True
    return site == "cross-site"


def _is_embedding() -> bool:
    """Whether a site that may embed the widget asks for what the widget needs, and nothing else."""
    from flask import current_app

    return request.path in {_CHECK, _WIDGET} and request.headers.get("Origin") in current_app.config["ADCHECK_ORIGINS"]


def _let_in(response: Response) -> None:
    """CORS for the sites on the list; all others get no such header, and their browsers refuse the answer."""
    from flask import current_app

    if request.path in {_CHECK, _WIDGET} and current_app.config["ADCHECK_ORIGINS"]:
        response.vary.add("Origin")
    if not _is_embedding():
        return
    response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
        response.headers["Access-Control-Max-Age"] = "600"


def _harden(response: Response) -> Response:
    _let_in(response)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _adcheck_error(error: AdcheckError) -> tuple[Response | str, int]:
    status = error.http_status
    if _wants_page():
        return render_template("error.html", status=status, message=error.message, hint=error.hint), status
    return jsonify(error_body(status, error.message, [error.to_dict()])), status


def _http_error(error: HTTPException) -> tuple[Response | str, int]:
    status = error.code or 500
    message = (error.name or "error").lower()
    hint = _HINTS.get(status, "")
    if _wants_page():
        return render_template("error.html", status=status, message=message, hint=hint), status
    return _answer(status, message, hint)


def _answer(status: int, message: str, hint: str) -> tuple[Response, int]:
    return jsonify(error_body(status, message, [{"where": request.path, "message": message, "hint": hint}])), status


def _wants_page() -> bool:
    if request.path.startswith(("/api/", "/openapi", "/healthz")):
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
