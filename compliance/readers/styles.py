"""A page's `<style>` elements and `style` attributes → the declarations that hold for an element.

The cascade of CSS in as far as it decides what is seen: importance, specificity, order; media that a screen of ordinary width has;
custom properties of the whole page. Style sheets that stand elsewhere are never fetched and so not known.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bs4 import Tag

from compliance.readers.elements import names
from compliance.readers.selectors import Selector, Specificity, marks_of, parse_selector, unescape

SCREEN_WIDTH = 1280
"""The width in CSS pixels at which media queries are read."""

Declarations = Mapping[str, str]

_SEEN = names(
    "display visibility content-visibility opacity filter font font-size text-indent position left top right bottom inset "
    "margin-left margin-top clip clip-path -webkit-clip-path overflow overflow-x overflow-y height width max-height max-width "
    "transform scale zoom color background background-color background-image -webkit-text-fill-color line-clamp "
    "-webkit-line-clamp text-overflow white-space content order flex-direction"
)
_WORTH = re.compile(
    r"display|visibility|opacity|font|indent|position|left|top|clip|overflow|height|width|transform|scale|zoom|color|background|content|order|direction|--"
)
_NAMED = re.compile(r"[.#](?:[\w-]|\\.)+")
_UNCLEAR = re.compile(r"[()\[\]\"']|\\[0-9a-fA-F]")
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_EDGE = re.compile(r"[{};]")
_DECLARATION = re.compile(r"(?<![-\w])([-\w]+)\s*:\s*((?:[^;\"'()]|\"[^\"]*\"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\))*)")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)")
_ARGUMENTS = re.compile(r":[\w-]+\([^()]*(?:\([^()]*\)[^()]*)*\)")
_KEY = re.compile(
    r"(?:(?P<pseudo>::?[\w-]+)|#(?P<id>(?:[\w-]|\\.)+)|\.(?P<cls>(?:[\w-]|\\.)+)|\[\s*(?P<attr>[\w:-]+)|(?P<tag>[a-zA-Z][\w-]*))"
)
_LAST = re.compile(r"[^\s>+~]*(?:\[[^\]]*\][^\s>+~]*)*\Z")
_CONDITIONS = frozenset(["@media", "@supports", "@layer", "@container", "@scope"])
_WHOLE_PAGE = frozenset([":root", "html", "body", "*", ":host"])
_MOST_NAMES = 300
_STEPS = 4
_LONGEST_LIST = 20_000
_LONGEST_SELECTOR = 400
_LONGEST_VARIABLE = 200


@dataclass(slots=True)
class _Rule:
    text: str
    body: str
    order: int
    selector: Selector | None = None
    is_read: bool = False


@dataclass(slots=True)
class _Candidates:
    """Rules for one kind of element: those for it anywhere, and those for it within an element of a name."""

    anywhere: list[_Rule]
    within: dict[str, list[_Rule]]
    names: frozenset[str]

    def of(self, around: frozenset[str] | None) -> list[_Rule]:
        """The rules worth a look for an element with these names around it."""
        if not self.within:
            return self.anywhere
        names = self.names if around is None else self.names & around
        return [*self.anywhere, *(rule for name in names for rule in self.within[name])] if names else self.anywhere


@dataclass(frozen=True, slots=True)
class _Block:
    """The declarations of one rule, important ones apart."""

    plain: dict[str, str]
    important: dict[str, str]


class Styles:
    """The rules of a page.

    Attributes:
        is_partial: there are style sheets that were not given, so that what is not declared here may be declared there.
    """

    def __init__(self, sheets: Iterable[str], is_partial: bool = False, present: Container[str] | None = None) -> None:
        """`present` holds every class (`.label`) and id (`#top`) of the page: rules that ask for others are for nobody and cost nothing."""
        self.is_partial = is_partial
        self._present = present
        self._variables: dict[str, str] = {}
        self._rules: dict[str, list[_Rule]] = {}
        self._attribute_rules: list[tuple[str, _Rule]] = []
        self._anywhere: list[_Rule] = []
        self._candidates: dict[tuple[str, str], _Candidates] = {}
        self._bodies: dict[str, _Block] = {}
        self._merged: dict[tuple[object, ...], Declarations] = {}
        self._around: dict[int, frozenset[str] | None] = {}
        self._order = 0
        for sheet in sheets:
            self._read(sheet)

    def of(self, tag: Tag) -> tuple[Declarations, dict[str, Declarations]]:
        """The declarations for `tag` itself, and those for the text that a rule writes `before` and `after` it."""
        attrs = tag.attrs
        written = str(attrs["style"]) if "style" in attrs else ""
        key = (tag.name, str(attrs["class"]) if "class" in attrs else "")
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._candidates[key] = self._gather(*key)
        around = self._around_of(tag)
        rules = candidates.of(around)
        if attrs:
            if "id" in attrs and (by_id := self._rules.get("#" + str(attrs["id"]))):
                rules = [*rules, *by_id]
            if self._attribute_rules:
                rules = [*rules, *(rule for name, rule in self._attribute_rules if name in attrs)]
        if not rules and not written:
            return _NOTHING, _NO_TEXTS
        holding: dict[str, list[tuple[Specificity, int, str]]] = {}
        for rule in rules:
            selector = _selector(rule)
            if selector is not None and (around is None or selector.needs <= around) and selector.takes(tag):
                holding.setdefault(selector.generated or "", []).append((selector.specificity, rule.order, rule.body))
        own = self._merge(holding.get("", ()), written)
        texts = {place: self._merge(holding[place], "") for place in holding if place}
        return own, texts

    def _around_of(self, tag: Tag) -> frozenset[str] | None:
        """The names around an element; None where they are so many that counting them costs more than it saves."""
        parent = tag.parent
        around = self._around.get(id(parent), _NO_NAMES) if parent is not None else _NO_NAMES
        if not self._rules:
            return around
        if around is None or len(around) > _MOST_NAMES:
            inside = None
        else:
            marks = marks_of(tag)
            inside = around if around.issuperset(marks) else around.union(marks)
        self._around[id(tag)] = inside
        return around

    # -------------------------------------------------------------------------------------------------- reading

    def _read(self, sheet: str) -> None:
        sheet = _COMMENT.sub(" ", sheet)
        at = 0
        end = -1
        active: list[bool] = []
        while match := _EDGE.search(sheet, at):
            prelude = sheet[at : match.start()].strip()
            at = match.end()
            if match[0] == ";":
                self.is_partial = self.is_partial or prelude.lower().startswith("@import")
                continue
            if match[0] == "}":
                if active:
                    active.pop()
                continue
            inside = all(active[-1:])
            if prelude.startswith("@"):
                word = prelude.split(None, 1)[0].split("(")[0].lower()
                active.append(inside and word in _CONDITIONS and (word != "@media" or is_shown(prelude[6:])))
                continue
            if end < at:
                end = sheet.find("}", at)
                end = len(sheet) if end < 0 else end
            nested = sheet.find("{", at, end)
            body = sheet[at : end if nested < 0 else nested]
            if nested >= 0:  # rules inside a rule are not read; its own declarations are
                body = body[: body.rfind(";") + 1]
                active.append(False)
                at += len(body)
            else:
                at = end + 1
            if inside and _WORTH.search(body):
                self._add(prelude, body)

    def _add(self, prelude: str, body: str) -> None:
        body = body.strip()
        if len(prelude) > _LONGEST_LIST:
            return
        for text in prelude.split(",") if "(" not in prelude else _split(prelude):
            text = text.strip()
            if not text or len(text) > _LONGEST_SELECTOR:
                continue
            self._order += 1
            if text.lower() in _WHOLE_PAGE and "--" in body:
                for match in _DECLARATION.finditer(body):
                    if match[1].startswith("--") and len(match[2]) <= _LONGEST_VARIABLE:
                        self._variables[match[1]] = match[2].strip()
            if self._present is not None and not _can_hold(text, self._present):
                continue
            rule = _Rule(text, body, self._order)
            last = _LAST.search(_ARGUMENTS.sub("", text) if "(" in text else text)
            keys = {
                name: match[name]
                for match in _KEY.finditer(last[0] if last else "")
                for name in ("id", "cls", "attr", "tag")
                if match[name]
            }
            if "id" in keys:
                self._rules.setdefault("#" + keys["id"], []).append(rule)
            elif "cls" in keys:
                self._rules.setdefault("." + keys["cls"], []).append(rule)
            elif "attr" in keys:
                self._attribute_rules.append((keys["attr"].lower(), rule))
            elif "tag" in keys:
                self._rules.setdefault(keys["tag"].lower(), []).append(rule)
            elif text[-1] == "*":
                self._anywhere.append(rule)
            elif text.lower() == ":root":
                self._rules.setdefault("html", []).append(rule)

    def _gather(self, name: str, classes: str) -> _Candidates:
        """The rules that may be for an element of this name and class, wherever it stands and whatever its id and other attributes."""
        rules = self._rules
        found = [*rules.get(name, ()), *self._anywhere]
        words = dict.fromkeys(classes.split())
        for word in words:
            found += rules.get("." + word, ())
        candidates = _Candidates([], {}, frozenset())
        for rule in found:
            selector = _selector(rule)
            if selector is None:
                continue
            own = selector.compounds[0][0]
            if (own.tag is not None and own.tag != name) or not words.keys() >= set(own.classes):
                continue
            if selector.needs:
                candidates.within.setdefault(min(selector.needs), []).append(rule)
            else:
                candidates.anywhere.append(rule)
        candidates.names = frozenset(candidates.within)
        return candidates

    # -------------------------------------------------------------------------------------------------- the cascade

    def _merge(self, holding: Sequence[tuple[Specificity, int, str]], written: str) -> Declarations:
        key = (tuple(rule[1] for rule in holding), written)
        merged = self._merged.get(key)
        if merged is None:
            blocks = [self._block(body) for _, _, body in sorted(holding)]
            own = self._block(written)
            plain: dict[str, str] = {}
            for block in (*blocks, own):
                _lay(plain, block.plain)
            for block in (*blocks, own):
                _lay(plain, block.important)
            merged = self._merged[key] = plain
        return merged

    def _block(self, body: str) -> _Block:
        block = self._bodies.get(body)
        if block is None:
            plain: dict[str, str] = {}
            important: dict[str, str] = {}
            for match in _DECLARATION.finditer(_COMMENT.sub(" ", body) if "/*" in body else body):
                name, value = match[1].lower(), match[2].strip()
                if name not in _SEEN or not value:
                    continue
                kept = value if name == "content" else value.lower()
                if kept.lower().endswith("important") and "!" in kept:
                    _lay(important, {name: self._resolved(kept[: kept.rfind("!")].strip())})
                else:
                    _lay(plain, {name: self._resolved(kept)})
            block = self._bodies[body] = _Block(plain, important)
        return block

    def _resolved(self, value: str) -> str:
        for _ in range(_STEPS):
            if "var(" not in value or len(value) > 1000:
                break
            value = _VARIABLE.sub(lambda match: self._variables.get(match[1], (match[2] or "unset").strip()), value)
        return value


def _selector(rule: _Rule) -> Selector | None:
    if not rule.is_read:
        rule.is_read = True
        rule.selector = parse_selector(rule.text)
    return rule.selector


_NOTHING: Declarations = {}
_NO_NAMES: frozenset[str] = frozenset()
_NO_TEXTS: dict[str, Declarations] = {}
_PARTS = {"background": ("background-color", "background-image"), "font": ("font-size",), "inset": ("left", "top", "right", "bottom")}


def _lay(under: dict[str, str], over: Mapping[str, str]) -> None:
    """Lay later declarations over earlier ones; a shorthand takes its parts away."""
    for name, value in over.items():
        for part in _PARTS.get(name, ()):
            under.pop(part, None)
        under.pop(name, None)
        under[name] = value


def _split(prelude: str) -> list[str]:
    """The selectors of a list, at commas outside brackets."""
    parts: list[str] = []
    depth = begin = 0
    for match in _BRACKETS.finditer(prelude):
        if match[0] != ",":
            depth += 1 if match[0] == "(" else -1
        elif depth <= 0:
            parts.append(prelude[begin : match.start()])
            begin = match.end()
    return [*parts, prelude[begin:]]


_BRACKETS = re.compile(r"[(),]")


def _can_hold(text: str, present: Container[str]) -> bool:
    """Whether a page has every class and id that a selector asks for, told without parsing it."""
    if "(" in text:
        text = _ARGUMENTS.sub("", text)
    if "[" in text:
        text = _ATTRIBUTE.sub("", text)
    if _UNCLEAR.search(text):
        return True
    found = _NAMED.findall(text)
    return all(name in present for name in (map(unescape, found) if "\\" in text else found))


_FEATURE = re.compile(r"\(\s*([\w-]+)\s*(?::\s*([^()]+))?\)")


def is_shown(query: str) -> bool:
    """Whether a media query holds on a screen of ordinary width, in light colours, with a pointer."""
    return any(_query_holds(part.strip().lower()) for part in query.split(","))


def _query_holds(query: str) -> bool:
    if query.startswith("not "):
        return not _query_holds(query[4:].lstrip().removeprefix("not "))
    words = re.sub(r"\([^()]*\)", " ", query).split()
    if any(word in {"print", "speech", "aural", "braille", "tty", "tv", "projection"} for word in words):
        return False
    return all(_feature_holds(name, (value or "").strip()) for name, value in _FEATURE.findall(query))


def _feature_holds(name: str, value: str) -> bool:
    if name in {"min-width", "max-width", "min-device-width", "max-device-width"}:
        match = re.match(r"([\d.]+)\s*(px|em|rem)?$", value)
        if match is None:
            return True
        try:
            width = float(match[1]) * (16 if match[2] in {"em", "rem"} else 1)
        except ValueError:
            return True
        return width <= SCREEN_WIDTH if name.startswith("min") else width >= SCREEN_WIDTH
    if name == "prefers-color-scheme":
        return value == "light"
    if name in {"prefers-reduced-motion", "prefers-contrast", "forced-colors"}:
        return value in {"no-preference", "none"}
    return not (name == "orientation" and value == "portrait") and not (name in {"hover", "pointer"} and value in {"none", "coarse"})
