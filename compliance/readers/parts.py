"""The parts of a page: its own content, and what stands around it."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

RAIL = frozenset(["aside", "nav", "footer"])


def main_part(soup: BeautifulSoup) -> Tag | None:
    """The part that is the page's own content: the only article, or main."""
    articles = [tag for tag in soup.find_all("article") if tag.find_parent("article") is None]
    if len(articles) == 1:
        return articles[0]
    main = soup.find("main") or soup.find(role="main")
    return main if isinstance(main, Tag) else None
