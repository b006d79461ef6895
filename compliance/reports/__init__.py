"""Checklist → bytes, one file per format. A renderer reads the Checklist and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compliance.model import Checklist
from compliance.reports.html import render_html
from compliance.reports.json import render_json, render_jsonl, to_dict
from compliance.reports.sarif import render_sarif
from compliance.reports.shown import shown
from compliance.reports.source import Source, post_name
from compliance.reports.text import render_text

Renderer = Callable[[list[tuple[Source, Checklist]]], str]

FORMATS: Mapping[str, Renderer] = {
    "text": render_text,
    "json": render_json,
    "jsonl": render_jsonl,
    "sarif": render_sarif,
    "html": render_html,
}
"""Every report format by name."""

__all__ = ["FORMATS", "Source", "post_name", "shown", "to_dict"]
