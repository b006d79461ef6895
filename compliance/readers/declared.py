"""What the author states about the post → Declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compliance.errors import InputError, nearest
from compliance.model import Declaration

CONNECTIONS = ("paid", "gifted", "affiliate", "discount", "trip", "ambassador", "employee", "family", "own_brand", "contest")
"""Material connections (16 CFR 255.5(a); RSM art. 2; CMA guidance for content creators)."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "relationship": (*CONNECTIONS, "none"),
    "persona": ("synthetic", "human"),
    "ai_content": ("generated", "modified", "none"),
    "media": ("image", "video", "audio", "text"),
}
FLAGS = ("retouched", "platform_label", "ai_label", "audience_under_18")
"""Facts that are true or false."""
_TEXTS = ("brand", "date")
KEYS = (*_CHOICES, *FLAGS, *_TEXTS)


def read_declared(raw: Mapping[str, Any] | None, where: str = "/declared") -> Declaration:
    """Check and type declared facts. Missing keys and None mean: nothing was stated.

    Raises:
        InputError: an unknown key or a value that the key does not take; names both and the nearest valid one.
    """
    if raw is None:
        return Declaration()
    if not isinstance(raw, Mapping):
        raise InputError("declared facts must be an object", where=where, hint='Such as {"relationship": "gifted"}.')
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in KEYS:
            raise InputError(f"unknown declared fact {key!r}", where=f"{where}/{key}", hint=nearest(str(key), KEYS))
        if value is None or value == "":
            continue
        if key in _CHOICES and value not in _CHOICES[key]:
            raise InputError(f"{value!r} is no value of {key}", where=f"{where}/{key}", hint="Known: " + ", ".join(_CHOICES[key]) + ".")
        if key in FLAGS and not isinstance(value, bool):
            raise InputError(f"{key} must be true or false", where=f"{where}/{key}", hint="Leave it out if it is not known.")
        if key in _TEXTS and not isinstance(value, str):
            raise InputError(f"{key} must be a text", where=f"{where}/{key}", hint="Write it in quotes.")
        values[key] = value
    return Declaration(**values)
