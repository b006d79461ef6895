"""Marks that only a page's source carries: JSON-LD, meta, Open Graph. Evidence that a post is an ad, and never a disclosure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup

from compliance.model import Mark

_META = re.compile(r"sponsor|advert|paid|partner|ai-generated|digitalsourcetype|^author$|^article:author$|^og:type$", re.IGNORECASE)
_JSON_KEYS = frozenset(
    {"@type", "sponsor", "digitalsourcetype", "ispaidpartnership", "is_paid_partnership", "aigclabeltype", "is_ai_generated", "funder"}
)


def find_marks(soup: BeautifulSoup) -> Iterator[Mark]:
    """The marks of a page: what its source says of sponsors and of AI, whether a visitor sees it or not."""
    for meta in soup.find_all("meta"):
        name = str(meta.get("name") or meta.get("property") or meta.get("itemprop") or "")
        if name and _META.search(name):
            yield Mark("meta", name, str(meta.get("content") or "")[:200])
    for script in soup.find_all("script", attrs={"type": re.compile("ld\\+json", re.IGNORECASE)}):
        try:
            data = json.loads(script.string or script.get_text() or "null")
        except (ValueError, RecursionError):
            continue
        yield from _json_marks(data)


def _json_marks(data: Any) -> Iterator[Mark]:
    stack: list[tuple[str, Any]] = [("", data)]
    seen = 0
    while stack and seen < 5000:
        key, value = stack.pop()
        seen += 1
        if isinstance(value, dict):
            if key.lower() in {"sponsor", "funder"}:
                yield Mark("json-ld", key, str(value.get("name") or value.get("@id") or "named")[:200])
            stack.extend((str(name), inner) for name, inner in value.items())
        elif isinstance(value, list):
            stack.extend((key, inner) for inner in value)
        elif key.lower() in _JSON_KEYS and value is not None:
            yield Mark("json-ld", key, str(value).rsplit("/", 1)[-1][:200])
