"""Checklist → bytes, one file per format. A renderer reads checklists, where they came from and what could not be read, and nothing else.

Renderers with libraries of their own are loaded when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from compliance.reports.json import render_json, render_jsonl, to_dict
from compliance.reports.places import safe_fix
from compliance.reports.source import Source, post_name

# Called with results, and with the inputs that could not be read.
Renderer = Callable[..., str]


def _late(name: str) -> Renderer:
    def render(*args: Any, **options: Any) -> str:
        report: str = getattr(import_module(f"{__name__}.{name}"), f"render_{name}")(*args, **options)
        return report

    return render


FORMATS: Mapping[str, Renderer] = {
    "text": _late("text"),
    "json": render_json,
    "jsonl": render_jsonl,
    **{name: _late(name) for name in ("sarif", "junit", "github", "gitlab", "markdown", "html", "csv")},
}
"""Every report format by name."""


__all__ = ["FORMATS", "Source", "post_name", "safe_fix", "to_dict"]
