"""What a page's source says of the site it stands on: its own address, and whether it is a shop's page for its own goods."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from compliance.model import Mark

_BUY = re.compile(
    r"add[-_]?to[-_]?(?:cart|basket|bag)|single_add_to_cart_button|/cart/add|basket/add|warenkorb[-_/]?(?:add|legen)|in[-_]den[-_]warenkorb|"
    r"ajouter[-_]au[-_]panier|in[-_]winkelwagen|toevoegen[-_]aan[-_]winkelwagen",
    re.IGNORECASE,
)
_ATTRIBUTES = ("class", "id", "name", "action", "data-action", "data-testid")
_WRITTEN = re.compile(r'"@type"\s*:\s*\[?\s*"[^"]*(?:Article|BlogPosting|Recipe|Report)"')


def find_site_marks(soup: BeautifulSoup) -> Iterator[Mark]:
    """The page's own address (`canonical`), and `shop-page` where the page sells its site's own goods and calls itself no article.

    A form or button that fills a basket works only at home; a link does not count, since lists of other people's products carry such links.
    """
    for link in soup.find_all("link", rel=re.compile(r"\bcanonical\b")):
        if link.get("href"):
            yield Mark("page", "canonical", str(link["href"])[:500])
            break
    kinds = {str(meta.get("content") or "").lower() for meta in soup.find_all("meta", property="og:type")}
    if "article" in kinds:
        return
    why = "og:type product" if any("product" in kind for kind in kinds) else _buying_words(soup)
    if why and not any(_WRITTEN.search(script.string or "") for script in soup.find_all("script", type=re.compile("ld.json"))):
        yield Mark("page", "shop-page", why)


def _buying_words(soup: BeautifulSoup) -> str:
    for control in soup.find_all(["form", "button", "input"]):
        if isinstance(control, Tag):
            for name in _ATTRIBUTES:
                found = _BUY.search(str(control.get(name) or ""))
                if found:
                    return found[0]
    return ""
