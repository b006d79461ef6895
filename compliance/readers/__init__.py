"""Input → Document. A reader returns a Document or raises InputError; no later stage asks whether there is a text.

Each reader is loaded when it is first asked for: who checks a caption waits for no HTML parser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compliance.readers.caption import read_caption
    from compliance.readers.capture import read_capture, write_capture
    from compliance.readers.images import read_image
    from compliance.readers.jsonl import read_jsonl, read_record
    from compliance.readers.page import read_page
    from compliance.readers.posts import read_posts

__all__ = ["read_caption", "read_capture", "read_image", "read_jsonl", "read_page", "read_posts", "read_record", "write_capture"]

_HOMES = {"write_capture": "capture", "read_image": "images", "read_record": "jsonl"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, name.removeprefix('read_'))}"), name)
