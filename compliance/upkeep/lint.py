"""What the schema cannot say of a rulebook: stale sources, languages that lag behind, labels that no duty judges, platform wordings that
nothing would recognise. An error is wrong and fails; a warning is a gap that somebody should close or explain; a note is only told."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from compliance.atlas import TOPICS, chain, coverage
from compliance.lexicon import Lexicon
from compliance.rulebook import Rulebook
from compliance.signals import read

LEVELS = ("error", "warning", "note")
_YEAR = 365
_LEAST_LABEL_MEANINGS = ("sponsorship", "ai_persona", "ai_content")
_BASE_KINDS = (
    "commercial",
    "no_connection",
    "editorial",
    "ai_persona",
    "ai_content",
    "ai_topic",
    "experience",
    "identity",
    "expert",
    "health",
    "financial",
    "safety",
    "safety_notice",
    "urgency",
    "child",
    "trader",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: `level` is error, warning or note; `check` its short name; `where` the rule file or id."""

    level: str
    check: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.level:7} {self.check:18} {self.where}: {self.message}"


def lint(rulebook: Rulebook, lexicon: Lexicon, as_of: datetime.date) -> list[Finding]:
    """All findings, errors first. The schema and the links between files were checked when the rulebook was loaded."""
    found = [
        *_sources(rulebook, as_of),
        *_dates(rulebook, as_of),
        *_unjudged_labels(rulebook),
        *_twins(rulebook),
        *_languages(rulebook),
        *_platforms(rulebook, lexicon, as_of),
        *_layouts(rulebook, as_of),
        *_texts(rulebook, lexicon),
        *_uncovered(rulebook),
    ]
    return sorted(found, key=lambda finding: (LEVELS.index(finding.level), finding.check, finding.where, finding.message))


def _sources(rulebook: Rulebook, as_of: datetime.date) -> Iterator[Finding]:
    """Every source has a web address, and was read within a year, and not in the future."""
    for duty in rulebook.duties.values():
        for law in duty.law.values():
            where = f"{duty.where} law.{law.key}"
            address = urlsplit(law.url)
            if address.scheme not in {"http", "https"} or "." not in address.netloc:
                yield Finding("error", "source", where, f"{law.url!r} is no web address")
            yield from _age(law.checked, as_of, where, "the source")


def _age(checked: str, as_of: datetime.date, where: str, what: str) -> Iterator[Finding]:
    try:
        days = (as_of - datetime.date.fromisoformat(checked)).days
    except ValueError:
        yield Finding("error", "date", where, f"{checked!r} is not a date; write it as 2026-11-23")
        return
    if days > _YEAR:
        yield Finding("warning", "stale", where, f"{what} was last read on {checked}, more than a year ago; read it again")
    elif days < 0:
        yield Finding("error", "date", where, f"{what} cannot have been read on {checked}, which is still to come")


def _dates(rulebook: Rulebook, as_of: datetime.date) -> Iterator[Finding]:
    for duty in rulebook.duties.values():
        if duty.until is not None and duty.until < duty.since:
            yield Finding("error", "date", duty.where, f"it ends on {duty.until}, before it begins on {duty.since}")
        elif duty.until is not None and duty.until < as_of.isoformat():
            yield Finding("note", "ended", duty.where, f"it ended on {duty.until}")
        elif duty.since > as_of.isoformat():
            yield Finding("note", "upcoming", duty.where, f"it begins on {duty.since}")


def _unjudged_labels(rulebook: Rulebook) -> Iterator[Finding]:
    """A label that no duty names gets "needs review" everywhere."""
    judged = {label for duty in rulebook.duties.values() for label in duty.rows}
    for label, entry in rulebook.labels.items():
        if label not in judged:
            yield Finding("note", "unjudged-label", entry.where, f"no duty judges {entry.text!r}; a post with it is asked about")


def _twins(rulebook: Rulebook) -> Iterator[Finding]:
    """Within a language one wording has one label. Languages may share a spelling: there a duty's own row decides."""
    owner: dict[tuple[str, str], str] = {}
    for label, entry in rulebook.labels.items():
        for form in entry.forms:
            place = "hashtag" if form.position == "hashtag" else "words"
            first = owner.setdefault((place, form.pattern), label)
            if first != label and rulebook.labels[first].means == entry.means:
                level = "error" if rulebook.labels[first].language == entry.language else "note"
                yield Finding(level, "twin-wording", entry.where, f"{form.pattern!r} is also {first}")


def _languages(rulebook: Rulebook) -> Iterator[Finding]:
    """Every language of a market has labels of the main meanings and cues of the main kinds."""
    wanted = {language: name for name, item in rulebook.jurisdictions.items() for language in item.languages}
    have = {entry.language for entry in rulebook.entries.values()}
    for language, market in sorted(wanted.items()):
        where = f"rules/labels/{language}.yaml"
        if language not in have:
            yield Finding("error", "language", where, f"no words at all for {language}, which {market} reads")
            continue
        own = [entry for entry in rulebook.entries.values() if entry.language == language]
        means = {entry.means for entry in own if entry.kind == "label"}
        for missing in (item for item in _LEAST_LABEL_MEANINGS if item not in means):
            yield Finding("warning", "language-parity", where, f"no label that means {missing}")
        kinds = {entry.kind for entry in own}
        for missing in (kind for kind in _BASE_KINDS if kind not in kinds):
            yield Finding("warning", "language-parity", f"rules/lexicon/{language}.yaml", f"no cue of the kind {missing}")
        if not any(modifier.language == language and modifier.effect == "negated" for modifier in rulebook.modifiers):
            yield Finding("warning", "language-parity", f"rules/lexicon/{language}.yaml", "no negation")


def _platforms(rulebook: Rulebook, lexicon: Lexicon, as_of: datetime.date) -> Iterator[Finding]:
    """What a platform prints must be known as the label that it is, and its sources must be fresh."""
    for platform in rulebook.platforms.values():
        for key, surface in platform.surfaces.items():
            yield from _age(surface.checked, as_of, f"rules/platforms.yaml {platform.id}.surfaces.{key}", "the fold")
        for key, label in platform.labels.items():
            where = f"rules/platforms.yaml {platform.id}.labels.{key}"
            yield from _age(label.checked, as_of, where, "the source")
            for language, text in label.texts.items():
                written = text.replace("{BRAND}", "@glowlab")
                signals = read(written, lexicon).signals
                if not any(lexicon.entries[signal.id].means == label.means for signal in signals if signal.kind == "label"):
                    yield Finding("error", "platform-wording", where, f"no label recognises {written!r} ({language}) as {label.means}")


def _layouts(rulebook: Rulebook, as_of: datetime.date) -> Iterator[Finding]:
    """Selectors rot: each source of a layout is looked at again within a year."""
    for layout in rulebook.layouts.values():
        for seen, source in dict.fromkeys((row.seen, row.source) for row in layout.rows):
            yield from _age(seen, as_of, layout.where, f"the layout ({source.split(';')[0]})")


def _texts(rulebook: Rulebook, lexicon: Lexicon) -> Iterator[Finding]:
    """What Adcheck proposes to write must itself be recognised as that label."""
    for duty in rulebook.duties.values():
        if duty.fix_label is None:
            continue
        entry = rulebook.entries[duty.fix_label]
        found = {signal.id for signal in read(f"{entry.text}: ", lexicon).signals if signal.effect is None}
        if duty.fix_label not in found:
            yield Finding("error", "fix", duty.where, f"what it proposes to write, {entry.text!r}, is not recognised as {entry.id}")


def _uncovered(rulebook: Rulebook) -> Iterator[Finding]:
    for market, topics in coverage(rulebook).items():
        reasons = rulebook.jurisdictions[market].not_covered
        for topic in (name for name in reasons if name not in TOPICS):
            yield Finding("error", "coverage", f"rules/jurisdictions.yaml {market}", f"no topic is called {topic!r}; {', '.join(TOPICS)}")
        for topic in TOPICS:
            if topic in reasons and any(duty.topic == topic for duty in topics[topic]):
                yield Finding(
                    "error", "coverage", f"rules/jurisdictions.yaml {market}", f"{topic} is called not covered, but a duty covers it"
                )
            elif not topics[topic] and not any(topic in rulebook.jurisdictions[name].not_covered for name in chain(rulebook, market)):
                yield Finding("warning", "coverage", f"rules/jurisdictions.yaml {market}", f"no duty on {topic}, and no reason why not")
        if not any(duty.jurisdiction == market for duties in topics.values() for duty in duties):
            yield Finding("warning", "coverage", f"rules/jurisdictions.yaml {market}", "no duty of its own")
