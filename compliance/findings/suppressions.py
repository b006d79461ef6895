"""Suppressions: a person sets a finding aside, with a reason and if need be until a day.

They stand in the file itself (a comment, or `adcheck-ignore` in its front matter) or in a suppression file, which the browser extension
writes too; docs/suppressions.md describes both. One that has run out, or that nothing needs any more, is told of.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compliance.errors import InputError, RuleError, nearest
from compliance.feed import joined
from compliance.findings.fingerprints import Place, text_fingerprint
from compliance.model import Checklist, Item, Outcome, Suppression

DEFAULT_FILES = ("adcheck-suppressions.yaml", "adcheck-suppressions.json")
"""Read where they lie in the working folder and no other is named; the browser extension writes the second."""
SCHEMA = Path(__file__).resolve().parent.parent / "schema" / "suppressions.json"
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """What one suppression covers, and why.

    Attributes:
        duty: the id of a duty, or `*` for all (only with `text`, `campaign` or `where`).
        note: its place and reason.
        text: the fingerprint of a text.
        campaign: the name of a campaign, folded.
        file: the pattern of a file name or of the address of a post; `**` for any folders.
        name, after: for one in a file: that file, and the line below which the next post is meant (0: all of its posts).
        entry: for one in a record: its line and words there; it covers the posts of that record.
    """

    duty: str
    note: Suppression
    text: str | None = None
    campaign: str | None = None
    file: str | None = None
    name: str | None = None
    after: int = 0
    entry: tuple[int, str] | None = None


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
        hint = error.hint if error.hint.startswith("Did you mean") else "See docs/suppressions.md for what a suppression file holds."
        raise InputError(error.message, where=error.where, hint=hint) from error
    return _rules(data, lambda index: f"{path.as_posix()}#{index + 1}")


def suppressions_given(data: Any, pointer: str) -> list[Rule]:
    """The content of a suppression file that came with a request; `pointer` says where in it.

    Raises:
        InputError: as `read_suppressions`; `where` is a JSON pointer.
    """
    from compliance.yamlfile import check_given

    check_given(data, SCHEMA, pointer)
    return _rules(data, lambda index: f"{pointer}/suppressions/{index}")


def _rules(data: Mapping[str, Any], place: Callable[[int], str]) -> list[Rule]:
    rules = []
    for index, entry in enumerate(data["suppressions"]):
        where = place(index)
        for key in ("until", "made"):
            check_day(entry.get(key), where, key)
        note = Suppression("external", where, entry["reason"].strip(), entry.get("until"), entry.get("by"), entry.get("made"))
        if entry["rule"] == "*" and not entry.keys() & {"text", "campaign", "where"}:
            raise InputError(
                "all rules everywhere cannot be set aside", where=where, hint="Name a rule, a text, a campaign or files (where)."
            )
        campaign = _folded(entry["campaign"]) if "campaign" in entry else None
        rules.append(Rule(entry["rule"], note, entry.get("text"), campaign, entry.get("where")))
    return rules


def settle(results: Sequence[tuple[Any, Checklist]], rules: Sequence[Rule], duties: Collection[str], today: str) -> Settled:
    """Each finding with the first suppression that covers it; and a notice for each suppression that has run out, that no finding
    needs although it could be judged, or that names a duty which does not exist.

    Args:
        results: (place, checklist) pairs; a place has a name, an id, a line and a campaign. A page's posts are settled each by itself.
        rules: the suppressions, as read.
        duties: the ids of all duties.
        today: ISO date; a suppression holds on its last day.
    """
    settled = Settled([])
    alive = []
    for rule in rules:
        if rule.duty != "*" and rule.duty not in duties and not rule.duty.startswith("declared."):
            known = nearest(rule.duty, duties, "See `adcheck rules list`.")
            settled.notices.append(f"{rule.note.where}: no rule is called {rule.duty!r}. {known}")
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
        posts = []
        for post in checklist.posts or (checklist,):
            mine = [number for number, rule in enumerate(alive) if _covers(rule, number, index, place, post, meant)]
            posts.append(_marked(post, [(number, alive[number]) for number in mine], used))
            ids = {item.duty for item in post.items}
            # A duty of a market that is judged in another run says nothing here; a statement has an item only where it is contradicted.
            judged |= {number for number in mine if alive[number].duty in {"*", *ids} or alive[number].duty.startswith("declared.")}
        settled.results.append((place, joined(posts) if checklist.posts else posts[0]))
    files = {place.name for place, _ in results}
    settled.notices.extend(
        f"{rule.note.where}: there is no post below adcheck-ignore-next; it sets nothing aside."
        for number, rule in enumerate(alive)
        if rule.after and number not in meant and rule.name in files
    )
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

    return replace(checklist, items=tuple(map(mark, checklist.items)))


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
    if rule.entry is not None:
        return place.name == rule.name and rule.entry in place.ignore
    if rule.name is not None:
        return meant.get(number) == index if rule.after else place.name == rule.name
    if rule.text is not None and text_fingerprint(checklist.document) != rule.text:
        return False
    if rule.campaign is not None and (place.campaign is None or _folded(place.campaign) != rule.campaign):
        return False
    origin = checklist.document.origin
    names = (place.name, origin.url or "" if origin is not None else "", place.id or "")
    return rule.file is None or any(name and matches(name, rule.file) for name in names)


def _folded(campaign: str) -> str:
    return campaign.strip().casefold()


def matches(name: str, pattern: str) -> bool:
    """Whether a file name or address fits: `*` within a folder, `**` over folders; a folder means all that is in it."""
    pattern = re.sub(r"(?:\*\*/)+", "**/", pattern.removeprefix("./").rstrip("/"))  # one means all
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", re.sub(r"\*{3,}", "**", pattern))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = "".join(meaning.get(token) or re.escape(token) for token in tokens)
    return re.fullmatch(f"{expression}(?:/.*)?", name.removeprefix("./"), re.DOTALL) is not None


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"


def check_day(value: str | None, where: str, key: str) -> None:
    """Whether a value is a day.

    Raises:
        InputError: it is not.
    """
    if value is not None:
        try:
            datetime.date.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"{key}: {value!r} is not a date", where=where, hint="Write it as 2027-01-31.") from error
