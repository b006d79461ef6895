"""What a page's source says of the site it stands on: its own address, and whether it sells on this page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from compliance.model import Mark

_BUY = re.compile(r"add[-_]?to[-_]?(?:cart|basket|bag)|single_add_to_cart_button|/cart/add|basket/add|warenkorb[-_/]?(?:add|legen)|in[-_]den[-_]warenkorb|"
                  r"ajouter[-_]au[-_]panier|in[-_]winkelwagen|toevoegen[-_]aan[-_]winkelwagen", re.IGNORECASE)  # fmt: skip
_ATTRIBUTES = ("class", "id", "name", "action", "data-action", "data-testid")


def find_site_marks(soup: BeautifulSoup) -> Iterator[Mark]:
    """The page's own address (`canonical`), and `buy-control` where a form or button puts something into the site's own basket.

    A link does not count: lists of products on other sites carry such links, forms and buttons only work at home.
    """
    for link in soup.find_all("link", rel=re.compile(r"\bcanonical\b")):
        if link.get("href"):
            yield Mark("link", "canonical", str(link["href"])[:500])
            break
    for control in soup.find_all(["form", "button", "input"]):
        words = _buying_words(control)
        if words:
            yield Mark("page", "buy-control", words)
            break


def _buying_words(control: Tag) -> str:
    for name in _ATTRIBUTES:
        found = _BUY.search(str(control.get(name) or ""))
        if found:
            return found[0]
    return ""
