"""How much of a page is read, in one place. Each limit ends in a TooBigError that says what to do; none is ever passed over in silence."""

from __future__ import annotations

import time

from compliance.errors import TooBigError

MOST_BYTES = 5_000_000
"""Bytes, or characters of a page given as text."""

DEEPEST = 512
"""Elements inside each other; browsers flatten what is deeper."""

MOST_NODES = 400_000
"""Elements, texts and comments."""

MOST_SECONDS = 20.0
"""Time for one page."""

_HINT = "Save the article alone."


def check_size(size: int, unit: str) -> None:
    """Raises TooBigError over 5 MB; `unit` says what was counted."""
    if size > MOST_BYTES:
        raise TooBigError(f"the page has {size:,} {unit}", where="/html", hint=f"At most 5 MB. {_HINT}")


def too_deep() -> TooBigError:
    """The error for a page nested too deeply."""
    return TooBigError(f"the page is nested deeper than {DEEPEST} elements", where="/html", hint=_HINT)


class Meter:
    """Counts nodes and time while a page is read."""

    __slots__ = ("_left", "_until")

    def __init__(self) -> None:
        self._left = MOST_NODES
        self._until = time.monotonic() + MOST_SECONDS

    def pass_nodes(self, count: int) -> None:
        """Count `count` nodes more.

        Raises:
            TooBigError: too many nodes, or the time is over.
        """
        self._left -= count
        if self._left < 0:
            raise TooBigError(f"the page has more than {MOST_NODES:,} elements and texts", where="/html", hint=_HINT)
        if time.monotonic() > self._until:
            raise TooBigError(f"the page takes longer than {MOST_SECONDS:g} seconds to read", where="/html", hint=_HINT)
