"""Links as evidence: affiliate networks, their parameters, redirects, shorteners. A link is read, never followed."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from compliance.model import Document, Link, Span, Witness
from compliance.rulebook import Rulebook
from compliance.rules import Network

OWN_SITE = "self"
"""The host, in networks.yaml, of a link that stays on the page's own site."""

_DEEPEST = 3
"""A redirect in a redirect in a redirect: more is nobody's link."""

_CAPTION = frozenset({"caption", "title", "body", "first_comment", "bio", "author", "platform_label", "overlay", "figcaption"})

_RANK = {"strong": 3, "medium": 2, "weak": 1, "none": 0}


@functools.lru_cache(maxsize=4)
def _by_host(rulebook: Rulebook) -> tuple[dict[str, list[Network]], list[Network]]:
    hosts: dict[str, list[Network]] = {}
    anywhere: list[Network] = []
    for network in rulebook.networks:
        for host in network.hosts:
            hosts.setdefault(host.lower(), []).append(network)
        if not network.hosts:
            anywhere.append(network)
    return hosts, anywhere


def network_of(url: str, rulebook: Rulebook, own_host: str = "") -> Network | None:
    """The affiliate network, shop hub or shortener that `url` belongs to (the strongest where several fit), or None. Never raises.

    A link to the page's own site (without a host, or with `own_host`) is judged by the entries for the own site alone. Where the address
    itself says nothing, the target of a redirect that it carries (`?url=…`) is read in its place.
    """
    found = _network_of(url, rulebook, own_host)
    for _ in range(_DEEPEST):
        if found is not None:
            break
        target = redirect_target(url)
        if target is None:
            break
        url = target
        found = _network_of(url, rulebook, own_host)
    return found


@dataclass(frozen=True, slots=True)
class PaidLink:
    """A link that a network or `rel=sponsored` marks as paid, and how surely. `kind` is the network's."""

    witness: Witness
    strength: str
    kind: str
    segment: int
    start: int
    end: int


def paid_links(document: Document, rulebook: Rulebook) -> list[PaidLink]:
    """The links of a document's own content by which somebody earns. `nofollow` and `ugc` alone say nothing about money."""
    found: list[PaidLink] = []
    own = own_host(document)
    for link in document.links:
        if document.segments[link.segment].scope not in _CAPTION:
            continue
        span = Span(link.segment, link.start, link.end) if link.end > link.start else None
        if "sponsored" in link.rel:
            witness = Witness("link", "rel-sponsored", span, note=link.url)
            found.append(PaidLink(witness, "strong", "affiliate", link.segment, link.start, link.end))
            continue
        network = network_of(link.url, rulebook, own)
        if network is not None and network.strength != "none":
            witness = Witness("link", f"network.{network.id}", span, note=network.name)
            found.append(PaidLink(witness, network.strength, network.kind, link.segment, link.start, link.end))
    return found


def redirect_target(url: str) -> str | None:
    """The address that a redirect carries in its query, as written there; None where there is none."""
    query = url.partition("?")[2]
    if "//" not in query and "%2f" not in query.lower():
        return None
    for _, value in parse_qsl(query, max_num_fields=None):
        if value[:7].lower() == "http://" or value[:8].lower() == "https://":
            return value
        if value[:13].lower().startswith(("http%3a%2f%2f", "https%3a%2f%2")):
            return unquote(value)
    return None


def own_host(document: Document) -> str:
    """The host of the address that a page names as its own, or nothing."""
    for mark in document.marks:
        if mark.name == "canonical":
            return _host(mark.value)
    return ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url if "//" in url else "//" + url).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""


def is_outgoing(link: Link, own: str) -> bool:
    """Whether a link leads to another site."""
    if not link.url.lower().startswith(("http://", "https://", "//")):
        return False
    host = _host(link.url)
    return bool(host) and not (own and (host == own or host.endswith("." + own)))


def _network_of(url: str, rulebook: Rulebook, own: str) -> Network | None:
    address = url if "://" in url else "http:" + url if url.startswith("//") else "http://" + url
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    hosts, anywhere = _by_host(rulebook)
    if url.startswith(("/", "#", "?", ".")) and not url.startswith("//"):
        host = OWN_SITE
    if host == OWN_SITE or (own and host.removeprefix("www.") == own):
        candidates = list(hosts.get(OWN_SITE, ()))
    else:
        candidates = list(anywhere)
        labels = host.split(".")
        for index in range(len(labels)):
            candidates.extend(hosts.get(".".join(labels[index:]), ()))
    query = unquote(parts.query + ("&" + parts.fragment if "=" in parts.fragment else "")).lower()
    pieces = [piece for piece in query.split("&") if piece]
    pairs = {piece.split("=", 1)[0] for piece in pieces} | set(pieces)
    path = parts.path.lower()
    fitting = [
        network
        for network in candidates
        if (not network.params or any(_has(param.lower(), pairs) for param in network.params))
        and (not network.paths or any(piece.lower() in path for piece in network.paths))
    ]
    if any(network.kind == "share" for network in fitting):
        return next(network for network in fitting if network.kind == "share")
    return max(fitting, key=lambda network: _RANK[network.strength], default=None)


def _has(param: str, pairs: set[str]) -> bool:
    if param.endswith("*"):
        return any(pair.startswith(param[:-1]) for pair in pairs)
    return param.rstrip("=") in pairs or param in pairs
