"""Whether the person who speaks is made with a computer: handle, bio, caption, marks and declared facts read together.

Without a declaration, by the author or in the text, Adcheck calls nobody an AI: it asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from compliance.lexicon import Lexicon
from compliance.model import Document, Fact, Segment, Signal, Tri, Witness
from compliance.rulebook import Rulebook

_PROFILE = frozenset({"bio", "author"})
_QUOTED = re.compile(
    r"„[^“”\"\n]{1,300}[“”\"]|“[^”\n]{1,300}”|\"[^\"\n]{1,300}\"|«[^»\n]{1,300}»|»[^«\n]{1,300}«|「[^」\n]{1,300}」|『[^』\n]{1,300}』"
)
_ROBOT = "\N{ROBOT FACE}"


def read_persona(
    document: Document,
    active: Sequence[Signal],
    lexicon: Lexicon,
    rulebook: Rulebook,
    contradictions: list[tuple[str, tuple[Witness, ...]]],
    marks: tuple[Witness, ...] = (),
) -> tuple[Fact, str]:
    """The fact `ai_persona` with its witnesses, and how it was read.

    The reading is `declared` (the author says so), `strong` (handle, bio or caption says so), `possible` (a hint, or a listed account),
    `none` (declared human, or a profile that shows nothing) or `unknown` (no profile was given and the caption shows nothing).
    `marks` are what the source alone says of a persona.
    """
    own = [signal for signal in active if _speaks_of_itself(signal, document, lexicon)]
    topics = {
        signal.span.segment
        for signal in active
        if signal.kind == "ai_topic" or (signal.kind == "editorial" and document.segments[signal.span.segment].scope in _PROFILE)
    }
    own = [signal for signal in own if signal.span.segment not in topics and not _is_quoted(signal, document.segments[signal.span.segment])]
    strong = tuple(Witness("text", signal.id, signal.span) for signal in own if signal.strength == "strong")
    declared = document.declared.persona
    if declared is not None:
        said = Witness("declared", "persona", note=declared)
        if declared == "synthetic":
            return Fact(Tri.YES, (said, *strong)), "declared"
        if strong:
            contradictions.append(("persona", (said, *strong)))
            return Fact(Tri.UNKNOWN, (said, *strong)), "possible"
        return Fact(Tri.NO, (said,)), "none"
    if strong:
        return Fact(Tri.YES, strong), "strong"
    hints = tuple(Witness("text", signal.id, signal.span) for signal in own if signal.strength == "medium")
    hints += _known_account(document, rulebook) + _telling_handle(document, rulebook, bool(topics)) + marks
    if hints:
        return Fact(Tri.UNKNOWN, hints), "possible"
    return Fact(Tri.NO), "none" if any(segment.scope in _PROFILE for segment in document.segments) else "unknown"


def _speaks_of_itself(signal: Signal, document: Document, lexicon: Lexicon) -> bool:
    """A cue or label of a persona; what is one in a profile alone ("virtual model") says nothing in a caption."""
    if signal.kind == "profile_persona":
        return document.segments[signal.span.segment].scope in _PROFILE
    if signal.kind == "label":
        return lexicon.entries[signal.id].means == "ai_persona" and signal.strength != "none"
    return signal.kind == "ai_persona"


def _is_quoted(signal: Signal, segment: Segment) -> bool:
    """Whether somebody else's words are quoted: the quotation is not all that is said."""
    for quote in _QUOTED.finditer(segment.text):
        if quote.start() < signal.span.start and signal.span.end < quote.end():
            rest = segment.text[: quote.start()] + segment.text[quote.end() :]
            return sum(character.isalpha() for character in rest) > 2
    return False


def _author(document: Document) -> Segment | None:
    return next((segment for segment in document.segments if segment.scope == "author"), None)


def _known_account(document: Document, rulebook: Rulebook) -> tuple[Witness, ...]:
    """The account is a publicly documented virtual influencer: a reason to ask, not a verdict."""
    author = _author(document)
    if author is None:
        return ()
    handle = author.text.strip().lower().lstrip("@")
    for key, persona in rulebook.personas.items():
        if handle in {known.lower().lstrip("@") for known in persona["handles"]}:
            return (Witness("persona", f"persona.{key}", note=persona["name"]),)
    return ()


def _telling_handle(document: Document, rulebook: Rulebook, about_ai: bool) -> tuple[Witness, ...]:
    """A handle such as @virtualgirl.mia; or one that ends in .ai, beside a robot in the profile, since many people are called Ai."""
    author = _author(document)
    if author is None or about_ai:
        return ()
    handle = author.text.strip().lower().lstrip("@")
    letters = "".join(character for character in handle if character.isalnum())
    robot = any(_ROBOT in segment.text for segment in document.segments)
    if any(word in letters for word in rulebook.handle_words) or (robot and handle.endswith(tuple(rulebook.handle_endings))):
        return (Witness("persona", "handle", note=author.text.strip()),)
    return ()
