"""Checklist → bytes, one file per format. A renderer reads checklists, where they came from and what could not be read, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compliance.reports.csv import render_csv
from compliance.reports.github import render_github
from compliance.reports.gitlab import render_gitlab
from compliance.reports.html import render_html
from compliance.reports.json import render_json, render_jsonl, to_dict
from compliance.reports.junit import render_junit
from compliance.reports.markdown import render_markdown
from compliance.reports.places import safe_fix
from compliance.reports.sarif import render_sarif
from compliance.reports.shown import shown
from compliance.reports.source import Source, post_name
from compliance.reports.text import render_text

# Called with results, and with the inputs that could not be read.
Renderer = Callable[..., str]

FORMATS: Mapping[str, Renderer] = {
    "text": render_text,
    "json": render_json,
    "jsonl": render_jsonl,
    "sarif": render_sarif,
    "junit": render_junit,
    "github": render_github,
    "gitlab": render_gitlab,
    "markdown": render_markdown,
    "html": render_html,
    "csv": render_csv,
}
"""Every report format by name."""

__all__ = ["FORMATS", "Source", "post_name", "safe_fix", "shown", "to_dict"]
