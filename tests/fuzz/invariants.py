"""What holds for every page, whatever is in it. The fuzzer and the property tests ask the same."""

from __future__ import annotations

from compliance.model import HIDDEN_BY, WEAKENED_BY, Document
from compliance.readers.source import decode


def assert_sound(html: str | bytes, document: Document) -> None:
    """Raise AssertionError where a Document is not one that `html` can have given.

    Every piece of text stands in the source where it says; links and stretches lie in their segments; each text that is seen or hidden belongs
    to one stretch; hidden segments have a reason, seen ones have none.
    """
    markup = decode(html)
    for segment in document.segments:
        assert segment.visible == (segment.scope != "hidden")
        assert segment.hidden_by is None or (segment.hidden_by in HIDDEN_BY and not segment.visible)
        last = -1
        for at, source, length in segment.pieces:
            assert last <= at <= len(segment.text)
            assert 0 <= source <= len(markup)
            last = at
            if length > 1:
                assert segment.text[at : at + length] == markup[source : source + length].replace("\xa0", " ")
    for link in document.links:
        assert 0 <= link.start <= link.end <= len(document.segments[link.segment].text)
    outline = document.outline
    assert outline is not None
    told: dict[int, int] = {}
    for stretch in outline.stretches:
        segment = document.segments[stretch.segment]
        assert 0 <= stretch.start <= stretch.end <= len(segment.text)
        assert 1 <= stretch.line <= len(outline.line_starts)
        assert stretch.column >= 1
        assert (stretch.state == "hidden") == (segment.hidden_by is not None)
        assert stretch.hidden_by == segment.hidden_by
        assert set(stretch.weakened_by) <= set(WEAKENED_BY)
        told[stretch.segment] = told.get(stretch.segment, 0) + len(segment.text[stretch.start : stretch.end].strip())
    for index, segment in enumerate(document.segments):
        assert bool(segment.text.strip()) == bool(told.get(index))
