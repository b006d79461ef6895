"""Every rule file's own examples as tests: the form found in its sentence, the trap not sprung, the duty's outcome, gate, marked words,
and that the suggested fix cures it. `adcheck rules test` and the test suite both run this."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from compliance.engine import Engine
from compliance.evaluate import Verdict, judge, make_plan
from compliance.forms import SEPARATOR
from compliance.lexicon import Lexicon
from compliance.links import network_of
from compliance.model import Document, Facts, Outcome
from compliance.patterns import pattern_hits
from compliance.readers import read_caption
from compliance.readers.campaign.mapping import Mapper
from compliance.readers.campaign.payload import posts_in, scheduler_of
from compliance.readers.marks import marks_in
from compliance.rulebook import Rulebook
from compliance.rules import Duty, Entry, Example
from compliance.signals import find_signals, phrase_hits, read
from compliance.text import fold, lex
from compliance.wording import item_of, quote_of

LATEST = "2026-11-23"
"""The date by whose law examples are judged that name none: the day on which the sources were read."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not come out as its rule says."""

    where: str
    example: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}\n    in: {self.example}"


def entry_failures(entry: Entry, lexicon: Lexicon) -> Iterator[Failure]:
    """Each form must be found in its own sentence; no `miss` sentence may contain the entry."""
    for form in entry.forms:
        spans = {(s.span.start, s.span.end) for s in read(form.example, lexicon).signals if s.id == entry.id}
        if not spans:
            yield Failure(
                entry.where, form.example, f"the form {form.pattern!r} ({form.position}) is not found{_why(form.pattern, form.example)}"
            )
        elif not _matches(form.pattern, entry.id, form.example, lexicon):
            yield Failure(entry.where, form.example, f"not the form {form.pattern!r} but another of {entry.id} is found")
    for text in entry.miss:
        for signal in read(text, lexicon).signals:
            if signal.id == entry.id and signal.effect is None:
                yield Failure(entry.where, text, f"a miss sentence contains {entry.id}: {text[signal.span.start : signal.span.end]!r}")


def _why(pattern: str, example: str) -> str:
    return f" (tokens: {' '.join(token.text for token in lex(example))[:160]})"


@functools.lru_cache(maxsize=4)
def _places(lexicon: Lexicon) -> dict[tuple[str, str], frozenset[int]]:
    """The compiled patterns of each form of each entry."""
    found: dict[tuple[str, str], set[int]] = {}
    for index, (pattern, target) in enumerate(zip(lexicon.patterns, lexicon.targets, strict=True)):
        if target.role == "entry":
            found.setdefault((target.id, pattern.source), set()).add(index)
    return {key: frozenset(indexes) for key, indexes in found.items()}


def _matches(pattern: str, entry_id: str, example: str, lexicon: Lexicon) -> bool:
    """Whether exactly this form matches somewhere in its example."""
    tokens = lex(example)
    wanted = _places(lexicon).get((entry_id, pattern), frozenset())
    if any(hit[0] in wanted for hit in phrase_hits(tokens, lexicon)):
        return True
    patterns = lexicon.open_patterns(lexicon.screen(fold(example)) or frozenset(), {token.text for token in tokens})
    return any(hit[0] in wanted for hit in pattern_hits(tokens, patterns, lexicon.patterns))


def modifier_failures(lexicon: Lexicon) -> Iterator[Failure]:
    """Each modifier form must stand in its own sentence."""
    for modifier in lexicon.modifiers.values():
        for form in modifier.forms:
            text = SEPARATOR + SEPARATOR.join(token.text for token in lex(form.example)) + SEPARATOR
            words = SEPARATOR + SEPARATOR.join(token.text for token in lex(form.pattern.rstrip("*")))
            if not any(character in form.pattern for character in "|?<{") and words not in text:
                yield Failure(modifier.where, form.example, f"the modifier {form.pattern!r} is not in its sentence")


def combination_failures(engine: Engine) -> Iterator[Failure]:
    """Each combination must be found in its examples and in no `miss`."""
    for rule in engine.rulebook.combinations:
        for texts, wanted in ((rule.examples, True), (rule.miss, False)):
            for text in texts:
                signals, _ = find_signals(read_caption(text, engine.rulebook), engine.lexicon)
                if any(signal.id == f"combination.{rule.id}" for signal in signals) is not wanted:
                    where = f"rules/combinations.yaml:{rule.id}"
                    seen = sorted({f"{signal.id} ({signal.kind})" for signal in signals})
                    yield Failure(
                        where, text, f"{'not found' if wanted else 'found in a miss sentence'}; seen: {', '.join(seen) or 'nothing'}"
                    )


def network_failures(engine: Engine) -> Iterator[Failure]:
    """Each network's examples must be recognised as that network (or one as strong), each `miss` not."""
    for network in engine.rulebook.networks:
        for url in network.examples:
            found = network_of(url, engine.rulebook)
            if found is None or (found.id != network.id and found.strength != network.strength):
                yield Failure(f"rules/networks.yaml:{network.id}", url, f"recognised as {found.id if found else None}")
        for url in network.miss:
            found = network_of(url, engine.rulebook)
            if found is not None and found.id == network.id:
                yield Failure(f"rules/networks.yaml:{network.id}", url, "recognised, but is a miss")


def mark_failures(rulebook: Rulebook) -> Iterator[Failure]:
    """Each example of a mark must be recognised as that mark, each `miss` not."""
    for rule in rulebook.marks.rules.values():
        where = f"rules/marks.yaml:{rule.id.removeprefix('mark.')}"
        for source in rule.examples:
            if rule.id not in marks_in(source, rulebook):
                yield Failure(where, source, f"not recognised; found {sorted(marks_in(source, rulebook))}")
        for source in rule.miss:
            if rule.id in marks_in(source, rulebook):
                yield Failure(where, source, "recognised, but is a miss")


def column_failures(rulebook: Rulebook) -> Iterator[Failure]:
    """Each example's headings must be read as its fields."""
    for headings, fields in rulebook.columns.examples:
        columns = Mapper(rulebook.columns).of(headings)
        found = {heading: name for name, heading in columns.fields.items()} | {heading: "text" for heading, _ in columns.texts}
        if found != fields:
            yield Failure("rules/columns.yaml", ", ".join(headings), f"read as {found}")


def scheduler_failures(rulebook: Rulebook) -> Iterator[Failure]:
    """Each payload must be recognised as its format and read as its posts; no `miss` as that format."""
    for scheduler in rulebook.schedulers:
        where = f"rules/schedulers.yaml:{scheduler.id}"
        for payload, posts in scheduler.examples:
            found = scheduler_of(payload, rulebook)
            if found is not scheduler:
                yield Failure(where, str(payload), f"recognised as {found.id if found is not None else None}")
                continue
            read = [post for post, _, _ in posts_in(payload, scheduler, rulebook)]
            if read != [dict(post) for post in posts]:
                yield Failure(where, str(payload), f"read as {read}")
            for post in read:
                read_caption(rulebook=rulebook, **{key: value for key, value in post.items() if key != "as_of"})
        for payload in scheduler.miss:
            if scheduler_of(payload, rulebook) is scheduler:
                yield Failure(where, str(payload), "recognised, but is a miss")


def duty_failures(duty: Duty, engine: Engine) -> Iterator[Failure]:
    """Each example must give its outcome, gate and marked words; a failing one must be cured by the fix."""
    for example in duty.examples:
        yield from _example_failures(duty, example, engine)


def _example_failures(duty: Duty, example: Example, engine: Engine) -> Iterator[Failure]:
    context = dict(example.context)
    as_of = str(context.pop("as_of", max(LATEST, duty.since)))
    base = engine.plan([duty.jurisdiction], as_of)
    languages = engine.rulebook.jurisdictions[duty.jurisdiction].languages or _all_languages(engine)
    plan = make_plan(base.reach, base.as_of, (duty,), {duty.id: languages})

    def verdict_of(text: str) -> tuple[Document, Facts, Verdict | None]:
        document = read_caption(text, engine.rulebook, **context)
        _, facts, _ = engine.judge(document, plan)
        if not duty.in_force(plan.as_of):
            return document, facts, None
        return document, facts, judge(duty, facts, plan.languages[duty.id])

    document, facts, verdict = verdict_of(example.text)
    outcome = verdict.outcome if verdict is not None else Outcome.NOT_APPLICABLE
    if outcome is not example.outcome:
        why = _shown(verdict, facts)
        yield Failure(duty.where, example.text, f"expected {example.outcome.key}, got {outcome.key}{why}")
        return
    if verdict is None:
        return
    if example.gate is not None and verdict.gate is not example.gate:
        yield Failure(
            duty.where, example.text, f"expected gate {example.gate.key}, got {verdict.gate.key if verdict.gate is not None else None}"
        )
    item = item_of(verdict, document, facts, engine.rulebook, "en")
    if example.marks:
        quotes = tuple(quote_of(witness, document) for witness in item.evidence if witness.span is not None)
        if sorted(set(quotes)) != sorted(set(example.marks)):
            yield Failure(duty.where, example.text, f"expected the marks {list(example.marks)}, got {list(quotes)}")
    if outcome is Outcome.FAIL and duty.fix_label is not None:
        cured, _ = engine.cure(document, plan)
        if cured is None:
            yield Failure(duty.where, example.text, f"no fix cures it; {engine.rulebook.entries[duty.fix_label].text!r} was tried first")


def _shown(verdict: Verdict | None, facts: Facts) -> str:
    """What the engine saw, for somebody who mends a rule file."""
    if verdict is None:
        return " (not in force)"
    gate = verdict.gate.key if verdict.gate is not None else None
    labels = [
        f"{item.label}@{item.place.value}{'!' if item.obscured else ''}{' negated' if item.negated else ''}" for item in facts.disclosures
    ]
    values = {name: fact.value.key for name, fact in facts.values.items() if fact.value.key != "no"}
    return f" (gate {gate}, reason {verdict.reason}, connection {sorted(facts.connection)}, labels {labels}, facts {values})"


def _all_languages(engine: Engine) -> tuple[str, ...]:
    return tuple(dict.fromkeys(language for jurisdiction in engine.rulebook.jurisdictions.values() for language in jurisdiction.languages))


def run_all(engine: Engine, only: tuple[str, ...] = ()) -> tuple[int, list[Failure]]:
    """Run every example; (number of examples, failures). `only` narrows to rule files whose path contains one of the texts."""

    def wanted(where: str) -> bool:
        return not only or any(part in where for part in only)

    failures: list[Failure] = []
    count = 0
    for entry in engine.rulebook.entries.values():
        if wanted(entry.where):
            count += len(entry.forms) + len(entry.miss)
            failures.extend(entry_failures(entry, engine.lexicon))
    book = engine.rulebook
    others = (
        *modifier_failures(engine.lexicon),
        *combination_failures(engine),
        *network_failures(engine),
        *mark_failures(book),
        *column_failures(book),
        *scheduler_failures(book),
    )
    for failure in others:
        if wanted(failure.where):
            failures.append(failure)
    count += sum(len(modifier.forms) for modifier in engine.rulebook.modifiers if wanted(modifier.where))
    count += sum(len(rule.examples) + len(rule.miss) for rule in engine.rulebook.combinations if wanted("rules/combinations.yaml"))
    count += sum(len(network.examples) + len(network.miss) for network in engine.rulebook.networks if wanted("rules/networks.yaml"))
    count += sum(len(rule.examples) + len(rule.miss) for rule in engine.rulebook.marks.rules.values() if wanted("rules/marks.yaml"))
    count += len(book.columns.examples) if wanted("rules/columns.yaml") else 0
    count += sum(len(item.examples) + len(item.miss) for item in book.schedulers if wanted("rules/schedulers.yaml"))
    for duty in engine.rulebook.duties.values():
        if wanted(duty.where):
            count += len(duty.examples)
            failures.extend(duty_failures(duty, engine))
    return count, failures
