"""Suppressions: a person sets a finding aside, with a reason and if need be until a day.

They stand in the file itself (a comment, or `adcheck-ignore` in its front matter) or in a suppression file, which the browser writes as
JSON with the same keys. One that has run out, or that nothing needs any more, is told of.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from compliance.errors import InputError, RuleError
from compliance.findings.fingerprints import Place, text_fingerprint
from compliance.model import Checklist, Item, Outcome, Suppression

DEFAULT_FILE = "adcheck-suppressions.yaml"
SCHEMA = Path(__file__).resolve().parent.parent / "schema" / "suppressions.json"
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """What one suppression covers, and why.

    Attributes:
        duty: the id of a duty, or `*` for all (only with `text` or `where`).
        note: its place and reason.
        text: the fingerprint of a text.
        file: the pattern of a file name or of the address of a post; `**` for any folders.
        name, after: for one in a file: that file, and the line below which the next post is meant (0: all of its posts).
    """

    duty: str
    note: Suppression
    text: str | None = None
    file: str | None = None
    name: str | None = None
    after: int = 0


@dataclass(slots=True)
class Settled:
    """Results with their suppressions, and what there is to say about these."""

    results: list[tuple[Any, Checklist]]
    notices: list[str] = field(default_factory=list)


def read_suppressions(path: Path) -> list[Rule]:
    """Read a suppression file, YAML or JSON.

    Raises:
        InputError: cannot be read, not YAML, an unknown key, no reason, a bad date; names file and line.
    """
    from compliance.yamlfile import load

    try:
        data = load(path, SCHEMA, path)
    except RuleError as error:
        hint = error.hint if error.hint.startswith("Did you mean") else "See docs/ci.md for what a suppression file holds."
        raise InputError(error.message, where=error.where, hint=hint) from error
    rules = []
    for index, entry in enumerate(data["suppressions"], 1):
        where = f"{path.as_posix()}#{index}"
        for key in ("until", "made"):
            _day(entry.get(key), where, key)
        note = Suppression("external", where, entry["reason"].strip(), entry.get("until"), entry.get("by"), entry.get("made"))
        if entry["rule"] == "*" and not entry.get("text") and not entry.get("where"):
            raise InputError("all rules everywhere cannot be set aside", where=where, hint="Name a rule, a text or files (where).")
        rules.append(Rule(entry["rule"], note, entry.get("text"), entry.get("where")))
    return rules


def settle(results: Sequence[tuple[Any, Checklist]], rules: Sequence[Rule], duties: Collection[str], today: str) -> Settled:
    """Each finding with the first suppression that covers it; and a notice for each suppression that has run out, that no finding
    needs although it could be judged, or that names a duty which does not exist.

    Args:
        results: (place, checklist) pairs; a place has a name, an id and a line.
        rules: the suppressions, as read.
        duties: the ids of all duties.
        today: ISO date; a suppression holds on its last day.
    """
    settled = Settled([])
    alive = []
    for rule in rules:
        if rule.duty != "*" and rule.duty not in duties and not rule.duty.startswith("declared."):
            close = get_close_matches(rule.duty, duties, 1)
            settled.notices.append(
                f"{rule.note.where}: no rule is called {rule.duty!r}." + (f" Did you mean {close[0]!r}?" if close else "")
            )
        elif rule.note.until is not None and rule.note.until < today:
            settled.notices.append(
                f"{rule.note.where}: the suppression of {rule.duty} ran out on {rule.note.until} ({_short(rule.note.reason)})."
            )
        else:
            alive.append(rule)
    meant = _meant(results, alive)
    used: set[int] = set()
    judged: set[int] = set()
    for index, (place, checklist) in enumerate(results):
        mine = [number for number, rule in enumerate(alive) if _covers(rule, number, index, place, checklist, meant)]
        settled.results.append((place, _marked(checklist, [(number, alive[number]) for number in mine], used)))
        ids = {item.duty for item in checklist.items}
        judged |= {number for number in mine if alive[number].duty == "*" or alive[number].duty in ids or alive[number].name is not None}
    settled.notices.extend(
        f"{alive[number].note.where}: nothing needs the suppression of {alive[number].duty} any more; take it out."
        for number in sorted(judged - used)
    )
    return settled


def _marked(checklist: Checklist, rules: Sequence[tuple[int, Rule]], used: set[int]) -> Checklist:
    if not rules:
        return checklist

    def mark(item: Item) -> Item:
        if item.outcome < Outcome.NEEDS_REVIEW:
            return item
        for number, rule in rules:
            if rule.duty in {"*", item.duty}:
                used.add(number)
                return replace(item, suppression=rule.note)
        return item

    return replace(checklist, items=tuple(map(mark, checklist.items)), posts=tuple(_marked(post, rules, used) for post in checklist.posts))


def _meant(results: Sequence[tuple[Any, Checklist]], rules: Sequence[Rule]) -> dict[int, int]:
    """For each suppression that speaks of the next post: the index of that post's result."""
    meant: dict[int, int] = {}
    for number, rule in enumerate(rules):
        if rule.after:
            below = [
                (_begins(place, checklist), index)
                for index, (place, checklist) in enumerate(results)
                if place.name == rule.name and _begins(place, checklist) > rule.after
            ]
            if below:
                meant[number] = min(below)[1]
    return meant


def _begins(place: Place, checklist: Checklist) -> int:
    origin = checklist.document.origin
    return place.line if origin is None else origin.line


def _covers(rule: Rule, number: int, index: int, place: Place, checklist: Checklist, meant: dict[int, int]) -> bool:
    if rule.name is not None:
        return meant.get(number) == index if rule.after else place.name == rule.name
    if rule.text is not None and text_fingerprint(checklist.document) != rule.text:
        return False
    origin = checklist.document.origin
    names = (place.name, origin.url or "" if origin is not None else "", place.id or "")
    return rule.file is None or any(name and matches(name, rule.file) for name in names)


def matches(name: str, pattern: str) -> bool:
    """Whether a file name or address fits: `*` within a folder, `**` over folders; a folder means all that is in it."""
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./").rstrip("/"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = "".join(meaning.get(token) or re.escape(token) for token in tokens)
    return re.fullmatch(f"{expression}(?:/.*)?", name.removeprefix("./"), re.DOTALL) is not None


# ---------------------------------------------------------------------------------------------------------- in the file itself

_COMMENT = re.compile(r"<!--[ \t]*adcheck-ignore(?P<next>-next)?\b(?P<body>(?:(?!-->).)*)-->", re.DOTALL)
_HASH = re.compile(r"(?:^|(?<=\s))#[ \t]*adcheck-ignore(?P<next>-next)?[ \t]+(?P<body>[^\r\n]*)", re.MULTILINE)
_BODY = re.compile(
    r"\s*(?P<duties>[a-z][a-z0-9.,\- ]*?|\*)\s*:\s*(?P<reason>.*?)\s*(?:\buntil\s+(?P<until>\d{4}-\d{2}-\d{2}))?\s*\.?\s*", re.DOTALL
)
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_HASHED = frozenset([".yaml", ".yml", ".csv", ".tsv", ".toml"])
_FRONTED = frozenset([".md", ".markdown", ".mdx", ".txt"])


def without_comments(text: str) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """`text` without its `adcheck-ignore` comments (and the lines that hold nothing else), and its pieces as (offset, source offset, length)."""
    pieces: list[tuple[int, int, int]] = []
    kept: list[str] = []
    at = total = 0
    for match in _COMMENT.finditer(text):
        start, end = match.span()
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        if not text[line_start:start].strip() and not text[end : line_end if line_end >= 0 else len(text)].strip():
            start, end = line_start, line_end + 1 if line_end >= 0 else len(text)
        if start > at:
            kept.append(text[at:start])
            pieces.append((total, at, start - at))
            total += start - at
        at = max(at, end)
    if at == 0:
        return text, ()
    if at < len(text):
        kept.append(text[at:])
        pieces.append((total, at, len(text) - at))
    return "".join(kept), tuple(pieces)


def suppressions_in(text: str, name: str) -> tuple[list[Rule], list[str]]:
    """The suppressions that a file's own text makes, and a notice for each that cannot be read (it sets nothing aside).

    Comments are HTML comments, or `#` comments in YAML, CSV and TSV; `adcheck-ignore` speaks for the whole file,
    `adcheck-ignore-next` for the next post below it. Text files may have front matter.
    """
    if "adcheck-ignore" not in text:
        return [], []
    suffix = Path(name).suffix.lower()
    found: list[tuple[int, bool, str]] = [
        (match.start(), match["next"] is not None, match["body"]) for match in (_HASH if suffix in _HASHED else _COMMENT).finditer(text)
    ]
    rules: list[Rule] = []
    notices: list[str] = []
    for at, is_next, body in found:
        line = text.count("\n", 0, at) + 1
        _parsed(body, f"{name or 'stdin'}:{line}", name, line if is_next else 0, rules, notices)
    front = _FRONT.match(text) if suffix in _FRONTED else None
    if front is not None:
        for line, entry in _front_entries(front["yaml"]):
            _parsed(entry, f"{name or 'stdin'}:{line}", name, 0, rules, notices)
    return rules, notices


def _parsed(body: str, where: str, name: str, after: int, rules: list[Rule], notices: list[str]) -> None:
    match = _BODY.fullmatch(body)
    if match is None or not match["reason"].strip(" -–—"):
        notices.append(
            f"{where}: adcheck-ignore needs a rule and a reason, such as `nl.ad-label: the label is in the picture`; nothing is set aside."
        )
        return
    try:
        _day(match["until"], where, "until")
    except InputError as error:
        notices.append(str(error))
        return
    note = Suppression("in_source", where, " ".join(match["reason"].split()), match["until"])
    rules.extend(Rule(duty, note, name=name, after=after) for duty in re.split(r"[,\s]+", match["duties"].strip()) if duty)


def _front_entries(front: str) -> Iterable[tuple[int, str]]:
    """The lines and texts under `adcheck-ignore:` of a front matter: one text, a list of texts, or a mapping of rule to reason."""
    lines = front.splitlines()
    for index, line in enumerate(lines):
        match = re.match(r"adcheck-ignore:[ \t]*(.*)", line)
        if match is None:
            continue
        if match[1].strip():
            yield index + 2, _unquoted(match[1])
        for below, entry in enumerate(lines[index + 1 :], index + 1):
            if not re.match(r"[ \t]+\S|-", entry):
                break
            yield below + 2, _unquoted(re.sub(r"^[ \t]*(?:-[ \t]+)?", "", entry))


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _day(value: str | None, where: str, key: str) -> None:
    if value is not None:
        try:
            datetime.date.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"{key}: {value!r} is not a date", where=where, hint="Write it as 2027-01-31.") from error


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"
