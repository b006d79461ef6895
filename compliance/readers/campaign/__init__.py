"""Campaign files → posts: Markdown with front matter, tables and sheets, JSON, YAML, Parquet, and what schedulers send.

One reader a format gives rows with their places; the mapping says which value is what; here they become Documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from compliance.errors import AdcheckError, InputError, TooBigError
from compliance.intake import Scheduler
from compliance.model import Document, Mark
from compliance.readers.campaign.around import OF_A_LIST, OF_A_PAYLOAD, Around, read_around
from compliance.readers.campaign.cells import read_flag
from compliance.readers.campaign.columnar import read_parquet
from compliance.readers.campaign.encoding import decode
from compliance.readers.campaign.mapping import DECLARED as STATED
from compliance.readers.campaign.mapping import Columns, Mapper
from compliance.readers.campaign.markdown import BODY, read_markdown
from compliance.readers.campaign.objects import no_posts, read_json, read_yaml
from compliance.readers.campaign.payload import Switch, at, flags_by_name, flags_of, posts_in, read_switches, scheduler_of
from compliance.readers.campaign.rows import MOST_BYTES, Row
from compliance.readers.campaign.sheet import read_sheets
from compliance.readers.campaign.table import read_table
from compliance.readers.jsonl import KEYS, Record, read_reach, read_record, without_ignore
from compliance.rulebook import Rulebook

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".parquet": "parquet",
}
"""File name endings → kind of campaign file."""
KINDS = tuple(dict.fromkeys(SUFFIXES.values()))

_ROWS = frozenset({"markdown", "table", "sheet"})
"""Kinds whose rows are written by people: no program's payload."""

Defaults = Callable[[str | None], Mapping[str, Any]]
"""Campaign (as the row names it, or None) → what holds for its posts where the row itself says nothing."""


@dataclass(slots=True)
class Campaign:
    """A campaign file that is being read. `mapper.seen` and `schedulers` tell, after the reading, how it was understood; `silent` are the rows
    that say something and hold no caption, `undated` those whose date cannot be read in one way only, `outer` is what the objects around
    the posts say of them all: key → field."""

    kind: str
    data: bytes
    rulebook: Rulebook
    mapper: Mapper
    defaults: Defaults = lambda _campaign: {}
    schedulers: dict[str, Scheduler] = field(default_factory=dict)
    silent: list[int] = field(default_factory=list)
    undated: list[int] = field(default_factory=list)
    outer: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mapper.flags = flags_by_name(self.rulebook.schedulers)

    def records(self) -> Iterator[Record]:
        """The posts, each with its place or its error; `error.where` is `:line` or `:line/field`.

        Raises:
            InputError: the file as a whole cannot be read, or holds no post.
            TooBigError: over 50 MB.
        """
        if len(self.data) > MOST_BYTES:
            raise TooBigError("the file is larger than 50 MB", hint="Use adcheck scan, or JSONL, which is read as a stream.")
        keys: Mapping[str, Any] | None = None
        number = 0
        for row in self._rows():
            if row.error is not None:
                number += 1
                yield Record(row.line, None, (), row.error, row=row.row)
                continue
            values, own = without_ignore(row.values)
            ignore = tuple((row.place(name).line, words) for name, words in own)
            row = replace(row, values=values)
            keys = keys or row.values
            for record in self.posts(row):
                number += 1
                yield replace(record, ignore=ignore) if self.kind != "markdown" else record  # whose front matter speaks for the file
        if self.kind != "parquet":
            self.mapper.check_chosen()
        if not number:
            raise no_posts(keys, [heading for columns in self.mapper.seen.values() for heading, _ in columns.texts])

    def line(self, data: Mapping[str, Any], number: int) -> Iterator[Record]:
        """The posts of a line of JSONL."""
        return self.posts(Row(data, number))

    def posts(self, row: Row) -> Iterator[Record]:
        """The posts of one row or object: a payload's, one in Adcheck's own words, or one whose fields are mapped."""
        scheduler = self._scheduler(row.values)
        if scheduler is not None:
            self.schedulers[scheduler.id] = scheduler
            yield from self._payload(row, scheduler)
        elif self._is_own(row.values):
            yield from self._own(row)
        else:
            row = replace(row, values={**row.values, **self._inner_switches(row.values)})
            yield from self._row(row, self.mapper.of(tuple(row.values)))

    def _inner_switches(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The switches in the objects of an object, such as `settings.is_aigc`."""
        inner = ((f"{key}.{name}", item) for key, value in values.items() if isinstance(value, dict) for name, item in value.items())
        return {path: item for path, item in inner if flags_of(path, self.mapper.flags)}

    def _scheduler(self, values: Mapping[str, Any]) -> Scheduler | None:
        """The format of a payload; None for a row, or an object that says of which platform, market or campaign it is: its switches are
        columns among others."""
        if self.kind in _ROWS:
            return None
        scheduler = scheduler_of(values, self.rulebook)
        is_flat = scheduler is not None and scheduler.each is None and any("." not in path for path in scheduler.text)
        return None if is_flat and self.mapper.is_told(values) else scheduler

    def _is_own(self, values: Mapping[str, Any]) -> bool:
        """Whether an object is a record of Adcheck's own, with what no column holds."""
        own = {"html"} if self.kind in _ROWS else {STATED, "html", "image"}
        if self.kind == "jsonl" and not self.mapper.chosen:
            own |= {"text"}
            return bool(own & values.keys()) or not self._is_post(values)
        return any(values.get(key) is not None for key in own) and values.keys() <= set(KEYS)

    def _rows(self) -> Iterator[Row]:
        if self.kind == "sheet":
            return read_sheets(self.data, self.mapper.fit)
        if self.kind == "parquet":
            return read_parquet(self.data)
        text = decode(self.data)
        if self.kind == "table":
            return read_table(text, self.mapper.fit)
        if self.kind == "markdown":
            return read_markdown(text)
        return (read_json if self.kind == "json" else read_yaml)(text, self._is_post)

    def _is_post(self, data: Mapping[str, Any]) -> bool:
        if scheduler_of(data, self.rulebook) is not None or isinstance(data.get("html"), str):
            return True
        if "declared" in data and isinstance(data.get("text"), str):  # Adcheck's own record
            return True
        keys = tuple(str(key) for key in data)
        return self.mapper.is_post(keys) and any(isinstance(data.get(heading), str) for heading, _ in self.mapper.guess(keys).texts)

    def _own(self, row: Row) -> Iterator[Record]:
        """An object with Adcheck's own keys, as in JSONL."""
        place = row.place("text")
        name = str(row.values["id"]) if row.values.get("id") is not None else None
        try:
            given = {**row.values}
            outer = self._outer(row)
            campaign = given["campaign"] if isinstance(given.get("campaign"), str) else outer.campaign
            own = given.get("declared")
            if own is None or isinstance(own, Mapping):
                given = {**outer.facts, **given, "declared": {**outer.declared, **(own or {})}}
            documents = self._documents(given, campaign)
            text = given.get("text") if place.literal else place.written
            if place.pieces:
                documents = tuple(_in_pieces(document, place.pieces) for document in documents)
            reach, as_of = read_reach(given.get("reach")) or outer.reach, given.get("as_of")
            at_field = "text" if self.kind != "jsonl" else None
            yield Record(place.line, name, documents, None, reach, as_of, row.row, place.column, at_field, text, campaign)
        except AdcheckError as error:
            error.where = f":{row.line}{error.where}"
            yield Record(row.line, name, (), error, row=row.row)

    def _payload(self, row: Row, scheduler: Scheduler) -> Iterator[Record]:
        for post, marks, path in posts_in(row.values, scheduler, self.rulebook):
            place = row.place(path)
            as_of = post.pop("as_of", None)
            switched = post.pop("declared", {})
            try:
                told = read_around(
                    self.mapper.guess(tuple(row.values)), row.values, self.mapper, self.rulebook, row.where, OF_A_PAYLOAD
                ).within(self._outer(row))
                post = {**told.facts, **post, "declared": told.declared}
                documents = self._documents(post, told.campaign, marks, switched)
                is_written = post["text"] == at(row.values, path)
                text = post["text"] if place.literal else place.written
                if is_written and place.pieces:
                    documents = tuple(_in_pieces(document, place.pieces) for document in documents)
                text = text if is_written else None
                name = str(row.values["id"]) if isinstance(row.values.get("id"), (str, int)) else None
                yield Record(place.line, name, documents, None, told.reach, as_of, row.row, place.column, path, text, told.campaign)
            except AdcheckError as error:
                error.where = error.where if error.where.startswith(":") else f":{place.line}/{path}"
                yield Record(place.line, None, (), error, row=row.row)

    def _row(self, row: Row, columns: Columns) -> Iterator[Record]:
        try:
            told = read_around(columns, row.values, self.mapper, self.rulebook, row.where).within(self._outer(row))
            switches = list(self._switches(row, columns))
        except AdcheckError as error:
            yield Record(row.line, None, (), error, row=row.row)
            return
        captions = [(heading, language) for heading, language in columns.texts if _is_text(row.values.get(heading))]
        if row.row is not None and not captions and sum(_is_text(value) for value in row.values.values()) > 1:
            self.silent.append(row.row or row.line)
        if captions and told.is_undated:
            self.undated.append(row.row or row.line)
        special = {columns.platforms[heading] for heading, _ in captions if heading in columns.platforms}
        for heading, language in captions:
            text = row.values[heading]
            place = row.place(heading)
            named = columns.platforms.get(heading)
            fitting = [item for item in told.platforms if (item[0] not in special if named is None else item[0] == named)]
            if told.platforms and not fitting and named is None:
                continue  # each of its platforms has a caption of its own
            own: list[tuple[str | None, str | None]] = [*fitting] or [(named, None)]
            for platform, surface in own:
                post = {**told.facts, "text": text, "declared": told.declared}
                post |= {key: value for key, value in (("platform", platform), ("surface", surface), ("language", language)) if value}
                if platform is None or platform not in self.rulebook.columns.titled:
                    post.pop("title", None)
                label = (
                    "/".join(part for part in (told.id, platform if len(told.platforms) > 1 or named else None, language) if part) or None
                )
                try:
                    documents = self._documents(post, told.campaign, *read_switches(switches, platform, "payload"))
                except AdcheckError as error:
                    error.where = f":{place.line}/{heading}"
                    yield Record(place.line, label, (), error, row=row.row, column=place.column, field=heading)
                    continue
                raw = text if place.literal else place.written
                if place.pieces:
                    documents = tuple(_in_pieces(document, place.pieces) for document in documents)
                field_ = None if heading == BODY else f"{row.sheet}!{heading}" if row.sheet else heading
                yield Record(place.line, label, documents, None, told.reach, told.as_of, row.row, place.column, field_, raw, told.campaign)

    def _switches(self, row: Row, columns: Columns) -> Iterator[Switch]:
        for heading, flags in columns.flags.items():
            for flag in flags:
                try:
                    yield flag, heading, read_flag(row.values.get(heading), flag, self.mapper)
                except InputError as error:
                    error.where = row.where(heading)
                    raise

    def _outer(self, row: Row) -> Around:
        """What the objects say in which a post stands."""
        if not row.around:
            return Around()
        outer = read_around(self.mapper.guess(tuple(row.around)), row.around, self.mapper, self.rulebook, None, OF_A_LIST)
        self.outer.update(outer.used)
        return outer

    def _documents(
        self,
        post: Mapping[str, Any],
        campaign: str | None,
        marks: tuple[Mark, ...] = (),
        switched: Mapping[str, Any] = MappingProxyType({}),
    ) -> tuple[Document, ...]:
        """The Documents of a post: its own facts win over the defaults', which win over what its switches say."""
        defaults = self.defaults(campaign)
        own = post.get("declared")
        if own is not None and not isinstance(own, Mapping):
            return read_record({**defaults, **post}, self.rulebook)  # which says what is wrong
        around = {key: value for key, value in defaults.items() if key != "surface" or "platform" not in post}
        declared = {**switched, **defaults.get("declared", {}), **(own or {})}
        documents = read_record({**around, **post, "declared": declared}, self.rulebook)
        return tuple(replace(document, marks=(*document.marks, *marks)) for document in documents) if marks else documents


def _in_pieces(document: Document, pieces: tuple[tuple[int, int, int], ...]) -> Document:
    first, *others = document.segments
    return replace(document, segments=(replace(first, pieces=pieces), *others))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


__all__ = ["KEYS", "KINDS", "SUFFIXES", "Campaign", "Mapper", "decode", "scheduler_of"]
