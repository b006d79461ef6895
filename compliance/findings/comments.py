"""What a file sets aside itself: by comments, or in its front matter."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from compliance.errors import InputError
from compliance.findings.fingerprints import Place
from compliance.findings.suppressions import Rule, check_day
from compliance.model import Suppression
from compliance.text import table_comments

MARK = "adcheck-ignore"
_MARKED = re.compile("adcheck[-_]ignore")
_KEY = re.compile("[ \\t[\"']*adcheck[-_]ignore")
_COMMENT = re.compile(r"<!--[ \t]*adcheck-ignore(?P<next>-next)?\b(?P<body>(?:(?!-->).)*)-->", re.DOTALL)
_HASH = re.compile(r"(?:^|(?<=\s))#[ \t]*adcheck-ignore(?P<next>-next)?\b(?P<body>[^\r\n]*)", re.MULTILINE)
_LINE = re.compile(r"^#[ \t]*adcheck-ignore(?P<next>-next)?\b(?P<body>[^\r\n]*)", re.MULTILINE)
_FORMS = {"text": _COMMENT, "html": _COMMENT, "markdown": _COMMENT, "table": _LINE, "yaml": _HASH}
"""How a comment is written, by what a file is read as. JSON, JSONL, spreadsheets and Parquet have a field of their records instead."""
_BODY = re.compile(
    r"\s*(?P<duties>[a-z][a-z0-9.,\-_ ]*?|\*)\s*:\s*(?P<reason>.*?)\s*(?:\buntil:?\s+(?P<until>\d{4}-\d{2}-\d{2}))?\s*\.?\s*",
    re.DOTALL | re.IGNORECASE,
)
_DAY = re.compile(r"\buntil:?\s+(?:the\s+)?\d", re.IGNORECASE)
"""In a reason, a day that was not understood: the suppression would hold for ever."""
_FRONT = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(?P<fields>.*?)^\1[ \t]*\r?$", re.DOTALL | re.MULTILINE)


def without_comments(text: str) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """`text` without its `adcheck-ignore` comments (and the lines that hold nothing else), and its pieces as (offset, source offset, length)."""
    pieces: list[tuple[int, int, int]] = []
    kept: list[str] = []
    at = total = 0
    for match in _COMMENT.finditer(text):
        start, end = match.span()
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        if not text[line_start:start].strip() and not text[end : line_end if line_end >= 0 else len(text)].strip():
            start, end = line_start, line_end + 1 if line_end >= 0 else len(text)
        if start > at:
            kept.append(text[at:start])
            pieces.append((total, at, start - at))
            total += start - at
        at = max(at, end)
    if at == 0:
        return text, ()
    if at < len(text):
        kept.append(text[at:])
        pieces.append((total, at, len(text) - at))
    return "".join(kept), tuple(pieces)


def suppressions_in(text: str, name: str, kind: str) -> tuple[list[Rule], list[str]]:
    """The suppressions that a file's own text makes, and a notice for each that cannot be read (it sets nothing aside).

    `kind` is what the file is read as. Comments are HTML comments, or `#` comments in YAML, CSV and TSV (there on lines of their own);
    `adcheck-ignore` speaks for the whole file, `adcheck-ignore-next` for the next post below it. Markdown may have front matter.
    """
    if _MARKED.search(text) is None or kind not in _FORMS:
        return [], []
    rules: list[Rule] = []
    notices: list[str] = []
    from compliance.yamlfile import scalars_in

    written = scalars_in(text) if kind == "yaml" else ()  # what looks like a comment in a text is none
    starts = {start for start, _ in table_comments(text)} if kind == "table" else None
    for match in _FORMS[kind].finditer(text):
        is_text = any(start <= match.start() < end for start, end in written) or (starts is not None and match.start() not in starts)
        if not is_text:
            line = text.count("\n", 0, match.start()) + 1
            _parsed(match["body"], f"{name or 'stdin'}:{line}", name, line if match["next"] else 0, rules, notices)
    front = _FRONT.match(text) if kind == "markdown" else None
    if front is not None:
        for line, entry in _front_entries(front["fields"], is_toml=front[1] == "+++"):
            _parsed(entry, f"{name or 'stdin'}:{line}", name, 0, rules, notices)
    return rules, notices


def suppressions_of(places: Iterable[Place]) -> tuple[list[Rule], list[str]]:
    """The suppressions that records make in a field of their own, and a notice for each that cannot be read."""
    rules: list[Rule] = []
    notices: list[str] = []
    for name, line, words in dict.fromkeys((place.name, line, words) for place in places for line, words in place.ignore):
        found: list[Rule] = []
        _parsed(words, f"{name or 'stdin'}:{line}", name, 0, found, notices)
        rules += [replace(rule, entry=(line, words)) for rule in found]
    return rules, notices


def _parsed(body: str, where: str, name: str, after: int, rules: list[Rule], notices: list[str]) -> None:
    match = _BODY.fullmatch(body)
    if match is None or not match["reason"].strip(" -–—"):
        notices.append(
            f"{where}: adcheck-ignore needs a rule and a reason, such as `nl.ad-label: the label is in the picture`; nothing is set aside."
        )
        return
    try:
        check_day(match["until"], where, "until")
    except InputError as error:
        notices.append(f"{error} Nothing is set aside.")
        return
    if _DAY.search(match["reason"]):
        notices.append(f"{where}: the last day stands at the end, as `until 2027-01-31`; nothing is set aside.")
        return
    note = Suppression("in_source", where, " ".join(match["reason"].split()), match["until"])
    rules.extend(Rule(duty, note, name=name, after=after) for duty in re.split(r"[,\s]+", match["duties"].strip().lower()) if duty)


def _front_entries(fields: str, is_toml: bool) -> Iterator[tuple[int, str]]:
    """The lines and texts under `adcheck-ignore` of a front matter: one text, a list of texts, or a mapping of rule to reason.

    Fields that cannot be read yield nothing: the reader of the file says so.
    """
    from compliance.yamlfile import load_placed

    places: dict[tuple[str | int, ...], tuple[int, int, int]] = {}
    try:
        if is_toml:
            data: Any = tomllib.loads(fields)
            at = next((number for number, line in enumerate(fields.splitlines(), 1) if _KEY.match(line)), 1)
            places |= {(MARK,): (0, at, 1), (MARK.replace("-", "_"),): (0, at, 1)}
        else:
            data, places = next(iter(load_placed(fields)), ({}, {}))
    except (InputError, tomllib.TOMLDecodeError):
        return
    key = next((name for name in (MARK, MARK.replace("-", "_")) if name in data), None) if isinstance(data, dict) else None
    if key is None or data[key] is None:
        return
    given = data[key]
    first = places[(key,)][1] + 1
    for index, entry in enumerate(given) if isinstance(given, list) else [(None, given)]:
        path = (key,) if index is None else (key, index)
        line = places[path][1] + 1 if path in places else first
        if isinstance(entry, dict):
            for duties, reason in entry.items():
                yield places[(*path, duties)][1] + 1 if (*path, duties) in places else line, f"{duties}: {reason}"
        else:
            yield line, str(entry)
