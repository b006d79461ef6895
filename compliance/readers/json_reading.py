"""JSON as it stands in pages: wrapped in comments, with commas too many, assigned to a variable, or in a string. Read, never run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_MOST_DOCUMENTS = 50
_MOST_COMMENTS = 50
_WRAP = re.compile(r"^\s*(?:(?://\s*)?<!\[CDATA\[|<!--|/\*\s*<!\[CDATA\[\s*\*/)|(?:(?://\s*)?\]\]>|-->|/\*\s*\]\]>\s*\*/|;)\s*$")
_LOOSE = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_START = re.compile(r"(?:^|=|\(|:=|return)\s*([{\[])|JSON\.parse\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
_DECODER = json.JSONDecoder(strict=False)


def read_lenient(text: str) -> list[Any]:
    """The JSON documents of a script that should be nothing else; empty where even a lenient reading fails.

    Lenient where it cannot change a meaning: wrappers, comments, trailing commas, line breaks in strings, several objects in a row.
    """
    for _ in range(3):
        text = _WRAP.sub("", text)
    text = text.strip()
    found = _in_a_row(text)
    if not found and text.count("/*") <= _MOST_COMMENTS:  # each one without its end is looked for to the end of the text
        found = _in_a_row(_LOOSE.sub(lambda match: match[1] or "", text))
    return found


def _in_a_row(text: str) -> list[Any]:
    found: list[Any] = []
    at = 0
    while at < len(text) and len(found) < _MOST_DOCUMENTS:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        found.append(value)
        at = end
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return found


def documents_in(text: str) -> Iterator[Any]:
    """The objects and lists in a script: a whole document, what is assigned, passed or given to `JSON.parse`. Each place is read once."""
    at = 0
    tries = 0
    while tries < _MOST_DOCUMENTS:
        match = _START.search(text, at)
        if match is None:
            return
        tries += 1
        at = match.end()
        try:
            if match[2]:
                inner = match[2]
                if inner[0] == "'":
                    inner = '"' + inner[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
                yield json.loads(json.loads(inner, strict=False), strict=False)
            else:
                value, at = _DECODER.raw_decode(text, match.start(1))
                if isinstance(value, (dict, list)) and value:
                    yield value
        except (ValueError, RecursionError, TypeError):
            continue
