"""CSS selectors that say which elements a rule is for: tag, class, id, attribute, compound, descendant and child.

What else a selector may ask of a page at rest (`:not`, `:is`, `:where`, `:root`) is left to soupsieve; what depends on a visitor's hand
(`:hover`, `:checked`, …) never holds when a page is opened. Siblings are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import soupsieve
from bs4 import Tag

_PART = re.compile(
    r"(?P<tag>\*|(?:[\w-]|\\.)+)|#(?P<id>(?:[\w-]|\\.)+)|\.(?P<cls>(?:[\w-]|\\.)+)"
    r"|\[\s*(?P<attr>[\w:-]+)\s*(?:(?P<op>[~|^$*]?=)\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\]\s\"']*))\s*(?P<i>[iI])?\s*)?\]"
    r"|(?P<pseudo>::?[\w-]+)"
)
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")
_STILL = frozenset([":link", ":any-link", ":visited", ":enabled"])
_GENERATED = {":before": "before", "::before": "before", ":after": "after", "::after": "after"}
_COMPLEX = re.compile(r":(?:not|is|where|root)\b")
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_LONGEST = 400
_DEEPEST = 12

Specificity = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element must be: `p.label[role=note]`."""

    tag: str | None
    id: str | None
    classes: tuple[str, ...]
    attributes: tuple[tuple[str, str, str, bool], ...]

    def takes(self, tag: Tag) -> bool:
        """Whether `tag` is such an element."""
        attrs = tag.attrs
        if self.tag is not None and tag.name != self.tag:
            return False
        if self.id is not None and attrs.get("id") != self.id:
            return False
        if self.classes:
            written = str(attrs.get("class", "")).split()
            if not all(name in written for name in self.classes):
                return False
        return all(_holds(attrs.get(name), operator, value, fold) for name, operator, value, fold in self.attributes)


def _holds(found: object, operator: str, value: str, fold: bool) -> bool:
    if found is None:
        return False
    text = str(found)
    if fold:
        text, value = text.lower(), value.lower()
    match operator:
        case "":
            return True
        case "=":
            return text == value
        case "~=":
            return value in text.split()
        case "|=":
            return text == value or text.startswith(value + "-")
        case "^=":
            return bool(value) and text.startswith(value)
        case "$=":
            return bool(value) and text.endswith(value)
    return bool(value) and value in text


@dataclass(frozen=True, slots=True)
class Selector:
    """A whole selector.

    Attributes:
        compounds: from the element itself outwards, each with whether it must be the direct parent of the one before.
        generated: `before` or `after` where the rule writes text of its own.
        sieve: decides alone, where the compounds cannot.
    """

    compounds: tuple[tuple[Compound, bool], ...]
    specificity: Specificity
    generated: str | None = None
    sieve: soupsieve.SoupSieve | None = None

    def takes(self, tag: Tag) -> bool:
        """Whether the rule is for `tag`. Costs at most the depth of the tag times the length of the selector."""
        if self.sieve is not None:
            return bool(self.sieve.match(tag))
        if not self.compounds[0][0].takes(tag):
            return False
        if len(self.compounds) == 1:
            return True
        above: list[Tag] = [parent for parent in tag.parents if parent.parent is not None]
        standing = {-1}
        for compound, is_parent in self.compounds[1:]:
            if is_parent:
                standing = {at + 1 for at in standing if at + 1 < len(above) and compound.takes(above[at + 1])}
            else:
                nearest = min(standing)
                standing = {at for at in range(nearest + 1, len(above)) if compound.takes(above[at])}
            if not standing:
                return False
        return True


def parse_selector(text: str) -> Selector | None:
    """The selector, without commas; None for one that no element at rest meets or that is not read."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _COMPLEX.search(text):
        return _sieve(text)
    compounds: list[tuple[Compound, bool]] = []
    parent_of = False
    generated: str | None = None
    counts = [0, 0, 0]
    at = 0
    while at < len(text):
        tag: str | None = None
        identity: str | None = None
        classes: list[str] = []
        attributes: list[tuple[str, str, str, bool]] = []
        start = at
        while match := _PART.match(text, at):
            if match["tag"] and at > start:
                return None
            at = match.end()
            if match["tag"]:
                if match["tag"] != "*":
                    tag = match["tag"].lower()
                    counts[2] += 1
            elif match["id"]:
                identity = _unescape(match["id"])
                counts[0] += 1
            elif match["cls"]:
                classes.append(_unescape(match["cls"]))
                counts[1] += 1
            elif match["attr"]:
                value = next((match[key] for key in ("double", "single", "bare") if match[key] is not None), "")
                attributes.append((match["attr"].lower(), match["op"] or "", value, bool(match["i"])))
                counts[1] += 1
            elif match["pseudo"].lower() in _GENERATED:
                generated = _GENERATED[match["pseudo"].lower()]
            elif match["pseudo"].lower() not in _STILL:
                return None
        if at == start:
            return None
        compounds.append((Compound(tag, identity, tuple(classes), tuple(attributes)), parent_of))
        if at < len(text):
            if generated is not None or not (match := _COMBINATOR.match(text, at)) or match[1] in {"+", "~"}:
                return None
            parent_of = match[1] == ">"
            at = match.end()
    if len(compounds) > _DEEPEST:
        return None
    steps = [True, *(is_parent for _, is_parent in compounds[1:])]
    outwards = [compound for compound, _ in reversed(compounds)]
    links = [True, *reversed(steps[1:])]
    return Selector(tuple(zip(outwards, links, strict=True)), (counts[0], counts[1], counts[2]), generated)


def _sieve(text: str) -> Selector | None:
    pseudos = re.findall(r"::?[\w-]+", text)
    if any(not _COMPLEX.fullmatch(pseudo) and pseudo not in _STILL for pseudo in pseudos) or re.search(r"[+~](?!=)", text):
        return None
    try:
        sieve = soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, ValueError, RecursionError):
        return None
    return Selector((), (text.count("#"), text.count(".") + text.count("[") + text.count(":root"), 1), None, sieve)


def _unescape(name: str) -> str:
    if "\\" not in name:
        return name
    return _ESCAPE.sub(lambda match: (chr(int(match[1], 16)) if match[1] and int(match[1], 16) < 0x110000 else match[2] or "\ufffd"), name)
