"""What a visitor does not see, and why."""

from __future__ import annotations

import re

from bs4 import Tag

_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|font-size\s*:\s*0(?:\.0+)?(?:px|em|rem|%|pt)?\s*(?:;|!|$)",
    re.IGNORECASE,
)


def is_hidden(tag: Tag) -> bool:
    """Whether an element hides what is in it."""
    if tag.attrs is None or not tag.attrs:
        return False
    if tag.has_attr("hidden") and str(tag.get("hidden")).lower() != "until-found":
        return True
    if str(tag.get("aria-hidden", "")).lower() == "true" and tag.get_text(strip=True) != "":
        return bool(_HIDING.search(str(tag.get("style", ""))))
    style = tag.get("style")
    return bool(style and _HIDING.search(str(style)))
