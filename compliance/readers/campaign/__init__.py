"""Campaign files → posts: Markdown with front matter, tables and sheets, JSON, YAML, Parquet, and what schedulers send.

One reader a format gives rows with their places; the mapping says which value is what; here they become Documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compliance.errors import AdcheckError, InputError, TooBigError
from compliance.intake import Scheduler
from compliance.model import Document
from compliance.readers.campaign.cells import (
    DECLARED,
    read_choice,
    read_date,
    read_language_cell,
    read_markets,
    read_platforms,
    read_surface,
    stated,
)
from compliance.readers.campaign.columnar import read_parquet
from compliance.readers.campaign.encoding import decode
from compliance.readers.campaign.mapping import Columns, Mapper
from compliance.readers.campaign.markdown import BODY, has_front_matter, read_markdown
from compliance.readers.campaign.objects import no_posts, read_json, read_yaml
from compliance.readers.campaign.payload import posts_in, scheduler_of
from compliance.readers.campaign.rows import MOST_BYTES, Row
from compliance.readers.campaign.sheet import read_sheets
from compliance.readers.campaign.table import read_table
from compliance.readers.jsonl import KEYS, Record, read_reach, read_record, read_scheduled, without_ignore
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

Defaults = Callable[[str | None], Mapping[str, Any]]
"""Campaign (as the row names it, or None) → what holds for its posts where the row itself says nothing."""


@dataclass(slots=True)
class Campaign:
    """A campaign file that is being read. `mapper.seen` and `schedulers` tell, after the reading, how it was understood."""

    kind: str
    data: bytes
    rulebook: Rulebook
    mapper: Mapper
    defaults: Defaults = lambda _campaign: {}
    schedulers: dict[str, Scheduler] = field(default_factory=dict)

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
            scheduler = scheduler_of(row.values, self.rulebook)
            if scheduler is not None:
                self.schedulers[scheduler.id] = scheduler
                found = self._payload(row, scheduler)
            elif "declared" in row.values or set(row.values) & {"html", "image"}:
                found = self._own(row)
            else:
                columns = self.mapper.of(tuple(row.values))
                keys = keys or row.values
                found = self._row(row, columns)
            for record in found:
                number += 1
                yield replace(record, ignore=ignore) if self.kind != "markdown" else record  # whose front matter speaks for the file
        if self.kind != "parquet":
            self.mapper.check_chosen()
        if not number:
            raise no_posts(keys)

    def _rows(self) -> Iterator[Row]:
        if self.kind == "sheet":
            return read_sheets(self.data, self.mapper.has_text)
        if self.kind == "parquet":
            return read_parquet(self.data)
        text = decode(self.data)
        if self.kind == "table":
            return read_table(text, self.mapper.has_text)
        if self.kind == "markdown":
            return read_markdown(text)
        return (read_json if self.kind == "json" else read_yaml)(text, self._is_post)

    def _is_post(self, data: Mapping[str, Any]) -> bool:
        if scheduler_of(data, self.rulebook) is not None or isinstance(data.get("html"), str):
            return True
        if "declared" in data and isinstance(data.get("text"), str):  # Adcheck's own record
            return True
        keys = tuple(str(key) for key in data)
        return self.mapper.is_post(keys) and any(isinstance(data.get(heading), str) for heading, _ in self.mapper.texts(keys))

    def _own(self, row: Row) -> Iterator[Record]:
        """An object with Adcheck's own keys, as in JSONL."""
        place = row.place("text")
        try:
            given = {**row.values}
            campaign = given["campaign"] if isinstance(given.get("campaign"), str) else None
            defaults = self.defaults(campaign)
            declared = {**defaults.get("declared", {}), **(given.pop("declared", None) or {})}
            documents = read_record({**defaults, **given, "declared": declared}, self.rulebook)
            text = given.get("text") if place.literal else None
            name = str(given["id"]) if given.get("id") is not None else None
            reach, as_of = read_reach(given.get("reach")), given.get("as_of")
            yield Record(place.line, name, documents, None, reach, as_of, row.row, place.column, "text", text, campaign)
        except AdcheckError as error:
            error.where = f":{row.line}{error.where}"
            yield Record(row.line, None, (), error, row=row.row)

    def _payload(self, row: Row, scheduler: Scheduler) -> Iterator[Record]:
        for post, marks, path in posts_in(row.values, scheduler, self.rulebook):
            place = row.place(path)
            as_of = post.pop("as_of", None)
            try:
                documents = read_scheduled(post, marks, self.rulebook, self.defaults(None))
                text = post["text"] if place.literal else None
                yield Record(place.line, None, documents, None, None, as_of, row.row, place.column, path, text)
            except AdcheckError as error:
                error.where = f":{place.line}/{path}"
                yield Record(place.line, None, (), error, row=row.row)

    def _row(self, row: Row, columns: Columns) -> Iterator[Record]:
        try:
            facts, platforms, reach, as_of, name, campaign = self._around(row, columns)
        except AdcheckError as error:
            yield Record(row.line, None, (), error, row=row.row)
            return
        for heading, language in columns.texts:
            text = row.values.get(heading)
            if not isinstance(text, str) or not text.strip():
                continue
            place = row.place(heading)
            own: list[tuple[str | None, str | None]] = [*platforms] or [(None, None)]
            for platform, surface in own:
                post = {**facts, "text": text}
                post |= {key: value for key, value in (("platform", platform), ("surface", surface), ("language", language)) if value}
                label = "/".join(part for part in (name, platform if len(platforms) > 1 else None, language) if part) or None
                try:
                    documents = self._documents(post, campaign)
                except AdcheckError as error:
                    error.where = f":{place.line}/{heading}"
                    yield Record(place.line, label, (), error, row=row.row, column=place.column, field=heading)
                    continue
                raw = text if place.literal else None
                field_ = None if heading == BODY else f"{row.sheet}!{heading}" if row.sheet else heading
                yield Record(place.line, label, documents, None, reach, as_of, row.row, place.column, field_, raw, campaign)

    def _around(
        self, row: Row, columns: Columns
    ) -> tuple[dict[str, Any], list[tuple[str, str | None]], tuple[str, ...] | None, str | None, str | None, str | None]:
        """All that a row says beside its captions."""
        facts: dict[str, Any] = {}
        declared: dict[str, Any] = {}
        platforms: list[tuple[str, str | None]] = []
        found: dict[str, Any] = {}
        for key, heading in columns.fields.items():
            text = stated(row.values.get(heading) if row.values.get(heading) is not None else "", self.mapper)
            if not text:
                continue
            try:
                if key == "platform":
                    platforms = read_platforms(text, self.mapper, self.rulebook)
                elif key == "reach":
                    found[key] = read_markets(text, self.mapper, self.rulebook)
                elif key == "surface":
                    found[key] = read_surface(text, self.mapper)
                elif key == "language":
                    facts[key] = read_language_cell(text, self.mapper)
                elif key in DECLARED:
                    declared[key] = read_choice(key, text, self.mapper)
                elif key == "date":
                    declared[key], found[key] = text, read_date(text)
                elif key in {"author", "bio", "first_comment"}:
                    facts[key] = text
                else:
                    found[key] = text
            except InputError as error:
                error.where = f":{row.place(heading).line}/{heading}"
                raise
        if declared:
            facts["declared"] = declared
        surface = found.get("surface")
        platforms = [(name, own or self._surface(name, surface)) for name, own in platforms]
        return facts, platforms, found.get("reach"), found.get("date"), found.get("id"), found.get("campaign")

    def _surface(self, platform: str, surface: str | None) -> str | None:
        """The surface, where that platform has it: a column "Reel" beside two platforms is meant for the one that has reels."""
        return surface if surface in self.rulebook.platforms[platform].surfaces else None

    def _documents(self, post: Mapping[str, Any], campaign: str | None) -> tuple[Document, ...]:
        defaults = self.defaults(campaign)
        around = {key: value for key, value in defaults.items() if key != "surface" or "platform" not in post}
        declared = {**defaults.get("declared", {}), **post.get("declared", {})}
        return read_record({**around, **post, "declared": declared}, self.rulebook)


__all__ = ["KEYS", "KINDS", "SUFFIXES", "Campaign", "Mapper", "decode", "has_front_matter", "scheduler_of"]
