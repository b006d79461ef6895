"""A segment in the making."""

from __future__ import annotations

from compliance.model import Segment


class Run:
    """A segment in the making: text, where its pieces stood, and no double white space."""

    __slots__ = ("fold", "hidden_by", "index", "length", "parts", "pieces", "scope", "spaced")

    def __init__(self, scope: str, hidden_by: str | None = None) -> None:
        self.scope = scope
        self.hidden_by = hidden_by
        self.parts: list[str] = []
        self.pieces: list[tuple[int, int, int]] = []
        self.length = 0
        self.spaced = True
        self.index = 0
        self.fold: int | None = None

    def add(self, text: str, source: int, source_length: int) -> None:
        """Add a stretch that stands in the source as it is, or (length 0) stands for something else there."""
        self.parts.append(text)
        self.pieces.append((self.length, source, source_length))
        self.length += len(text)
        self.spaced = text[-1] in " \n"

    def space(self, source: int) -> None:
        """White space, of which one is kept."""
        if not self.spaced:
            self.add(" ", source, 1)

    def line_break(self) -> None:
        """The edge of a block."""
        parts = self.parts
        if not parts or parts[-1][-1] == "\n":
            return
        if parts[-1] == " ":
            parts[-1] = "\n"
        else:
            parts.append("\n")
            self.length += 1
        self.spaced = True

    @property
    def segment(self) -> Segment:
        """The segment as it stands."""
        text = "".join(self.parts)
        return Segment(
            text, self.scope, self.hidden_by is None and self.scope != "hidden", tuple(self.pieces), None, self.hidden_by, self.fold
        )
