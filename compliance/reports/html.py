"""One self-contained HTML document: styles inside, no script, prints well."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, select_autoescape

from compliance.reports.places import Problems, Results
from compliance.reports.view import view_of
from compliance.shipped_folder import shipped_folder

PACKAGE = Path(__file__).resolve().parent.parent
TEMPLATES = shipped_folder("templates")
STYLE = PACKAGE / "web" / "static" / "checklist.css"


@functools.cache
def _environment() -> Environment:
    """The template environment of reports; everything is escaped."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)


@functools.cache
def _translations(language: str) -> NullTranslations:
    """The interface's words in `language`; English where there is no catalogue."""
    return Translations.load(PACKAGE / "translations", [language])


def words_in(language: str) -> Callable[[str], str]:
    """What turns an English sentence of the interface into `language`."""
    return _translations(language).gettext


def render_html(results: Results, problems: Problems = ()) -> str:
    """The report of one or more checklists, in the language of the first. What was set aside is marked; inputs that could not be read are listed."""
    language = results[0][1].language if results else "en"
    return (
        _environment()
        .get_template("report.html")
        .render(
            results=[
                (source, checklist, view_of(checklist, f"post-{index}-" if len(results) > 1 else ""))
                for index, (source, checklist) in enumerate(results, 1)
            ],
            problems=[str(error) for _, error in problems],
            language=language,
            style=STYLE.read_text(encoding="utf-8"),
            _=words_in(language),
        )
    )
