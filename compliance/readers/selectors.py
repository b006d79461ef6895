"""CSS selectors that say which elements a rule is for: tag, class, id, attribute, compound, descendant and child.

Also `:not(…)` of one element and `:root`. What depends on a visitor's hand (`:hover`, `:checked`, …) never holds when a page is opened;
siblings, counts and `:is(…)` are not read. soupsieve would read them all, and takes seconds for the rules of an ordinary page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import Tag

_PART = re.compile(
    r"(?P<tag>\*|(?:[\w-]|\\.)+)|#(?P<id>(?:[\w-]|\\.)+)|\.(?P<cls>(?:[\w-]|\\.)+)"
    r"|\[\s*(?P<attr>[\w:-]+)\s*(?:(?P<op>[~|^$*]?=)\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\]\s\"']*))\s*(?P<i>[iI])?\s*)?\]"
    r"|:not\((?P<not>[^()]*)\)|(?P<pseudo>::?[\w-]+)"
)
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")
_STILL = frozenset([":link", ":any-link", ":visited", ":enabled"])
_GENERATED = {":before": "before", "::before": "before", ":after": "after", "::after": "after"}
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
    nots: tuple[Compound, ...] = ()

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
        if self.attributes and not all(_holds(attrs.get(name), operator, value, fold) for name, operator, value, fold in self.attributes):
            return False
        return not any(other.takes(tag) for other in self.nots)


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
        needs: names that must be found around the element, as `marks_of` gives them.
    """

    compounds: tuple[tuple[Compound, bool], ...]
    specificity: Specificity
    generated: str | None = None
    needs: frozenset[str] = frozenset()

    def takes(self, tag: Tag) -> bool:
        """Whether the rule is for `tag`. Costs at most the depth of the tag times the length of the selector."""
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


def marks_of(tag: Tag) -> list[str]:
    """The names by which selectors call an element: `p`, `.label`, `#top`."""
    attrs = tag.attrs
    marks = [tag.name]
    if "id" in attrs:
        marks.append("#" + str(attrs["id"]))
    if "class" in attrs:
        marks += ["." + name for name in str(attrs["class"]).split()]
    return marks


def _needs(compounds: list[Compound]) -> frozenset[str]:
    needs = {"." + name for compound in compounds for name in compound.classes}
    needs |= {"#" + compound.id for compound in compounds if compound.id is not None}
    return frozenset(needs | {compound.tag for compound in compounds if compound.tag is not None})


def parse_selector(text: str) -> Selector | None:
    """The selector, without commas; None for one that no element at rest meets or that is not read."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
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
        nots: list[Compound] = []
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
                identity = unescape(match["id"])
                counts[0] += 1
            elif match["cls"]:
                classes.append(unescape(match["cls"]))
                counts[1] += 1
            elif match["attr"]:
                value = next((match[key] for key in ("double", "single", "bare") if match[key] is not None), "")
                attributes.append((match["attr"].lower(), match["op"] or "", value, bool(match["i"])))
                counts[1] += 1
            elif match["not"] is not None:
                for part in match["not"].split(","):
                    other = parse_selector(part)
                    if other is None or len(other.compounds) > 1 or other.generated is not None:
                        return None
                    nots.append(other.compounds[0][0])
                counts[1] += 1
            elif match["pseudo"].lower() == ":root":
                tag = "html"
                counts[1] += 1
            elif match["pseudo"].lower() in _GENERATED:
                generated = _GENERATED[match["pseudo"].lower()]
            elif match["pseudo"].lower() not in _STILL:
                return None
        if at == start:
            return None
        compounds.append((Compound(tag, identity, tuple(classes), tuple(attributes), tuple(nots)), parent_of))
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
    return Selector(tuple(zip(outwards, links, strict=True)), (counts[0], counts[1], counts[2]), generated, _needs(outwards[1:]))


def unescape(name: str) -> str:
    """A name as the page writes it, from how a selector does (`sm\\:hidden`)."""
    if "\\" not in name:
        return name
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] and int(match[1], 16) < 0x110000 else match[2] or "\ufffd", name)
