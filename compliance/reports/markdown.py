"""Markdown for a job summary or a comment: what was found, a table of findings, the corrected captions."""

from __future__ import annotations

import re
from collections import Counter

from compliance.model import Checklist, Item, Outcome
from compliance.reports.places import Problems, Results, findings_in, first_line, name_of, rank, words_of
from compliance.reports.source import Source

MOST_ROWS = 400
"""A job summary holds one megabyte; what is more is counted."""
_LONGEST = 160


def render_markdown(results: Results, problems: Problems = ()) -> str:
    """Findings that count, worst first; then the fixes; what was set aside in a list of its own."""
    found = list(findings_in(results))
    counts = Counter(item.outcome for _, _, item in found if item.is_open)
    lines = ["## Adcheck", ""]
    head = [f"**{counts[Outcome.FAIL]} fail**" if counts[Outcome.FAIL] else "0 fail", f"{counts[Outcome.NEEDS_REVIEW]} need review"]
    aside = [row for row in found if not row[2].is_open]
    if aside:
        head.append(f"{len(aside)} set aside")
    posts = f"{len(results)} post{'s' if len(results) != 1 else ''}"
    lines.append(", ".join(head) + f", in {posts}." + ("" if found else " No problem found in what was given."))
    lines.extend(_about(results))
    is_open = sorted((row for row in found if row[2].is_open), key=lambda row: rank(row[2]))
    if is_open:
        lines += ["", "| | where | rule | words | what | law |", "|---|---|---|---|---|---|"]
        lines += [_row(*row) for row in is_open[:MOST_ROWS]]
        if len(is_open) > MOST_ROWS:
            lines += ["", f"… and {len(is_open) - MOST_ROWS} more findings; the JSON report has them all."]
    lines.extend(_fixes(results))
    if aside:
        lines += ["", "<details><summary>Set aside</summary>", ""]
        lines += [f"- {_code(item.duty)} {_escape(name_of(source))}: {_why(item)}" for source, _, item in aside[:MOST_ROWS]]
        if len(aside) > MOST_ROWS:
            lines.append(f"- … and {len(aside) - MOST_ROWS} more")
        lines += ["", "</details>"]
    if problems:
        lines += ["", "### Not read", ""]
        lines += [f"- {_escape(str(error))}" for _, error in problems[:MOST_ROWS]]
    return "\n".join(lines) + "\n"


def _about(results: Results) -> list[str]:
    if not results:
        return []
    checklist = results[0][1]
    markets = ", ".join(dict.fromkeys(name for _, item in results for name in item.reach))
    return ["", f"Markets {markets} · law of {checklist.as_of} · rulebook {checklist.rulebook['version']} `{checklist.rulebook['digest']}`"]


def _row(source: Source, checklist: Checklist, item: Item) -> str:
    words = words_of(item, source, checklist)
    line = words[0].region.line if words else first_line(source, checklist)
    where = f"{source.name or 'input'}:{line}" + (f" [{source.id}]" if source.id else "")
    sign = "❌ fail" if item.outcome is Outcome.FAIL else "❔ review"
    law = f"[{_escape(item.law[0].cite)}]({_address(item.law[0].url)})" if item.law else ""
    quotes = " ".join(_code(_short(found.text)) for found in words[:4])
    return f"| {sign} | {_escape(where)} | {_code(item.duty)} | {quotes} | {_escape(item.message)} | {law} |"


def _fixes(results: Results) -> list[str]:
    rows = []
    for source, checklist in results:
        fix = checklist.fix
        if fix is not None and any(item.duty in fix.cures and item.is_open for item in checklist.items):
            rows.append(
                f"- {_escape(name_of(source))}: put {_code(fix.insert.strip())} first" + (", if it is advertising" if fix.only_if else "")
            )
    if not rows:
        return []
    more = [f"- … and {len(rows) - MOST_ROWS} more"] if len(rows) > MOST_ROWS else []
    return ["", "### Smallest fixes", "", *rows[:MOST_ROWS], *more]


def _why(item: Item) -> str:
    if item.suppression is None:
        return "in the baseline"
    until = f" (until {item.suppression.until})" if item.suppression.until else ""
    return _escape(item.suppression.reason) + until


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _escape(text: str) -> str:
    """Plain text: nothing in a caption may become a link, a mention, an image or markup."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]()#!|~])", r"\\\1", text).replace("@", "&#64;")
    return text.replace("://", "&#58;//").replace("www.", "www&#46;")


def _code(text: str) -> str:
    """A code span; a grave accent needs a longer fence. A bar ends a table's cell even in a span, and a backslash before it too many."""
    text = " ".join(text.split())
    if "|" in text:
        return f"<code>{_escape(text)}</code>"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _address(url: str) -> str:
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("|", "%7C")
