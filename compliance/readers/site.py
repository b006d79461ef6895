"""What a page's source says of the site it stands on: its own address, and whether it is a shop's page for its own goods."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compliance.model import Mark
from compliance.readers.source import PlacedSoup

_BUY = re.compile(
    r"add[-_]?to[-_]?(?:cart|basket|bag)|single_add_to_cart_button|/cart/add|basket/add|warenkorb[-_/]?(?:add|legen)|in[-_]den[-_]warenkorb|"
    r"ajouter[-_]au[-_]panier|in[-_]winkelwagen|toevoegen[-_]aan[-_]winkelwagen",
    re.IGNORECASE,
)
_ATTRIBUTES = ("class", "id", "name", "action", "data-action", "data-testid")
_WRITTEN = re.compile(r'"@type"\s*:\s*\[?\s*"[^"]*(?:Article|BlogPosting|Recipe|Report)"')


def find_site_marks(soup: PlacedSoup) -> Iterator[Mark]:
    """The page's own address (`canonical`), and `shop-page` where the page sells its site's own goods and calls itself no article.

    A form or button that fills a basket works only at home; a link does not count, since lists of other people's products carry such links.
    """
    for link in soup.named("link"):
        if link.get("href") and "canonical" in str(link.get("rel") or "").split():
            yield Mark("page", "canonical", str(link["href"])[:500])
            break
    kinds = {str(meta.get("content") or "").lower() for meta in soup.named("meta") if meta.get("property") == "og:type"}
    if "article" in kinds:
        return
    why = "og:type product" if any("product" in kind for kind in kinds) else _buying_words(soup)
    if why and not any(
        "ld+json" in str(script.get("type") or "") and _WRITTEN.search(script.string or "") for script in soup.named("script")
    ):
        yield Mark("page", "shop-page", why)


def _buying_words(soup: PlacedSoup) -> str:
    for control in soup.named("form", "button", "input"):
        for name in _ATTRIBUTES:
            found = _BUY.search(str(control.get(name) or ""))
            if found:
                return found[0]
    return ""
