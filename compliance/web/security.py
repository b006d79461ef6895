"""Guards: who may ask, what a page may load, and one shape for every error. Captions are never logged."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from compliance.errors import AdcheckError

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


def error_body(status: int, message: str, errors: list[dict[str, str]]) -> dict[str, object]:
    """The one shape of an error."""
    return {"error": message, "errors": errors, "status": status}


def _refuse_strangers() -> Response | tuple[Response, int] | None:
    """Another site's page may not use this service, and beyond the loopback a token is asked for."""
    from flask import current_app

    token = current_app.config["ADCHECK_TOKEN"]
    if token is not None and request.path != "/healthz":
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return _answer(403, "a token is needed", "Send it as Authorization: Bearer.")
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


def _harden(response: Response) -> Response:
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
