"""One record per post, in the fields that regulators count (`docs/scan.md` says what each means), as Arrow columns.

Columns are filled as plain lists, and what is the same for equal facts is written once per batch and taken by index.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from compliance.bulk.columns import shown
from compliance.bulk.markets import Judgement
from compliance.model import Disclosure, Document, Facts, Place, Signal, Tri

_TEXT = pa.string()
VERDICT = pa.struct([(name, _TEXT) for name in ("market", "topic", "outcome", "duty", "severity", "gate", "reason", "label", "place")])
EVIDENCE = pa.struct(
    [("kind", _TEXT), ("id", _TEXT), ("segment", _TEXT), ("start", pa.int32()), ("end", pa.int32()), ("quote", _TEXT), ("effect", _TEXT)]
)
_LIST = pa.list_(_TEXT)

FIELDS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("id", _TEXT, "the post's id in the dump"),
    ("source", _TEXT, "the file it stands in"),
    ("row", pa.int64(), "its row or line in that file, from 1"),
    ("url", _TEXT, "its address, as the dump gives it"),
    ("author", _TEXT, "the account"),
    ("date", _TEXT, "when it was posted (ISO 8601)"),
    ("week", _TEXT, "the ISO week of that date"),
    ("platform", _TEXT, "platform"),
    ("surface", _TEXT, "surface of the platform"),
    ("language", _TEXT, "language of the post: as given, else guessed"),
    ("language_from", _TEXT, "given or guessed"),
    ("follower_band", _TEXT, "as the dump gives it"),
    ("sector", _TEXT, "as the dump gives it"),
    ("stratum", _TEXT, "stratum of a stratified sample"),
    ("weight", pa.float64(), "how many posts of the dump this one stands for"),
    ("outcome", _TEXT, "the worst outcome in any market"),
    ("outcomes", pa.map_(_TEXT, _TEXT), "outcome by market"),
    ("verdicts", pa.list_(VERDICT), "the worst verdict by market and topic, where a duty applies"),
    ("commercial", _TEXT, "whether it is commercial: yes, unknown, no"),
    ("connection", _LIST, "material connections seen: paid, gifted, affiliate …"),
    ("cues", _LIST, "ids of the commercial cues found"),
    ("disclosure_present", _TEXT, "none, attempted (disguised, hidden, behind the fold, elsewhere) or present"),
    ("disclosure_label", _TEXT, "the advertising label that stands best"),
    ("disclosure_place", _TEXT, "where it stands"),
    ("disclosure_language", _TEXT, "its language"),
    ("labels", _LIST, "all labels found, of whatever meaning"),
    ("platform_label_used", _TEXT, "the platform's own label: yes, no, unknown"),
    ("advertiser_identified", _TEXT, "whether a brand or account is named"),
    ("own_brand", _TEXT, "yes or no"),
    ("trader_identified", _TEXT, "whether the post itself says who is behind it"),
    ("sensitive_topics", _LIST, "health, finance, safety, children"),
    ("claims", _LIST, "claims made"),
    ("claims_uncertain", _LIST, "claims that may be made"),
    ("ai_persona", _TEXT, "whether the person shown is made by AI: yes, unknown, no"),
    ("ai_persona_disclosed", _TEXT, "where that is said; null where it is not"),
    ("ai_content", _TEXT, "whether the content is made or altered by AI"),
    ("ai_content_disclosed", _TEXT, "where that is said; null where it is not"),
    ("experience_claim_by_ai", _TEXT, "an experience told by an AI persona: yes, unknown, no"),
    ("expert_claim_by_ai", _TEXT, "an expert's authority claimed by an AI persona: yes, unknown, no"),
    ("contradictions", _LIST, "declared facts that the text contradicts"),
    ("evidence", pa.list_(EVIDENCE), "every cue and label with its exact place: code points in the named segment"),
    ("text_sha256", _TEXT, "SHA-256 of the texts judged"),
    ("captured_at", _TEXT, "as the dump gives it"),
    ("captured_by", _TEXT, "as the dump gives it"),
    ("as_of", _TEXT, "the date whose law was applied"),
    ("rulebook", _TEXT, "digest of the rulebook"),
)
SCHEMA = pa.schema([pa.field(name, kind, metadata={"description": text}) for name, kind, text in FIELDS])

_TRI = {Tri.NO: "no", Tri.UNKNOWN: "unknown", Tri.YES: "yes"}
_CLAIMS = ("experience_claim", "human_identity_claim", "expert_claim", "health_claim", "financial_claim", "safety_critical", "urgency")
_TOPICS = {"health_claim": "health", "financial_claim": "finance", "safety_critical": "safety", "child_directed": "children"}
_RANK = {place: index for index, place in enumerate(Place)}
_ATTEMPTED = frozenset({Place.AFTER_FOLD, Place.OTHER_SEGMENT, Place.HIDDEN})
_GIVEN = ("id", "url", "author", "captured_at", "captured_by", "follower_band", "sector")
_SHARED = ("outcomes", "verdicts", "evidence")


_TIMES = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z", "%Y/%m/%d %H:%M:%S")
"""Dates other than ISO that can be read in one way only: of X, of mail and feeds, of spreadsheets."""


def iso_time(value: Any) -> str | None:
    """A date or time of a dump as ISO 8601, UTC for Unix seconds and milliseconds; None where it is no such thing (31/12/2026, which could
    be read in two ways)."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdigit() and len(value) in {10, 13}):
        seconds = float(value) / (1000 if float(value) > 1e11 else 1)
        try:
            return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
        except (OverflowError, ValueError, OSError):
            return None
    text = str(value).strip()
    try:
        datetime.date.fromisoformat(text[:10])
        return text
    except ValueError:
        pass
    for form in _TIMES:
        with contextlib.suppress(ValueError):
            return datetime.datetime.strptime(text, form).isoformat()
    return None


def week_of(value: Any) -> str | None:
    """The ISO week (2026-W48) of a date, or None."""
    time = iso_time(value) if value is not None else None
    if time is None:
        return None
    year, week, _ = datetime.date.fromisoformat(time[:10]).isocalendar()
    return f"{year}-W{week:02d}"


class Batch:
    """Records being gathered; `table()` hands them over as one Arrow batch and starts anew."""

    def __init__(self, rulebook: str) -> None:
        self._rulebook = rulebook
        self.undated = 0
        """So many posts had a date that could not be read."""
        self._clear()

    def _clear(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names if name not in _SHARED}
        self._shapes: dict[int, int] = {}
        self._judgements: list[Judgement] = []
        self._shape_of: list[int] = []
        self._evidence: dict[str, list[Any]] = {field.name: [] for field in EVIDENCE}
        self._ends = [0]

    def __len__(self) -> int:
        return len(self._shape_of)

    def add(
        self,
        source: str,
        row: int,
        post: Mapping[str, Any],
        document: Document,
        signals: tuple[Signal, ...],
        facts: Facts,
        judgement: Judgement,
        language: str | None,
        as_of: str,
        stratum: str | None,
        weight: float,
    ) -> None:
        """Append the record of one judged post; `language` is the one guessed for a post for which the judgement needed none."""
        values = {**_described(post), **_found(document, signals, facts), "outcome": judgement.outcome}
        if values["language"] is None and language is not None:
            values.update(language=language, language_from="guessed")
        values.update(source=source, row=row, stratum=stratum, weight=weight, as_of=as_of, rulebook=self._rulebook)
        for name, column in self._columns.items():
            column.append(values[name])
        shape = self._shapes.get(id(judgement))
        if shape is None:
            shape = self._shapes[id(judgement)] = len(self._judgements)
            self._judgements.append(judgement)
        self._shape_of.append(shape)
        self.undated += values["date"] is None and post.get("date") is not None
        spans = self._evidence
        for signal in signals:
            segment = document.segments[signal.span.segment]
            spans["kind"].append(signal.kind)
            spans["id"].append(signal.id)
            spans["segment"].append(segment.scope)
            spans["start"].append(signal.span.start)
            spans["end"].append(signal.span.end)
            spans["quote"].append(segment.text[signal.span.start : signal.span.end])
            spans["effect"].append("obscured" if signal.obscured else signal.effect)
        self._ends.append(len(spans["kind"]))

    def table(self) -> pa.RecordBatch:
        """All records since the last call."""
        taken = pa.array(self._shape_of, pa.int32())
        shared = {
            "outcomes": pa.array([judgement.outcomes for judgement in self._judgements], SCHEMA.field("outcomes").type).take(taken),
            "verdicts": pa.array([judgement.verdicts for judgement in self._judgements], SCHEMA.field("verdicts").type).take(taken),
            "evidence": pa.ListArray.from_arrays(
                pa.array(self._ends, pa.int32()),
                pa.StructArray.from_arrays([pa.array(self._evidence[field.name], field.type) for field in EVIDENCE], fields=list(EVIDENCE)),
            ),
        }
        arrays = [shared[field.name] if field.name in shared else pa.array(self._columns[field.name], field.type) for field in SCHEMA]
        self._clear()
        return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _described(post: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: None if post.get(name) is None else _plain(shown(post[name])) for name in _GIVEN}
    values["date"] = iso_time(post["date"]) if post.get("date") is not None else None
    values["week"] = week_of(values["date"])
    return values


def _plain(text: str) -> str:
    """Half surrogates, which JSON can carry and no file can, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _found(document: Document, signals: tuple[Signal, ...], facts: Facts) -> dict[str, Any]:
    fact = facts.values
    value = {name: found.value for name, found in fact.items()}
    labels = [item for item in facts.disclosures if not item.negated]
    advertising = _best(labels, "sponsorship")
    persona = value["ai_persona"]
    return {
        "platform": document.platform,
        "surface": document.surface,
        "language": facts.language,
        "language_from": None if facts.language is None else "given" if facts.language_known else "guessed",
        "commercial": _TRI[value["commercial"]],
        "connection": sorted(facts.connection),
        "cues": list(dict.fromkeys([witness.id for witness in fact["commercial"].witnesses])),
        "disclosure_present": _presence(advertising),
        "disclosure_label": advertising.label if advertising else None,
        "disclosure_place": advertising.place.value if advertising else None,
        "disclosure_language": advertising.language if advertising else None,
        "labels": list(dict.fromkeys([item.label for item in labels])),
        "platform_label_used": _platform_label(document, labels),
        "advertiser_identified": _TRI[value["brand_named"]],
        "own_brand": "yes" if "own_brand" in facts.connection else "no",
        "trader_identified": _TRI[value["trader_identified"]],
        "sensitive_topics": [topic for name, topic in _TOPICS.items() if value[name] is Tri.YES],
        "claims": [name for name in _CLAIMS if value[name] is Tri.YES],
        "claims_uncertain": [name for name in _CLAIMS if value[name] is Tri.UNKNOWN],
        "ai_persona": _TRI[persona],
        "ai_persona_disclosed": _place(_best(labels, "ai_persona")),
        "ai_content": _TRI[value["ai_content"]],
        "ai_content_disclosed": _place(_best(labels, "ai_content")),
        "experience_claim_by_ai": _TRI[min(persona, value["experience_claim"])],
        "expert_claim_by_ai": _TRI[min(persona, value["expert_claim"])],
        "contradictions": [name for name, _ in facts.contradictions],
        "text_sha256": hashlib.sha256("\0".join([segment.text for segment in document.segments]).encode()).hexdigest(),
    }


def _best(labels: list[Disclosure], means: str) -> Disclosure | None:
    return min((item for item in labels if item.means == means), key=lambda item: (item.obscured, _RANK[item.place]), default=None)


def _place(label: Disclosure | None) -> str | None:
    return label.place.value if label is not None else None


def _presence(label: Disclosure | None) -> str:
    if label is None:
        return "none"
    return "attempted" if label.obscured or label.place in _ATTEMPTED else "present"


def _platform_label(document: Document, labels: list[Disclosure]) -> str:
    if any(item.place is Place.PLATFORM and item.means == "sponsorship" for item in labels):
        return "yes"
    return "no" if document.declared.platform_label is False else "unknown"
