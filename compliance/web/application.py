"""create_app(): wires the pages, the API and the guards."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, request
from flask_babel import Babel

from compliance import Engine, default_engine
from compliance.model import INTERFACES
from compliance.shipped_folder import shipped_folder
from compliance.web import api, pages, reference, security

PACKAGE = Path(__file__).resolve().parent.parent
MOST_BYTES = 6_000_000


def create_app(
    engine: Engine | None = None, token: str | None = None, hosts: list[str] | None = None, origins: Iterable[str] = ()
) -> Flask:
    """The application over `engine` (the built-in rulebook if not given).

    Args:
        engine: the rulebook to judge by.
        token: what every request must carry as `Authorization: Bearer`; None on the loopback.
        hosts: further names under which it may be reached.
        origins: sites that may embed the widget (`https://cms.example`), each matched exactly.

    Raises:
        InputError: an origin that no browser would send.
    """
    engine = engine or default_engine()
    engine.lexicon.prepare()
    app = Flask(__name__, template_folder=str(shipped_folder("templates")), static_folder=str(Path(__file__).parent / "static"))
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        TRUSTED_HOSTS=["localhost", "127.0.0.1", "[::1]", *(hosts or [])],
        ADCHECK_ENGINE=engine,
        ADCHECK_TOKEN=token,
        ADCHECK_ORIGINS=security.read_origins(origins),
        BABEL_TRANSLATION_DIRECTORIES=str(PACKAGE / "translations"),
        JSON_SORT_KEYS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=interface)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(reference.blueprint)
    app.register_blueprint(api.blueprint)
    security.guard(app)
    return app


def interface() -> str:
    """The interface language: as asked for (`lang`), as chosen before (cookie), or as the browser prefers."""
    chosen = request.values.get("lang") or request.cookies.get("lang")
    return chosen if chosen in INTERFACES else request.accept_languages.best_match(INTERFACES) or "en"
