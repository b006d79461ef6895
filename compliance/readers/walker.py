"""One walk over a page's tree: what is seen in reading order; what stands around it, what is hidden and what is only said, apart."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bs4 import Comment, Tag
from bs4.element import NavigableString

from compliance.model import Link, Outline, Segment, Stretch
from compliance.readers.computed import Computed
from compliance.readers.elements import BLOCK_DISPLAYS, BLOCKS, HEADINGS, KEPT_SPACE, NAMED_UNREAD, SPACED, UNREAD
from compliance.readers.hiding import Eye, Look, first_look
from compliance.readers.parts import SCOPES, find_parts
from compliance.readers.runs import Run
from compliance.readers.source import PlacedSoup
from compliance.readers.styles import Declarations, Styles, is_shown
from compliance.readers.swallowed import LETTERS, words_in

_SAID = (("alt", "alt"), ("aria-label", "aria_label"), ("title", "tooltip"), ("placeholder", "placeholder"))
_WIDE = re.compile("[ \t\n\r\f]{2,}|[\t\n\r\f]")
_GENERATED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|attr\(\s*([\w-]+)\s*\)")
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_NODES = 256
_MOST_SAID = 2_000


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found. Segment 0 is the body, 1 what stands around it, 2 the first that is hidden; links point into them."""

    segments: tuple[Segment, ...]
    links: tuple[Link, ...]
    not_read: tuple[str, ...]
    outline: Outline


def walk(
    soup: PlacedSoup, markup: str, root: Tag | None = None, skip: frozenset[int] = frozenset(), computed: Computed | None = None
) -> Walked:
    """Read a whole page, or with `root` only what is in that element; tags whose `id()` is in `skip` are left out.

    Raises:
        TooBigError: it takes too long.
    """
    walker = Walker(soup, markup, root, skip, computed)
    walker.walk()
    return Walked(tuple(walker.segments()), tuple(walker.links), tuple(walker.not_read), walker.outline())


class Walker:
    """The walk itself; `walk` is the way to use it."""

    def __init__(
        self, soup: PlacedSoup, markup: str, root: Tag | None = None, skip: frozenset[int] = frozenset(), computed: Computed | None = None
    ) -> None:
        self._soup = soup
        self._markup = markup
        self._root = soup if root is None else root
        self._skip = skip
        self._computed = computed
        self._ranges = computed is not None and bool(computed.ranges)
        self._parts = find_parts(soup) if root is None else {}
        self._styles = styles_of(soup)
        self._eye = Eye(self._styles)
        self._body = Run("body")
        self._around = {scope: Run(scope) for scope in SCOPES if scope not in {"body", "hidden"}}
        self._captions: list[Run] = []
        self._hidden: list[Run] = []
        self._said: dict[str, Run] = {}
        self._open: list[tuple[Tag, Run, int]] = []
        self._found: list[tuple[str, tuple[str, ...], Run, int, int]] = []
        self._stretches: list[tuple[Run, int, int, str, Look]] = []
        self._last: tuple[Run, str | None, tuple[str, ...]] | None = None
        self._heading = False
        self.links: list[Link] = []
        self.not_read: list[str] = ["stylesheet"] if self._styles.is_partial else []

    def walk(self) -> None:
        """Visit every node without recursion, so that depth costs nothing."""
        run = self._body
        stack: list[tuple[Any, Run, Look, str]] = [(self._root, run, self._look_around(), "")]
        meter = self._soup.meter
        count = 0
        while stack:
            node, run, look, leaving = stack.pop()
            if leaving:
                self._leave(node, run, look, leaving)
                continue
            count += 1
            if count % _NODES == 0:
                meter.pass_nodes(0)
            kind = type(node)
            if kind is NavigableString or (kind is not Tag and not isinstance(node, Tag)):
                if kind is NavigableString or look.gone == "template":
                    self._string(node, run, look)
                elif isinstance(node, Comment):
                    self._swallowed(node, look)
                continue
            self._enter(node, run, look, stack)
        if self._root is self._soup and self._soup.lost is not None:
            lost = self._soup.lost
            start = lost + (4 if self._markup.startswith("<!--", lost) else 1)
            self._unseen(self._markup[start:], start, "unclosed")
        self._settle()

    def segments(self) -> list[Segment]:
        """The segments in a fixed order: body, aside, the first that is hidden (empty where nothing is), the others."""
        return [run.segment for run in self._runs()]

    def outline(self) -> Outline:
        """What is seen and what is not, in the order of the source."""
        last: dict[int, int] = {}
        stretches: list[Stretch] = []
        lines = self._soup.starts
        for run, start, source, state, look in reversed(self._stretches):
            end = last.get(run.index, run.length)
            last[run.index] = start
            line = _line_at(lines, source)
            hidden = run.hidden_by
            stretches.append(
                Stretch(run.index, start, end, line + 1, source - lines[line] + 1, state, hidden, () if hidden else look.weakened_by)
            )
        stretches.sort(key=lambda stretch: (stretch.line, stretch.column))
        return Outline(tuple(stretches), tuple(lines))

    # -------------------------------------------------------------------------------------------------- elements

    def _enter(self, node: Tag, run: Run, look: Look, stack: list[tuple[Any, Run, Look, str]]) -> None:
        name = node.name
        if self._skip and id(node) in self._skip:
            return
        if name in UNREAD and node is not self._root:
            if name in NAMED_UNREAD and name not in self.not_read:
                self.not_read.append(name)
            return
        attrs = node.attrs
        style, texts = self._styles.of(node)
        inside = self._eye.look(node, look, style)
        if self._computed is not None:
            inside = self._computed.look(node, inside)
        part = self._parts.get(id(node))
        if part is not None:
            run = self._body if part == "body" else self._around[part]
        elif name == "figcaption" and run is self._body:
            run = Run("figcaption")
            self._captions.append(run)
        display = style.get("display") if style else None
        edge = "block" if (name in BLOCKS if display is None or name == "br" else display in BLOCK_DISPLAYS) else ""
        if not edge and (name in SPACED or (display is not None and display.startswith(("inline-", "table-cell")))):
            edge = "space"
        if edge and inside.hidden_by is None:
            run.line_break() if edge == "block" else run.space(self._source(node))
        elif edge == "block" and self._hidden:
            self._hidden[-1].line_break()
        if name in HEADINGS or part is not None:
            self._heading = True
        if attrs and inside.hidden_by is None:
            self._say(node, inside)
        if name == "a" and "href" in attrs:
            target = run if inside.hidden_by is None else self._hidden_run(inside.hidden_by)
            self._open.append((node, target, target.length))
        if "before" in texts:
            self._generate(node, texts["before"], inside)
        if edge or name == "a" or "after" in texts or name in HEADINGS:
            if "after" in texts:
                self._generate(node, texts["after"], inside)
            stack.append((node, run, inside, edge or "inline"))
        if name == "details" and "open" not in attrs:
            closed = self._eye.closed(inside)
            summary = next((child for child in node.contents if isinstance(child, Tag) and child.name == "summary"), None)
            stack.extend((child, run, inside if child is summary else closed, "") for child in reversed(node.contents))
        else:
            stack.extend([(child, run, inside, "") for child in reversed(node.contents)])

    def _leave(self, node: Tag, run: Run, look: Look, edge: str) -> None:
        if edge == "block":
            if look.hidden_by is None:
                run.line_break()
            elif self._hidden:
                self._hidden[-1].line_break()
        elif edge == "space" and look.hidden_by is None:
            run.space(self._source(node))
        if node.name in HEADINGS:
            self._heading = True
        if self._open and self._open[-1][0] is node:
            tag, target, start = self._open.pop()
            rel = tuple(str(tag.attrs.get("rel") or "").lower().split())
            self._found.append((str(tag.attrs["href"]).strip(), rel, target, start, target.length))

    def _look_around(self) -> Look:
        """The look in which the walk begins: that of the elements around the root."""
        look = first_look(self._styles)
        if self._root is not self._soup:
            for tag in reversed(list(self._root.parents)):
                if tag is not self._soup:
                    look = self._eye.look(tag, look, self._styles.of(tag)[0])
                    if self._computed is not None:
                        look = self._computed.look(tag, look)
        return look

    def _source(self, tag: Tag) -> int:
        starts = self._soup.starts
        return starts[min((tag.sourceline or 1) - 1, len(starts) - 1)] + (tag.sourcepos or 0)

    # -------------------------------------------------------------------------------------------------- text

    def _string(self, node: NavigableString, run: Run, look: Look) -> None:
        pieces = self._soup.places.get(id(node))
        if not pieces:
            return
        if node.isspace() and len(pieces) == 1 and not (node.parent is not None and node.parent.name in KEPT_SPACE):
            target = run if look.hidden_by is None else self._hidden[-1] if self._hidden else None
            if target is not None:
                target.space(pieces[0][1])
            return
        if self._ranges:
            assert self._computed is not None
            for text, source, seen in self._computed.cut(pieces, self._markup, look):
                self._pieces([(text, source)], node, run, seen)
        else:
            self._pieces(pieces, node, run, look)

    def _pieces(self, pieces: list[tuple[str, int]], node: NavigableString, run: Run, look: Look) -> None:
        markup = self._markup
        target = run if look.hidden_by is None else self._hidden_run(look.hidden_by)
        keeps = node.parent is not None and node.parent.name in KEPT_SPACE
        for text, source in pieces:
            if not markup.startswith(text, source):  # a character reference: one character from several
                if text.isspace():
                    target.space(source)
                    continue
                self._mark(target, look, source)
                target.add(text, source, 0)
                continue
            if "\xa0" in text:
                text = text.replace("\xa0", " ")
            start = 0
            for match in _WIDE.finditer(text):
                self._plain(text[start : match.start()], source + start, target, look)
                if keeps and "\n" in match[0]:
                    target.line_break()
                else:
                    target.space(source + match.start())
                start = match.end()
            self._plain(text[start:] if start else text, source + start, target, look)

    def _plain(self, text: str, source: int, target: Run, look: Look) -> None:
        if text and target.spaced and text[0] == " ":
            text = text[1:]
            source += 1
        if text:
            self._mark(target, look, source)
            target.add(text, source, len(text))

    def _mark(self, run: Run, look: Look, source: int) -> None:
        """A new stretch begins where the look or the run changes, and at headings."""
        if look.below_fold and run.fold is None:
            run.fold = run.length
        now = (run, look.hidden_by, look.weakened_by)
        if now == self._last and not self._heading:
            return
        self._last = now
        self._heading = False
        state = "hidden" if run.hidden_by else "aside" if run.scope in self._around else "read"
        self._stretches.append((run, run.length, source, state, look))

    def _hidden_run(self, reason: str) -> Run:
        """The run of the hidden stretch that is open, or a new one: other reasons and seen text end a stretch."""
        if self._hidden:
            run = self._hidden[-1]
            if run.hidden_by == reason and (self._last is None or self._last[0] is run or run.length == 0):
                return run
        run = Run("hidden", reason)
        self._hidden.append(run)
        return run

    # -------------------------------------------------------------------------------------------------- what is not in the text

    def _swallowed(self, node: Comment, look: Look) -> None:
        pieces = self._soup.places.get(id(node))
        if pieces and look.gone is None:
            self._unseen(pieces[0][0], pieces[0][1], "comment")

    def _unseen(self, text: str, at: int, reason: str) -> None:
        """The words in a stretch of source that no browser shows."""
        if not LETTERS.search(text):
            return
        text = text.replace("\xa0", " ")
        look = Look(hidden_by=reason)
        run: Run | None = None
        for said, start in words_in(text, self._soup.meter):
            if run is None and not LETTERS.search(said):
                continue
            if run is None:
                run = self._hidden_run(reason)
                run.line_break()
            self._mark(run, look, at + start)
            run.add(said, at + start, len(said) if text.startswith(said, start) else 0)
            run.line_break()

    def _say(self, node: Tag, look: Look) -> None:
        """Texts in attributes: read aloud or shown on demand."""
        attrs = node.attrs
        for attribute, scope in _SAID:
            if attribute in attrs:
                value = " ".join(str(attrs[attribute]).split())
                if value and (scope != "tooltip" or value != attrs.get("alt")):
                    self._speak(scope, value, node, str(attrs[attribute]), look)

    def _speak(self, scope: str, value: str, node: Tag, written: str, look: Look) -> None:
        run = self._said.setdefault(scope, Run(scope))
        if len(run.parts) > 2 * _MOST_SAID:
            if f"more_{scope}" not in self.not_read:
                self.not_read.append(f"more_{scope}")
            return
        run.line_break()
        at = self._source(node)
        found = self._markup.find(written, at, at + len(written) + 2_000)
        source = at if found < 0 else found
        self._stretches.append((run, run.length, source, "spoken", look))
        run.add(value, source, len(value) if found >= 0 and written == value else 0)

    def _generate(self, node: Tag, style: Declarations, look: Look) -> None:
        """What a style rule writes before or after an element, which can be read but neither copied nor searched."""
        content = style.get("content", "")
        if look.hidden_by is not None or not content or style.get("display") == "none":
            return
        words = []
        for match in _GENERATED.finditer(content[:1000]):
            literal = match[1] if match[1] is not None else match[2]
            words.append(str(node.attrs.get(match[3].lower(), "")) if match[3] else _ESCAPE.sub(_escaped, literal or ""))
        text = " ".join("".join(words).split())
        if LETTERS.search(text):
            self._speak("generated", text, node, text, look)

    def _runs(self) -> list[Run]:
        hidden = self._hidden or [Run("hidden")]
        others = [run for scope, run in self._around.items() if scope != "aside"]
        return [self._body, self._around["aside"], *hidden, *self._captions, *self._said.values(), *others]

    def _settle(self) -> None:
        """Drop runs that stayed empty, number the others, and let links point to them."""
        self._hidden = [run for run in self._hidden if run.length]
        self._captions = [run for run in self._captions if run.length]
        runs = self._runs()
        for index, run in enumerate(runs):
            run.index = index
        kept = {id(run) for run in runs}
        for url, rel, run, start, end in self._found:
            self.links.append(Link(url, rel, run.index, start, min(end, run.length)) if id(run) in kept else Link(url, rel))


def styles_of(soup: PlacedSoup) -> Styles:
    """The page's styles, read once."""
    if soup.seen_by is None:
        soup.seen_by = _read_styles(soup)
    found: Styles = soup.seen_by
    return found


def _read_styles(soup: PlacedSoup) -> Styles:
    sheets: Iterator[str] = (
        "".join(text for string in tag.contents for text, _ in soup.places.get(id(string), ()))
        for tag in soup.named("style")
        if is_shown(str(tag.attrs.get("media", ""))) and str(tag.attrs.get("type", "text/css")).lower() in {"", "text/css"}
    )
    partial = any(
        "stylesheet" in str(tag.attrs.get("rel", "")).lower().split() and "alternate" not in str(tag.attrs.get("rel", "")).lower()
        for tag in soup.named("link")
    )
    return Styles(sheets, partial, soup.present())


def _escaped(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return match[2]


def _line_at(starts: list[int], offset: int) -> int:
    return max(bisect_right(starts, offset) - 1, 0)
