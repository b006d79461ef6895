"""Which platform a page is of, and under which address: what its head says of itself."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from compliance.rulebook import Rulebook

_HEAD = 300_000
_CLAIMS = re.compile(
    r"""<link[^>]{0,300}\brel\s*=\s*["']?canonical\b[^>]{0,600}|<meta[^>]{0,300}\b(?:og:url|og:site_name)\b[^>]{0,600}""", re.IGNORECASE
)
_VALUE = re.compile(r"""\b(?:href|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


def site_of(markup: str, url: str | None, rulebook: Rulebook) -> str | None:
    """The platform that a page says it is of: by the address under which it was saved, its canonical address, `og:url`, `og:site_name`."""
    claims = [_VALUE.search(match[0]) for match in _CLAIMS.finditer(markup[:_HEAD])]
    values = [next((group for group in claim.groups() if group), "") for claim in claims if claim is not None]
    for address in [url or "", *values]:
        platform = _platform_of(address, rulebook)
        if platform is not None:
            return platform
    if url is None and not any(value.strip().startswith(("https://", "http://")) for value in values):  # a name alone can be anybody's
        for layout in rulebook.layouts.values():
            if any(value.strip() in layout.site_names for value in values):
                return layout.platform
    return None


def _platform_of(address: str, rulebook: Rulebook) -> str | None:
    try:
        host = (urlsplit(address.strip()).hostname or "").lower()
    except ValueError:
        return None
    if not host:
        return None
    for name in rulebook.layouts:
        if any(host == known or host.endswith("." + known) for known in rulebook.platforms[name].hosts):
            return name
    return None


def address_of(markup: str) -> str | None:
    """The page's own address as its head says it."""
    for match in _CLAIMS.finditer(markup[:_HEAD]):
        value = _VALUE.search(match[0])
        text = next((group for group in value.groups() if group), "") if value is not None else ""
        if text.startswith(("http://", "https://")):
            return text
    return None
