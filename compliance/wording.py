"""Verdict → the words of an item: message, evidence, law, advice. All sentences are data (`rules/messages.yaml`, `messages:` of a duty)."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from compliance.evaluate import Verdict
from compliance.model import Disclosure, Document, Facts, Gate, Item, LawRef, Mark, Outcome, Place, Severity, Signal, Span, Witness
from compliance.rulebook import Rulebook
from compliance.rules import Duty, Law, Texts
from compliance.text import Covers

_MOST_LABELS = 3


def item_of(verdict: Verdict, document: Document, facts: Facts, rulebook: Rulebook, language: str) -> Item:
    """The item that reports `verdict`."""
    duty = verdict.duty
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        return _not_applicable(duty, rulebook, language)
    disclosure = facts.disclosures[verdict.disclosure] if verdict.disclosure >= 0 else None
    evidence = _evidence(verdict, facts, disclosure)
    return Item(
        duty=duty.id,
        jurisdiction=duty.jurisdiction,
        outcome=verdict.outcome,
        gate=verdict.gate,
        reason=verdict.reason,
        evidence=evidence,
        disclosure=disclosure,
        title=_in(duty.title, language),
        topic=duty.topic,
        severity=duty.severity,
        message=_message(verdict, evidence, disclosure, document, rulebook, language),
        law=_law(duty, verdict.gate, disclosure.label if disclosure is not None else None),
        advice=_advice(duty, verdict, language),
        certainty=_certainty(duty, verdict.outcome, verdict.gate, disclosure.label if disclosure is not None else None),
    )


@functools.lru_cache(maxsize=4096)
def _not_applicable(duty: Duty, rulebook: Rulebook, language: str) -> Item:
    return Item(
        duty=duty.id,
        jurisdiction=duty.jurisdiction,
        outcome=Outcome.NOT_APPLICABLE,
        title=_in(duty.title, language),
        topic=duty.topic,
        severity=duty.severity,
        message=_topic_text(rulebook, duty, "not_applicable", language),
        law=tuple(_ref(law) for law in duty.law.values())[:1],
        certainty=_how_read(duty.first_law),
    )


def contradiction_item(fact: str, witnesses: tuple[Witness, ...], rulebook: Rulebook, language: str) -> Item:
    """An item of its own for a declaration or a switch that the text contradicts, or that nothing in the text bears out (`…_alone`)."""
    texts = rulebook.messages.get("contradictions", {}).get(fact)
    fallback = {"en": "What was declared does not fit the text.", "nl": "Wat is opgegeven past niet bij de tekst."}
    titles = {"en": "The declaration fits the text", "nl": "De opgave past bij de tekst"}
    return Item(
        duty=f"declared.{fact.replace('_', '-')}",
        jurisdiction="declared",
        outcome=Outcome.NEEDS_REVIEW,
        reason=f"contradicted:{fact}",
        evidence=witnesses,
        title=_in(titles, language),
        topic="declared",
        severity=Severity.MINOR if fact.endswith("_alone") else Severity.MODERATE,
        message=_in(texts or fallback, language),
    )


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts["en"]


def _ref(law: Law) -> LawRef:
    return LawRef(law.cite, law.url, law.authority, law.certainty, law.checked)


@functools.lru_cache(maxsize=8192)
def _law(duty: Duty, gate: Gate | None, label: str | None) -> tuple[LawRef, ...]:
    """The duty's main source, and the one that the verdict on this label or place rests on."""
    laws = [duty.first_law]
    if label is not None:
        laws.extend(row.law for row in duty.rows.get(label, ()))
    if duty.disclosure is not None and gate is Gate.PLACEMENT:
        laws.append(duty.disclosure.place_law)
    if duty.disclosure is not None and gate is Gate.LANGUAGE:
        laws.append(duty.disclosure.language_law)
    return tuple(dict.fromkeys(_ref(law) for law in laws))


@functools.lru_cache(maxsize=8192)
def _certainty(duty: Duty, outcome: Outcome, gate: Gate | None, label: str | None) -> str:
    """How surely the law that decided was read: that of the place or language where these decided, of the label's row where that did."""
    demand = duty.disclosure
    if demand is not None and gate is Gate.PLACEMENT:
        return _how_read(demand.place_law)
    if demand is not None and gate is Gate.LANGUAGE:
        return _how_read(demand.language_law)
    rows = duty.rows.get(label, ()) if label is not None and gate is not Gate.MISSING else ()
    if outcome is Outcome.PASS:
        rows = tuple(row for row in rows if row.verdict in {"accepted", "qualified"})
    return _how_read(rows[0].law if rows else duty.first_law)


def _how_read(law: Law) -> str:
    return law.certainty if law.is_certain else "unsettled"


def _evidence(verdict: Verdict, facts: Facts, disclosure: Disclosure | None) -> tuple[Witness, ...]:
    """The words that caused the verdict: the label that came nearest, else the cues of the facts that brought the duty in."""
    duty = verdict.duty
    if disclosure is not None and verdict.gate is not Gate.MISSING:
        return (Witness(disclosure.source, disclosure.label, disclosure.span),)
    names = _names(duty.facts) if duty.facts else []
    found = [witness for name in names for witness in _witnesses(name, facts)]
    if not found:
        found = [witness for name in _names(duty.applies_when) for witness in _witnesses(name, facts)]
    return _outermost(tuple(dict.fromkeys(found)))


def _outermost(witnesses: tuple[Witness, ...]) -> tuple[Witness, ...]:
    """Of witnesses whose words lie inside another's, only the outer one: two languages may know parts of one wording."""
    spans = [witness.span for witness in witnesses if witness.span is not None]
    covers = Covers((span.start, span.end, span.segment) for span in spans)
    kept: list[Witness] = []
    seen: set[Span] = set()
    for witness in witnesses:
        span = witness.span
        if span is not None:
            if span in seen or covers.hold_in_longer(span.start, span.end, span.segment):
                continue
            seen.add(span)
        kept.append(witness)
    return tuple(kept)


def _names(condition: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for name, value in condition.items():
        if name == "any_of":
            names.extend(inner for part in value for inner in _names(part))
        elif name == "not":
            names.extend(_names(value))
        else:
            names.append(name)
    return names


def _witnesses(name: str, facts: Facts) -> Sequence[Witness]:
    if name in facts.values:
        return facts.values[name].witnesses
    if name == "connection":
        return [witness for witnesses in facts.connection.values() for witness in witnesses]
    return ()


def _message(
    verdict: Verdict,
    evidence: Sequence[Witness],
    disclosure: Disclosure | None,
    document: Document,
    rulebook: Rulebook,
    language: str,
) -> str:
    duty = verdict.duty
    fields = _fields(duty, evidence, disclosure, document, rulebook, language)
    if verdict.outcome is Outcome.PASS:
        text = _topic_text(rulebook, duty, "pass", language)
    else:
        key = verdict.gate.key if verdict.gate is not None else "fact"
        own = duty.messages.get(key)
        text = _in(own, language) if own else _topic_text(rulebook, duty, key, language)
    sentence = text.format_map(fields)
    marks = [rulebook.marks.rules.get(witness.id) for witness in evidence if witness.source == "mark"]
    if verdict.gate is Gate.MISSING and marks:
        # What a platform's own data say, the platform may show in a label that this copy of the page does not hold.
        by_platform = all(rule is not None and rule.places == {"data"} for rule in marks)
        sentence = f"{sentence} {_reason('only_in_data' if by_platform else 'only_in_source', rulebook, language)}".strip()
    if verdict.gate is Gate.OBSCURED and disclosure is not None and disclosure.place is Place.HIDDEN:
        where = rulebook.messages.get("stands")
        sentence = f"{sentence} {_in(where, language).format_map(fields)}" if where else sentence
    if verdict.outcome is Outcome.NEEDS_REVIEW and verdict.reason:
        why = _reason(verdict.reason, rulebook, language)
        if verdict.reason.startswith("uncertain:"):
            if why and marks:
                why = f"{_reason('mark', rulebook, language)} {why}".strip()
            return why or sentence
        return f"{sentence} {why}".strip()
    return sentence


def _topic_text(rulebook: Rulebook, duty: Duty, key: str, language: str) -> str:
    texts = rulebook.messages.get("topics", {}).get(duty.topic, {}).get(key)
    return _in(texts, language) if texts else _in(duty.title, language)


def _reason(reason: str, rulebook: Rulebook, language: str) -> str:
    texts = rulebook.messages.get("reasons", {}).get(reason)
    return _in(texts, language) if texts else ""


def _fields(
    duty: Duty,
    evidence: Sequence[Witness],
    disclosure: Disclosure | None,
    document: Document,
    rulebook: Rulebook,
    language: str,
) -> dict[str, str]:
    quotes = [quote_of(witness, document) for witness in evidence if witness.span is not None]
    place = _place_key(disclosure, document) if disclosure else Place.BEFORE_FOLD.value
    places = rulebook.messages.get("places", {}).get(place)
    written = ""
    if disclosure is not None:
        written = quote_of(Witness("text", disclosure.label, disclosure.span), document) or rulebook.entries[disclosure.label].text
    return {
        **_duty_fields(duty, rulebook, language),
        "label": written,
        "quote": ", ".join(f"“{quote}”" for quote in dict.fromkeys(quotes[:_MOST_LABELS])),
        "place": _in(places, language) if places else place,
    }


def _place_key(disclosure: Disclosure, document: Document) -> str:
    """Where a label stands, as `places` names it; of the profile text, whether it shows or is behind "more"."""
    if disclosure.span is not None and document.segments[disclosure.span.segment].scope == "bio":
        return "bio" if document.segments[disclosure.span.segment].visible else "bio_more"
    return disclosure.place.value


@functools.lru_cache(maxsize=4096)
def _duty_fields(duty: Duty, rulebook: Rulebook, language: str) -> Mapping[str, str]:
    """The words of a sentence that depend on the duty alone: what it accepts, its market, its languages."""
    accepted = [label for label, rows in duty.rows.items() if any(row.verdict == "accepted" and not row.connection for row in rows)]
    best = list(dict.fromkeys([*([duty.fix_label] if duty.fix_label else []), *accepted]))[:_MOST_LABELS]
    named = [f"“{rulebook.entries[label].text}”" for label in best]
    joiner = {"nl": " of "}.get(language, " or ")
    known = rulebook.messages.get("languages", {})
    jurisdiction = rulebook.jurisdictions[duty.jurisdiction]
    return {
        "accepted": joiner.join(([", ".join(named[:-1])] if len(named) > 1 else []) + named[-1:]),
        "market": _in(jurisdiction.name, language),
        "languages": joiner.join(_in(known.get(code, {"en": code}), language) for code in jurisdiction.languages),
    }


def quote_of(witness: Witness, document: Document) -> str:
    """The words of a witness as they stand in the document; empty for one without a span."""
    if witness.span is None:
        return ""
    return document.segments[witness.span.segment].text[witness.span.start : witness.span.end]


def _advice(duty: Duty, verdict: Verdict, language: str) -> str:
    if duty.fix_advice is None or verdict.outcome is Outcome.PASS:
        return ""
    return _in(duty.fix_advice, language)


def says_of(signals: Sequence[Signal], marks: Sequence[Mark], facts: Facts, rulebook: Rulebook, language: str) -> dict[str, str]:
    """For each id of a signal, mark or witness, what a post with it does, in plain words."""
    texts = rulebook.messages.get("witnesses", {})
    combined = {f"combination.{rule.id}": rule.says for rule in rulebook.combinations}
    result = {}
    for signal in signals:
        entry = rulebook.entries.get(signal.id)
        if signal.id in combined:
            result[signal.id] = _in(combined[signal.id], language)
        elif entry is not None:
            result[signal.id] = _in(entry.says, language) if entry.says else _filled(texts.get("label"), language, entry.text)
    networks = {f"network.{network.id}": network for network in rulebook.networks}
    for witness in (witness for fact in facts.values.values() for witness in fact.witnesses):
        if witness.id in networks:
            result[witness.id] = _filled(texts.get(networks[witness.id].kind), language, networks[witness.id].name)
        elif witness.id == "rel-sponsored":
            result[witness.id] = _filled(texts.get("sponsored_link"), language, "")
        elif witness.source == "model":
            result[witness.id] = _filled(texts.get("model"), language, witness.note)
        elif witness.source == "persona":
            result[witness.id] = _filled(texts.get("handle" if witness.id == "handle" else "persona"), language, witness.note)
    for mark in marks:
        if mark.id in rulebook.marks.rules:
            result[mark.id] = _in(rulebook.marks.rules[mark.id].says, language)
    return result


def _filled(texts: Texts | None, language: str, text: str) -> str:
    """The sentence with `text` in its place; `text` alone where the rulebook has no sentence."""
    return _in(texts, language).replace("{text}", text) if texts else text


_NAMED = {
    "topic": "topics_names",
    "gate": "gates",
    "outcome": "outcomes",
    "severity": "severities",
    "certainty": "certainties",
    "status": "statuses",
    "segment": "segments",
    "hidden_by": "hidden_by",
    "weakened_by": "weakened_by",
    "state": "states",
    "place": "places",
    "fact": "facts",
    "value": "values",
    "connection": "connections",
    "kind": "kinds",
    "language": "languages",
    "region": "regions",
    "note": "notes",
    "profile": "profiles",
}


@functools.lru_cache(maxsize=16)
def names_of(rulebook: Rulebook, language: str) -> Mapping[str, str]:
    """Display names by kind and key: `topic.gift`, `jurisdiction.nl`, `segment.bio`."""
    names = {f"jurisdiction.{key}": _in(jurisdiction.name, language) for key, jurisdiction in rulebook.jurisdictions.items()}
    outdated = rulebook.messages.get("outdated_layout")
    if outdated:
        for key in rulebook.layouts:
            names[f"note.layout:{key}"] = _in(outdated, language).format(platform=rulebook.platforms[key].name)
    for kind, section in _NAMED.items():
        names.update({f"{kind}.{key}": _in(texts, language) for key, texts in rulebook.messages.get(section, {}).items()})
    return names
