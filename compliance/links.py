"""Links as evidence: affiliate networks, their parameters, shorteners. A link is read, never followed."""

from __future__ import annotations

import functools
from urllib.parse import unquote, urlsplit

from compliance.rulebook import Rulebook
from compliance.rules import Network


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


_RANK = {"strong": 3, "medium": 2, "weak": 1, "none": 0}


def network_of(url: str, rulebook: Rulebook) -> Network | None:
    """The affiliate network, shop hub or shortener that `url` belongs to (the strongest where several fit), or None. Never raises."""
    address = url if "://" in url else "http://" + url
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    hosts, anywhere = _by_host(rulebook)
    candidates = list(anywhere)
    labels = host.split(".")
    for index in range(len(labels)):
        candidates.extend(hosts.get(".".join(labels[index:]), ()))
    query = unquote(parts.query + ("&" + parts.fragment if "=" in parts.fragment else "")).lower()
    pairs = {piece.split("=", 1)[0] for piece in query.split("&") if piece} | {piece for piece in query.split("&") if piece}
    path = parts.path.lower()
    fitting = [
        network
        for network in candidates
        if (not network.params or any(_has(param.lower(), pairs) for param in network.params))
        and (not network.paths or any(piece.lower() in path for piece in network.paths))
    ]
    return max(fitting, key=lambda network: _RANK[network.strength], default=None)


def _has(param: str, pairs: set[str]) -> bool:
    if param.endswith("*"):
        return any(pair.startswith(param[:-1]) for pair in pairs)
    return param.rstrip("=") in pairs or param in pairs
