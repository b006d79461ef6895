"""What HTML elements do to the text around and in them."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


BLOCKS = names(
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol option p pre search section summary table tbody tfoot thead "
    "tr ul listing xmp"
)
SPACED = names("td th button input textarea img")
BLOCK_DISPLAYS = names("block flex grid table list-item table-row flow-root -webkit-box -webkit-flex")
HEADINGS = names("h1 h2 h3 h4 h5 h6")
UNREAD = names("script style iframe object embed canvas svg math head meta link select datalist audio video title")
NAMED_UNREAD = frozenset(["iframe", "video", "audio", "canvas"])
KEPT_SPACE = frozenset(["pre", "textarea"])
