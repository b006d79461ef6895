"""The whole line, in ten lines that anyone can read: Document → signals → facts → verdicts → items → checklist."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from compliance.advise import smallest_fix
from compliance.errors import InputError
from compliance.evaluate import Plan, Verdict, evaluate, plan_for
from compliance.facts import gather_facts
from compliance.feed import joined
from compliance.language import guess_language
from compliance.lexicon import Lexicon, load_lexicon
from compliance.model import SOURCE_ONLY, Checklist, Document, Facts, Fix, Outcome, Segment, Signal
from compliance.rulebook import Rulebook, load_rulebook
from compliance.signals import find_signals
from compliance.wording import contradiction_item, item_of, names_of, says_of

_SEEN = ("caption", "body", "title", "bio", "first_comment", "alt", "author")


class Engine:
    """One rulebook, loaded and compiled once; judges documents. Thread-safe: nothing changes after construction but caches."""

    def __init__(self, rulebook: Rulebook | None = None, lexicon: Lexicon | None = None) -> None:
        """`lexicon` is that of another rulebook with the same words, where only the duties differ."""
        self.rulebook = rulebook or load_rulebook()
        self.lexicon: Lexicon = lexicon or load_lexicon(self.rulebook.digest, self.rulebook)

    def check(
        self, document: Document, reach: Sequence[str], as_of: str | None = None, language: str = "en", advise: bool = True
    ) -> Checklist:
        """Judge `document` for the markets in `reach` by the law of `as_of` (ISO date; today if not given). Sentences are in `language` (en or nl).

        `advise=False` leaves out the fix, which costs several judgements more, and the guess of the language where no verdict depends on it.

        Pure: the same document, reach, date and rulebook give the same checklist.

        Raises:
            InputError: no market, an unknown market, or a date that is none.
        """
        plan = self.plan(reach, as_of)
        signals, facts, verdicts = self.judge(document, plan, tell_language=advise)
        items = [item_of(verdict, document, facts, self.rulebook, language) for verdict in verdicts]
        items += [contradiction_item(fact, witnesses, self.rulebook, language) for fact, witnesses in facts.contradictions]
        fix = self._fix(document, verdicts, plan, facts.language) if advise else None
        return Checklist(
            document=document,
            facts=facts,
            items=tuple(items),
            fix=fix,
            reach=plan.reach,
            as_of=plan.as_of,
            rulebook=self.rulebook.info(),
            language=language,
            says=says_of(signals, document.marks, facts, self.rulebook, language),
            names=names_of(self.rulebook, language),
            signals=signals,
            judged_on=_judged_on(document),
            not_seen=_not_seen(document, signals, names_of(self.rulebook, language)),
        )

    def check_posts(
        self, documents: Sequence[Document], reach: Sequence[str], as_of: str | None = None, language: str = "en", advise: bool = True
    ) -> Checklist:
        """Judge the posts of one page. Of several, the sum: the worst item of each duty, with the checklist of each post in `posts`.

        Raises:
            InputError: no document, no market, an unknown market, or a date that is none.
        """
        if not documents:
            raise InputError("there is no post", where="/html", hint="Give a page that shows some text.")
        return joined([self.check(document, reach, as_of, language, advise) for document in documents])

    def check_many(
        self, documents: Iterable[Document], reach: Sequence[str], as_of: str | None = None, language: str = "en", advise: bool = False
    ) -> Iterator[Checklist]:
        """Judge a stream of documents, one checklist each, in order; without fixes unless `advise` asks for them."""
        for document in documents:
            yield self.check(document, reach, as_of, language, advise)

    def plan(self, reach: Sequence[str], as_of: str | None) -> Plan:
        """The duties that speak for `reach` on `as_of`."""
        if isinstance(reach, str):
            reach = [part for part in reach.split(",") if part.strip()]
        if not reach:
            raise InputError(
                "no market was named",
                where="/reach",
                hint="Name at least one, such as nl. Known: " + ", ".join(self.rulebook.jurisdictions) + ".",
            )
        found = {self.rulebook.jurisdiction(name, f"/reach/{index}").id for index, name in enumerate(reach)}
        ordered = tuple(name for name in self.rulebook.jurisdictions if name in found)
        return plan_for(self.rulebook, ordered, iso_date(as_of))

    def judge(self, document: Document, plan: Plan, tell_language: bool = False) -> tuple[tuple[Signal, ...], Facts, tuple[Verdict, ...]]:
        """The line without words and fix: signals, facts, verdicts."""
        signals, facts = self.read(document, tell_language)
        return signals, facts, evaluate(facts, plan)

    def read(self, document: Document, tell_language: bool = False) -> tuple[tuple[Signal, ...], Facts]:
        """The line up to the law: signals and facts. The language is guessed where a verdict can depend on it (where there is a label
        whose language counts), or where it is asked for."""
        signals, tokens = find_signals(document, self.lexicon)
        language, known = document.language, document.language is not None
        if not known and signals and (tell_language or any(signal.kind == "label" for signal in signals)):
            language, known = self.language_of(document)
        return signals, gather_facts(document, signals, tokens, self.lexicon, self.rulebook, language, known)

    def language_of(self, document: Document) -> tuple[str | None, bool]:
        """The document's language (declared, else guessed from its main text) and whether it was declared."""
        if document.language is not None:
            return document.language, True
        text = " ".join(segment.text for segment in document.segments[:3] if segment.visible)[:2000]
        return _guess(text, self.lexicon.languages), False

    def cure(self, document: Document, plan: Plan) -> tuple[Fix | None, tuple[Verdict, ...]]:
        """The smallest fix for a caption under `plan`, and the verdicts before it."""
        _, facts, verdicts = self.judge(document, plan, tell_language=True)
        return self._fix(document, verdicts, plan, facts.language), verdicts

    def _fix(self, document: Document, verdicts: Sequence[Verdict], plan: Plan, language: str | None) -> Fix | None:
        if (
            document.kind not in {"caption", "post"}
            or max((verdict.outcome for verdict in verdicts), default=Outcome.PASS) < Outcome.NEEDS_REVIEW
        ):
            return None
        spoken = document.language or language

        def rejudge(text: str) -> Sequence[Verdict]:
            return self.judge(_with_text(document, text, spoken), plan)[2]

        return smallest_fix(verdicts, document.segments[0].text, self.rulebook, rejudge, spoken)


def _with_text(document: Document, text: str, language: str | None) -> Document:
    """The document with another caption in the same language; its links keep their addresses, which is all that facts read of them."""
    first = document.segments[0]
    shifted = Segment(text, first.scope, first.visible, (), first.path)
    return replace(document, segments=(shifted, *document.segments[1:]), language=language)


@functools.lru_cache(maxsize=4096)
def _guess(text: str, languages: tuple[str, ...]) -> str | None:
    return guess_language(text, languages)


def iso_date(value: str | datetime.date | None) -> str:
    """`value` as an ISO date; today where it is None.

    Raises:
        InputError: not a date.
    """
    if value is None:
        return datetime.date.today().isoformat()
    try:
        return datetime.date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise InputError(f"{str(value)[:40]!r} is not a date", where="/as_of", hint="Write it as 2026-11-23.") from error


def _judged_on(document: Document) -> tuple[str, ...]:
    scopes = list(dict.fromkeys(segment.scope for segment in document.segments if segment.text.strip()))
    if document.links:
        scopes.append("links")
    if document.marks:
        scopes.append("marks")
    declared = document.declared
    if any(getattr(declared, name) is not None for name in declared.__dataclass_fields__):
        scopes.append("declared")
    return tuple(scopes)


def _not_seen(document: Document, signals: Sequence[Signal], names: Mapping[str, str]) -> tuple[str, ...]:
    """What this input cannot show; each is a thing that the user could look at or supply. A note about the reading is a sentence in plain words."""
    scopes = {segment.scope for segment in document.segments}
    missing = ["image", "video", "sound"] if "overlay" not in scopes else ["image_content"]
    if document.declared.platform_label is None and "platform_label" not in scopes:
        missing.append("platform_label")
    if "bio" not in scopes:
        missing.append("bio")
    if "first_comment" not in scopes and document.kind == "caption":
        missing.append("first_comment")
    if document.declared.relationship is None:
        missing.append("relationship")
    if document.declared.persona is None:
        missing.append("persona")
    notes = list(dict.fromkeys(document.not_read))
    if any(signal.kind == "label" and document.segments[signal.span.segment].hidden_by in SOURCE_ONLY for signal in signals):
        notes.append("label_in_source")
    return (*missing, *(names.get(f"note.{key}", key) for key in notes))
