"""Signals → Facts: the closed list of what the law asks about, each yes, unknown or no, with its witnesses.

Declared facts come first. What the text says can raise a fact, never contradict a declaration in silence: a contradiction is reported.
"""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_left
from collections.abc import Sequence

from compliance.disclosures import find_disclosures
from compliance.intent import commercial_probability, load_model
from compliance.layout import Layout, read_layout
from compliance.lexicon import Lexicon
from compliance.links import PaidLink, is_outgoing, own_host, paid_links
from compliance.model import Document, Fact, Facts, Link, Signal, Tri, Witness
from compliance.persona import read_persona
from compliance.rulebook import Rulebook
from compliance.rules import Surface
from compliance.switches import switch_contradictions
from compliance.text import Token

_NO = Fact(Tri.NO)
_ANY_SURFACE = Surface(100, 500, None, "", "memory")
_MAIN = frozenset({"caption", "title", "body", "first_comment", "platform_label", "overlay", "overlay_faint", "figcaption", "generated"})
_SIMPLE = {
    "experience_claim": "experience",
    "human_identity_claim": "identity",
    "expert_claim": "expert",
    "health_claim": "health",
    "financial_claim": "financial",
    "safety_critical": "safety",
    "safety_notice": "safety_notice",
    "urgency": "urgency",
    "child_directed": "child",
}
_TRI = {"strong": Tri.YES, "medium": Tri.UNKNOWN}


def surface_of(document: Document, rulebook: Rulebook) -> Surface:
    """Where this document's platform cuts a text; a broad guess where no platform is named."""
    if document.platform is None:
        other = rulebook.platforms.get("other")
        return next(iter(other.surfaces.values())) if other else _ANY_SURFACE
    platform = rulebook.platforms[document.platform]
    return platform.surfaces[document.surface or next(iter(platform.surfaces))]


def gather_facts(
    document: Document,
    signals: Sequence[Signal],
    tokens: Sequence[Sequence[Token]],
    lexicon: Lexicon,
    rulebook: Rulebook,
    language: str | None,
    language_known: bool,
) -> Facts:
    """All facts of a document. Pure; reads no text again but the spans that signals name."""
    declared = document.declared
    contradictions: list[tuple[str, tuple[Witness, ...]]] = []
    active = [signal for signal in signals if signal.effect is None]
    links = paid_links(document, rulebook)
    layout = None
    commercial_signals = active
    if document.kind == "page":
        platform = rulebook.platforms.get(document.platform or "blog")
        layout = read_layout(document, active, lexicon, platform.slots if platform else frozenset(), links)
        links = [link for link in links if link.strength != "weak"]
        commercial_signals = _of_a_page(document, active, layout, language)
    by_kind = _by_kind(document, active)
    values: dict[str, Fact] = {}

    connection: dict[str, tuple[Witness, ...]] = {}
    commercial = by_kind if layout is None else _by_kind(document, commercial_signals)
    values["commercial"] = _commercial(document, signals, tokens, active, commercial, lexicon, links, connection, contradictions)
    if values["commercial"].value is not Tri.NO and not connection:
        connection["unknown"] = ()

    values["ai_persona"], persona = read_persona(
        document, active, lexicon, rulebook, contradictions, _marks(document, "ai_persona", "strong", "medium")
    )
    values["ai_content"] = _ai_content(document, active, lexicon, contradictions)
    retouched = [signal for signal in active if signal.kind == "label" and lexicon.entries[signal.id].means == "retouched"]
    if declared.retouched is not None:
        values["retouched"] = _declared(declared.retouched, "retouched")
    else:
        values["retouched"] = Fact(Tri.YES, _witnesses(retouched)) if retouched else _NO
    values["visual"] = _visual(document, rulebook)
    for fact, kind in _SIMPLE.items():
        values[fact] = _from_cues(by_kind.get(kind, ()))
    values["audience_minor"] = (
        _declared(bool(declared.audience_under_18), "audience_under_18") if declared.audience_under_18 is not None else _NO
    )
    traders = [signal for signal in active if signal.kind == "trader" and signal.strength != "weak"]
    values["trader_identified"] = Fact(Tri.YES, _witnesses(traders)) if traders else Fact(Tri.UNKNOWN)
    values["brand_named"] = _brand_named(document, tokens)
    disclosures = find_disclosures(document, signals, tokens, lexicon, surface_of(document, rulebook), layout)
    switch_contradictions(document, signals, values, contradictions)
    return Facts(
        values=values,
        connection=connection,
        disclosures=disclosures,
        platform=document.platform,
        surface=document.surface,
        language=language,
        language_known=language_known,
        complete=document.complete,
        contradictions=tuple(contradictions),
        persona=persona,
    )


def _by_kind(document: Document, signals: Sequence[Signal]) -> dict[str, list[Signal]]:
    """The signals of the post itself, by kind."""
    result: dict[str, list[Signal]] = {}
    for signal in signals:
        if document.segments[signal.span.segment].scope in _MAIN:
            result.setdefault(signal.kind, []).append(signal)
    return result


_SENTENCE = 200
"""Characters that a sentence with a link and a code takes at most."""
_STOP = re.compile(r"\n|[!?。]|\.\s")
_SELF = frozenset({"own_brand", "employee", "family", "ambassador"})


def _of_a_page(document: Document, active: Sequence[Signal], layout: Layout, language: str | None) -> list[Signal]:
    """The signals that can make a page an ad. A caption has one speaker, who posts; a page quotes, reports and offers what its own site sells.

    So its labels count where they speak of the page; wordings only in its own language (or English), only where they name a tie with
    somebody else, and a code only with the shop's link in its line. Without a label or paid link two different wordings are needed for yes.
    """
    text = document.segments[layout.body].text if document.segments else ""
    own = own_host(document)
    outgoing = sorted(
        (link for link in document.links if link.segment == layout.body and is_outgoing(link, own)), key=lambda link: link.end
    )
    result: list[Signal] = []
    cues: list[Signal] = []
    for signal in active:
        if signal.kind == "label":
            if id(signal) in layout.own and (signal.strength == "strong" or signal.span.start < layout.head_end):
                result.append(signal)
        elif signal.kind != "commercial":
            result.append(signal)
        elif (
            signal.strength in {"strong", "medium"}
            and signal.connection not in {None, *_SELF}
            and (language is None or signal.language in {None, "en", language})
        ):
            cues.append(signal)
    strong = {signal.id for signal in cues if signal.strength == "strong"}
    for signal in cues:
        near = signal.connection == "discount" and any(_in_one_sentence(text, link, signal) for link in _near(outgoing, signal))
        sure = signal.strength == "strong" and (near or (signal.connection != "discount" and len(strong) > 1))
        result.append(signal if sure else dataclasses.replace(signal, strength="medium"))
    return result


def _near(links: Sequence[Link], signal: Signal) -> Sequence[Link]:
    """The links (in their order) that can share a sentence with a signal."""
    first = bisect_left(links, signal.span.start - _SENTENCE, key=lambda link: link.end)
    return links[first : first + _SENTENCE]


def _in_one_sentence(text: str, link: Link, signal: Signal) -> bool:
    start, end = min(link.start, signal.span.start), max(link.end, signal.span.end)
    return link.segment == signal.span.segment and end - start <= _SENTENCE and not _STOP.search(text, start, end)


def _witnesses(signals: Sequence[Signal]) -> tuple[Witness, ...]:
    return tuple(Witness("text", signal.id, signal.span) for signal in signals)


def _declared(value: bool, name: str) -> Fact:
    return Fact(Tri.YES if value else Tri.NO, (Witness("declared", name, note=str(value).lower()),))


def _distinct(signals: Sequence[Signal]) -> int:
    """How many different things are said: the same words, or the same cue in two languages, count once."""
    names: set[str] = set()
    ends: dict[int, int] = {}
    for signal in sorted(signals, key=lambda signal: (signal.span.segment, signal.span.start, -signal.span.end)):
        name = signal.id.partition(".")[2]
        if name not in names and signal.span.start >= ends.get(signal.span.segment, 0):
            names.add(name)
            ends[signal.span.segment] = signal.span.end
    return len(names)


def _from_cues(signals: Sequence[Signal]) -> Fact:
    """One strong cue: yes. One medium, or two different weak ones: unknown."""
    strong = [signal for signal in signals if signal.strength == "strong"]
    if strong:
        return Fact(Tri.YES, _witnesses(strong))
    medium = [signal for signal in signals if signal.strength == "medium"]
    if medium:
        return Fact(Tri.UNKNOWN, _witnesses(medium))
    weak = [signal for signal in signals if signal.strength == "weak"]
    return Fact(Tri.UNKNOWN, _witnesses(weak)) if _distinct(weak) > 1 else _NO


def _commercial(
    document: Document,
    signals: Sequence[Signal],
    tokens: Sequence[Sequence[Token]],
    active: Sequence[Signal],
    by_kind: dict[str, list[Signal]],
    lexicon: Lexicon,
    links: Sequence[PaidLink],
    connection: dict[str, tuple[Witness, ...]],
    contradictions: list[tuple[str, tuple[Witness, ...]]],
) -> Fact:
    """Whether the post is advertising: any benefit counts, money, goods, commission, trips (CPC key principles; 16 CFR 255.5)."""
    labels = [
        signal for signal in by_kind.get("label", ()) if lexicon.entries[signal.id].means == "sponsorship" and signal.strength != "none"
    ]
    cues = [*by_kind.get("commercial", ()), *labels]
    standing = [
        signal
        for signal in active
        if document.segments[signal.span.segment].scope == "bio"
        and signal.connection in {"own_brand", "ambassador", "employee"}
        and signal.kind == "commercial"
    ]
    marks = _marks(document, "sponsor", "strong")
    soft_marks = {strength: _marks(document, "sponsor", strength) for strength in ("medium", "weak")}
    strong = [signal for signal in cues if signal.strength == "strong"]
    medium = [signal for signal in cues if signal.strength == "medium"]
    weak = [signal for signal in cues if signal.strength == "weak"]
    unheard = [signal for signal in by_kind.get("commercial", ()) if signal.strength == "none"]
    strong_links = tuple(link.witness for link in links if link.strength == "strong")
    soft_links = tuple(link.witness for link in links if link.strength in {"medium", "weak"})
    denials = [
        *by_kind.get("no_connection", ()),
        *(signal for signal in signals if signal.effect == "negated" and _is_sponsor_label(signal, lexicon)),
    ]
    editorial = by_kind.get("editorial", ())

    relationship = document.declared.relationship
    said = Witness("declared", "relationship", note=relationship or "")
    evidence = _witnesses(strong) + strong_links + marks
    shop = _own_shop(document)
    if shop and relationship is None and not strong_links and not any(_is_sponsor_label(signal, lexicon) for signal in strong):
        return Fact(Tri.NO, shop)
    if relationship == "none":
        if evidence:
            contradictions.append(("relationship", (said, *evidence)))
            return Fact(Tri.UNKNOWN, (said, *evidence))
        return Fact(Tri.NO, (said,))
    for signal in [*strong, *medium]:
        if signal.connection:
            connection[signal.connection] = connection.get(signal.connection, ()) + _witnesses([signal])
    for link in links:
        if link.kind == "affiliate" and link.strength in {"strong", "medium"}:
            connection["affiliate"] = (*connection.get("affiliate", ()), link.witness)
    if relationship is not None:
        connection[relationship] = (said, *connection.get(relationship, ()))
        return Fact(Tri.YES, (said, *evidence))
    if document.declared.platform_label:
        return Fact(Tri.YES, (Witness("declared", "platform_label", note="true"), *evidence))
    if evidence:
        proof = (
            strong_links
            or marks
            or [signal for signal in strong if signal.connection in {"discount", "affiliate"} or signal.kind == "label"]
        )
        if denials and not proof:
            connection.clear()
            return Fact(Tri.UNKNOWN, evidence + _witnesses(denials))
        return Fact(Tri.YES, evidence)
    offers = [signal for signal in medium if signal.connection in {"discount", "affiliate"}]
    if denials and offers:  # "no ad", and a code of the shop: the text speaks against itself
        return Fact(Tri.UNKNOWN, _witnesses([*offers, *denials]))
    if denials or (editorial and _distinct(medium) <= _distinct(editorial)):  # one word of fan talk does not outweigh two offers
        connection.clear()
        return Fact(Tri.NO, _witnesses([*denials, *editorial]))
    hints = _witnesses([*medium, *weak]) + soft_links + soft_marks["medium"] + soft_marks["weak"] + _witnesses(standing)
    connection["unknown"] = ()  # what is only hinted at may be of any kind
    if medium or soft_marks["medium"] or any(link.strength == "medium" for link in links):
        return Fact(Tri.UNKNOWN, hints)
    if _distinct(weak) + len({witness.id for witness in (*soft_links, *soft_marks["weak"])}) > 1 or (standing and weak):
        return Fact(Tri.UNKNOWN, hints)
    likely = _likely(document, tokens, weak, load_model().threshold) or _likely(document, tokens, unheard, load_model().alone)
    if likely:
        return Fact(Tri.UNKNOWN, hints + likely)
    connection.clear()
    return _NO


def _likely(document: Document, tokens: Sequence[Sequence[Token]], opened: Sequence[Signal], threshold: float) -> tuple[Witness, ...]:
    """What the intent model adds in a caption to the signals that leave the question open; it can ask for a look and no more."""
    if document.kind != "caption" or not any(signal.language is None or signal.language in load_model().languages for signal in opened):
        return ()
    probability = commercial_probability(tokens[0])
    return (Witness("model", "intent", note=f"{probability:.2f}"),) if probability >= threshold else ()


def _own_shop(document: Document) -> tuple[Witness, ...]:
    """Why a page is a shop's own, which everybody sees to be selling; nothing for other pages."""
    return tuple(Witness("mark", mark.name, note=mark.value) for mark in document.marks if mark.name == "shop-page")


def _is_sponsor_label(signal: Signal, lexicon: Lexicon) -> bool:
    return signal.kind == "label" and lexicon.entries[signal.id].means == "sponsorship"


def _marks(document: Document, means: str, *strengths: str) -> tuple[Witness, ...]:
    """What the source alone says of `means`, each with its place there."""
    return tuple(
        Witness("mark", mark.id, note=f"{mark.source}: {mark.name} = {mark.value}" + (f" ({mark.line}:{mark.column})" if mark.line else ""))
        for mark in document.marks
        if mark.means == means and mark.strength in strengths
    )


def _ai_content(
    document: Document, active: Sequence[Signal], lexicon: Lexicon, contradictions: list[tuple[str, tuple[Witness, ...]]]
) -> Fact:
    """Whether picture, video or text is made or altered by AI. Metadata can only raise the question, since editing sets it too."""
    topics = {signal.span.segment for signal in active if signal.kind == "ai_topic"}
    cues = [
        signal
        for signal in active
        if signal.span.segment not in topics
        and (
            signal.kind == "ai_content"
            or (signal.kind == "label" and lexicon.entries[signal.id].means == "ai_content" and signal.strength != "none")
        )
    ]
    strong = [signal for signal in cues if signal.strength == "strong"]
    said = document.declared.ai_content
    if said in {"generated", "modified"}:
        return Fact(Tri.YES, (Witness("declared", "ai_content", note=said), *_witnesses(strong)))
    if said == "none":
        witness = Witness("declared", "ai_content", note=said)
        if strong:
            contradictions.append(("ai_content", (witness, *_witnesses(strong))))
            return Fact(Tri.UNKNOWN, (witness, *_witnesses(strong)))
        return Fact(Tri.NO, (witness,))
    if document.declared.ai_label:
        return Fact(Tri.YES, (Witness("declared", "ai_label", note="true"),))
    if strong:
        return Fact(Tri.YES, _witnesses(strong))
    marks = _marks(document, "ai_content", "strong", "medium")
    medium = [signal for signal in cues if signal.strength == "medium"]
    if medium or marks:
        return Fact(Tri.UNKNOWN, _witnesses(medium) + marks)
    return _NO


def _visual(document: Document, rulebook: Rulebook) -> Fact:
    media = document.declared.media
    if media is not None:
        return Fact(Tri.YES if media in {"image", "video"} else Tri.NO, (Witness("declared", "media", note=media),))
    if document.platform is not None and rulebook.platforms[document.platform].is_visual:
        return Fact(Tri.YES, (Witness("platform", document.platform),))
    return Fact(Tri.UNKNOWN)


def _brand_named(document: Document, tokens: Sequence[Sequence[Token]]) -> Fact:
    if document.declared.brand:
        return Fact(Tri.YES, (Witness("declared", "brand", note=document.declared.brand),))
    for segment_tokens in tokens:
        if any(token.shape == "mention" for token in segment_tokens):
            return Fact(Tri.YES)
    return Fact(Tri.UNKNOWN)
