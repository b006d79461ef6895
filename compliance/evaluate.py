"""Facts × duties × reach × date → verdicts.

One table decides everything (applies × requires). Verdicts depend only on the *shape* of the facts, so they are remembered per shape.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compliance.model import Disclosure, Facts, Gate, Outcome, Place, Tri
from compliance.rulebook import Rulebook
from compliance.rules import Duty, LabelRow

TABLE: Mapping[tuple[Tri, Tri], Outcome] = {
    (Tri.NO, Tri.YES): Outcome.NOT_APPLICABLE,
    (Tri.NO, Tri.UNKNOWN): Outcome.NOT_APPLICABLE,
    (Tri.NO, Tri.NO): Outcome.NOT_APPLICABLE,
    (Tri.UNKNOWN, Tri.YES): Outcome.PASS,
    (Tri.UNKNOWN, Tri.UNKNOWN): Outcome.NEEDS_REVIEW,
    (Tri.UNKNOWN, Tri.NO): Outcome.NEEDS_REVIEW,
    (Tri.YES, Tri.YES): Outcome.PASS,
    (Tri.YES, Tri.UNKNOWN): Outcome.NEEDS_REVIEW,
    (Tri.YES, Tri.NO): Outcome.FAIL,
}
"""applies × requires → outcome."""

PLATFORM_LABEL = "platform.paid-partnership"

_HARD_TO_SEE = frozenset({"faint", "small"})
_WORTH = {Tri.NO: 0, Tri.UNKNOWN: 1, Tri.YES: 2}
_PLACE_RANK = {place: index for index, place in enumerate(Place)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one duty on one fact shape. `disclosure` is the index of the label that came nearest, or -1."""

    duty: Duty
    outcome: Outcome
    gate: Gate | None = None
    reason: str | None = None
    disclosure: int = -1
    fact: str | None = None


@dataclass(frozen=True)
class Plan:
    """The duties that speak for a reach on a date, in a fixed order.

    Attributes:
        conditions: every different `applies_when` once, compiled; `condition_of` gives each duty's.
        memory: verdicts remembered, by duty, applicability and everything that a disclosure is judged by.
        circumstances: a number for each such set of circumstances.
        verdicts: all verdicts remembered by circumstances and the values of all facts, which together decide everything.
    """

    reach: tuple[str, ...]
    as_of: str
    duties: tuple[Duty, ...]
    languages: Mapping[str, tuple[str, ...]]
    memory: dict[tuple[int, int, int, str | None], Verdict]
    circumstances: dict[tuple[Any, ...], int] = field(default_factory=dict)
    conditions: tuple[tuple[tuple[str, Any], ...], ...] = ()
    condition_of: tuple[int, ...] = ()
    verdicts: dict[tuple[Any, ...], tuple[Verdict, ...]] = field(default_factory=dict)


def make_plan(reach: tuple[str, ...], as_of: str, duties: Sequence[Duty], languages: Mapping[str, tuple[str, ...]]) -> Plan:
    """A plan over `duties`; equal conditions are judged once."""
    conditions: list[Mapping[str, Any]] = []
    condition_of = []
    for duty in duties:
        if duty.applies_when not in conditions:
            conditions.append(duty.applies_when)
        condition_of.append(conditions.index(duty.applies_when))
    return Plan(reach, as_of, tuple(duties), languages, {}, {}, tuple(_compiled(wanted) for wanted in conditions), tuple(condition_of))


_MEMORY_LIMIT = 20_000


@functools.lru_cache(maxsize=256)
def plan_for(rulebook: Rulebook, reach: tuple[str, ...], as_of: str) -> Plan:
    """All duties in force on `as_of` for the markets in `reach` and their parents. A duty that refines a parent's replaces it,
    where it (or another such) speaks for every market of the reach below that parent."""
    ordered: list[str] = []
    below: dict[str, set[str]] = {}
    for market in reach:
        chain = _chain(rulebook, market)
        for name in chain:
            below.setdefault(name, set()).add(market)
        ordered.extend(name for name in chain if name not in ordered)
    order = {name: index for index, name in enumerate(rulebook.jurisdictions)}
    in_force = [duty for duty in rulebook.duties.values() if duty.jurisdiction in ordered and duty.in_force(as_of)]
    refined_by: dict[str, set[str]] = {}
    for duty in in_force:
        for parent in duty.refines:
            refined_by.setdefault(parent, set()).update(below[duty.jurisdiction])
    duties = [
        duty
        for duty in in_force
        if duty.jurisdiction in reach or not below[duty.jurisdiction] <= refined_by.get(duty.id, set()) or duty.id not in refined_by
    ]
    duties.sort(key=lambda duty: (order[duty.jurisdiction], duty.id))
    languages = {}
    for duty in duties:
        own = rulebook.jurisdictions[duty.jurisdiction].languages
        if not own:  # a parent such as the EU: the languages of the markets reached below it
            own = tuple(dict.fromkeys(language for market in reach for language in rulebook.jurisdictions[market].languages))
        languages[duty.id] = own
    return make_plan(reach, as_of, duties, languages)


def _chain(rulebook: Rulebook, market: str) -> list[str]:
    chain = [market]
    for parent in rulebook.jurisdictions[market].parents:
        chain.extend(name for name in _chain(rulebook, parent) if name not in chain)
    return chain


def evaluate(facts: Facts, plan: Plan) -> tuple[Verdict, ...]:
    """Judge every duty of the plan. The same facts give the same verdicts, in the plan's order."""
    circumstance = circumstances(facts)
    key = (circumstance, tuple([fact.value for fact in facts.values.values()]))
    known = plan.verdicts.get(key)
    if known is not None:
        return known
    if len(plan.verdicts) >= _MEMORY_LIMIT:
        plan.verdicts.clear()
    if len(plan.circumstances) >= _MEMORY_LIMIT:
        plan.circumstances.clear()
        plan.memory.clear()
    number = plan.circumstances.setdefault(circumstance, len(plan.circumstances))
    applies = [_holds(wanted, facts) for wanted in plan.conditions]
    verdicts = []
    memory = plan.memory
    for index, duty in enumerate(plan.duties):
        value, open_fact = applies[plan.condition_of[index]]
        if value is Tri.NO:
            verdicts.append(_not_applicable(duty))
            continue
        if duty.disclosure is None:
            verdicts.append(_judged(duty, facts, (), value, open_fact))
            continue
        place = (index, value, number, open_fact if value is Tri.UNKNOWN else None)
        verdict = memory.get(place)
        if verdict is None:
            verdict = memory[place] = _judged(duty, facts, plan.languages[duty.id], value, open_fact)
        verdicts.append(verdict)
    result = plan.verdicts[key] = tuple(verdicts)
    return result


def circumstances(facts: Facts) -> tuple[Any, ...]:
    """Everything that the judgement of a disclosure can depend on, without spans and words."""
    inside = _inside(facts.disclosures)
    return (
        frozenset(facts.connection),
        tuple(
            (
                tuple(inside[index]),  # which labels are the same words, or part of them
                item.label,
                item.means,
                item.place,
                item.language,
                item.connection,
                item.negated,
                item.obscured,
                item.source,
                item.first,
                item.brand_beside,
                item.weakened_by,
            )
            for index, item in enumerate(facts.disclosures)
        ),
        facts.platform,
        facts.surface,
        facts.language,
        facts.language_known,
        facts.complete,
    )


def judge(duty: Duty, facts: Facts, languages: tuple[str, ...]) -> Verdict:
    """Judge one duty on one post's facts."""
    applies, open_fact = condition(duty.applies_when, facts)
    return _judged(duty, facts, languages, applies, open_fact)


@functools.lru_cache(maxsize=4096)
def _not_applicable(duty: Duty) -> Verdict:
    return Verdict(duty, Outcome.NOT_APPLICABLE)


def _judged(duty: Duty, facts: Facts, languages: tuple[str, ...], applies: Tri, open_fact: str | None) -> Verdict:
    if applies is Tri.NO:
        return _not_applicable(duty)
    gate: Gate | None = None
    reason: str | None = None
    index = -1
    fact: str | None = None
    if duty.disclosure is not None:
        met, gate, reason, index = _disclosure(duty, facts, languages)
    else:
        met, fact = condition(duty.facts or {}, facts)
        reason = f"uncertain:{fact}" if met is Tri.UNKNOWN else None
        if met is Tri.NO and not duty.first_law.is_certain:
            met, reason = Tri.UNKNOWN, f"rule:{duty.first_law.certainty}"
    outcome = TABLE[applies, met]
    if outcome is Outcome.NEEDS_REVIEW and applies is Tri.UNKNOWN:
        reason = f"uncertain:{open_fact}"
    if outcome is Outcome.FAIL and duty.status == "preview":
        outcome, reason = Outcome.NEEDS_REVIEW, "rule:preview"
    if outcome is Outcome.PASS:
        gate = reason = None
    return Verdict(duty, outcome, gate, reason, index, fact)


# ------------------------------------------------------------------------------------------------------------- conditions


def condition(wanted: Mapping[str, Any], facts: Facts) -> tuple[Tri, str | None]:
    """Whether all of `wanted` holds, and the first fact that keeps it open (or closes it)."""
    return _holds(_compiled(wanted), facts)


_Compiled = tuple[tuple[str, Any], ...]
_KNOWN: dict[int, tuple[Mapping[str, Any], _Compiled]] = {}


def _compiled(wanted: Mapping[str, Any]) -> _Compiled:
    """A condition with its values as sets, built once per rule (the rule is kept beside it, so that its identity stays its own)."""
    known = _KNOWN.get(id(wanted))
    if known is None:
        known = _KNOWN[id(wanted)] = (wanted, tuple(_part(name, value) for name, value in wanted.items()))
    return known[1]


def _part(name: str, value: Any) -> tuple[str, Any]:
    if name == "any_of":
        return name, tuple(_compiled(part) for part in value)
    if name == "not":
        return name, _compiled(value)
    allowed = [value] if isinstance(value, str) else list(value)
    if name in {"connection", "platform", "surface"}:
        return name, frozenset(allowed)
    return name, frozenset(Tri[item.upper()] for item in allowed)


def _holds(parts: _Compiled, facts: Facts) -> tuple[Tri, str | None]:
    result = Tri.YES
    open_fact: str | None = None
    for name, value in parts:
        which: str | None = name
        if name == "any_of":
            here, which = max((_holds(part, facts) for part in value), key=lambda found: found[0])
        elif name == "not":
            inner, which = _holds(value, facts)
            here = Tri(2 - inner)
        elif name == "connection":
            here = Tri.NO if value.isdisjoint(facts.connection) else Tri.YES
        elif name in {"platform", "surface"}:
            actual = facts.platform if name == "platform" else facts.surface
            here = Tri.UNKNOWN if actual is None else Tri.YES if actual in value else Tri.NO
        else:
            here = facts.values[name].value
            here = Tri.YES if here in value else Tri.UNKNOWN if here is Tri.UNKNOWN else Tri.NO
        if here < result:
            result, open_fact = here, which
            if here is Tri.NO:
                break
    return result, open_fact


# ------------------------------------------------------------------------------------------------------------- disclosures


def _disclosure(duty: Duty, facts: Facts, languages: tuple[str, ...]) -> tuple[Tri, Gate | None, str | None, int]:
    """Judge every label of the right meaning by the gates in their order; the one that gets furthest speaks."""
    demand = duty.disclosure
    assert demand is not None
    best: tuple[int, int, int, Gate, str | None, int] | None = None
    inside = _inside(facts.disclosures)
    listed = {index for index, item in enumerate(facts.disclosures) if item.label in duty.rows}
    for index, item in enumerate(facts.disclosures):
        if item.negated or not (item.means in demand.means or item.label in duty.rows):
            continue
        if item.label not in duty.rows and not listed.isdisjoint(inside[index]):
            continue  # the same words, or their core, which the instrument knows under another language's label
        met, gate, reason = _gates(duty, item, facts, languages)
        if met is Tri.YES:
            return Tri.YES, None, None, index
        reached = (int(gate), _WORTH[met], -_PLACE_RANK[item.place], gate, reason, index)
        if best is None or reached[:3] > best[:3]:
            best = reached
    if best is None:
        if not facts.complete and any(row.verdict in {"accepted", "qualified"} for row in duty.rows.get(PLATFORM_LABEL, ())):
            return Tri.UNKNOWN, Gate.MISSING, "unseen:platform_label", -1
        if duty.first_law.is_certain:
            return Tri.NO, Gate.MISSING, None, -1
        return Tri.UNKNOWN, Gate.MISSING, f"rule:{duty.first_law.certainty}", -1
    return Tri(best[1]), best[3], best[4], best[5]


def _inside(disclosures: Sequence[Disclosure]) -> list[list[int]]:
    """For each label the numbers of the others whose words are its own or some of them."""
    found: list[list[int]] = [[] for _ in disclosures]
    placed = sorted((item.span.segment, item.span.start, -item.span.end, index) for index, item in enumerate(disclosures) if item.span)
    around: list[tuple[int, int, int, int]] = []
    for here in placed:
        segment, start, end, index = here
        around = [other for other in around if other[0] == segment and -other[2] > start]
        for _, begin, finish, outer in around:
            if finish <= end:
                found[outer].append(index)
                if (begin, finish) == (start, end):
                    found[index].append(outer)
        around.append(here)
    return found


def _gates(duty: Duty, item: Disclosure, facts: Facts, languages: tuple[str, ...]) -> tuple[Tri, Gate, str | None]:
    demand = duty.disclosure
    assert demand is not None
    if item.obscured or item.place is Place.HIDDEN:
        return Tri.NO, Gate.OBSCURED, None
    row = _row(duty, item, facts)
    if row is None or (demand.language == "message" and row.verdict in {"accepted", "qualified"}):
        understood = _language(duty, item, facts, languages)
        if understood is not Tri.YES:
            certain = demand.language_law.is_certain
            return (Tri.NO, Gate.LANGUAGE, None) if understood is Tri.NO and certain else (Tri.UNKNOWN, Gate.LANGUAGE, "rule:language")
    wording, reason = _wording(row, item, facts)
    if wording is not Tri.YES:
        return wording, Gate.WORDING, reason
    verdict = demand.place.get(item.place, "fail")
    if verdict == "ok" and not _HARD_TO_SEE.isdisjoint(item.weakened_by):  # no law counts pixels: a person looks
        return Tri.UNKNOWN, Gate.OBSCURED, "rule:hard_to_see"
    if verdict == "ok":
        return Tri.YES, Gate.PLACEMENT, None
    if verdict == "fail" and demand.place_law.is_certain:
        return Tri.NO, Gate.PLACEMENT, None
    return Tri.UNKNOWN, Gate.PLACEMENT, "rule:place"


def _row(duty: Duty, item: Disclosure, facts: Facts) -> LabelRow | None:
    """The row of the instrument that speaks of this label here: the first whose surface and connection fit, accepting ones first."""
    rows = duty.rows.get(item.label, ())
    fitting = [row for row in rows if not row.surface or (facts.surface in row.surface) or (facts.platform in row.surface)]
    for row in fitting:
        if not row.connection or row.connection & facts.connection.keys():
            return row
    return next((row for row in fitting if row.verdict in {"accepted", "qualified"}), None)


def _wording(row: LabelRow | None, item: Disclosure, facts: Facts) -> tuple[Tri, str | None]:
    if row is None:
        return Tri.UNKNOWN, "rule:unlisted"
    verdict = row.verdict
    if verdict in {"accepted", "qualified"}:
        if _meets(row, item, facts):
            return Tri.YES, None
        verdict = row.otherwise
    if verdict == "rejected" and row.law.is_certain:
        return Tri.NO, None
    return Tri.UNKNOWN, f"rule:{row.law.certainty}" if verdict == "rejected" else "rule:ambiguous"


def _meets(row: LabelRow, item: Disclosure, facts: Facts) -> bool:
    """Whether the conditions of a row hold: the connection it is meant for, a brand beside it, its rank among the labels."""
    if row.connection and not row.connection & facts.connection.keys():
        return False
    checks = {"brand_beside": item.brand_beside, "first_label": item.first, "ad_label_first": not item.first}
    return all(checks[need] for need in row.needs)


def _language(duty: Duty, item: Disclosure, facts: Facts, languages: tuple[str, ...]) -> Tri:
    """Whether the label's language is one that the duty takes. A label without a language (a platform's) is taken."""
    demand = duty.disclosure
    assert demand is not None
    if demand.language == "any" or item.language is None:
        return Tri.YES
    if isinstance(demand.language, tuple):
        wanted: Sequence[str] = demand.language
    elif demand.language == "message" and facts.language in languages:
        if item.language == facts.language:
            return Tri.YES
        if item.language in languages and not facts.language_known:
            return Tri.UNKNOWN
        wanted = (facts.language or "",)
    else:
        wanted = languages
    return Tri.YES if item.language in wanted else Tri.NO
