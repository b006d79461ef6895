"""Facts → the outcome in each market by itself. What a market says never depends on which other markets a scan asks about."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from compliance.engine import Engine
from compliance.evaluate import Verdict, circumstances, evaluate, make_plan
from compliance.model import Facts, Outcome

_MOST_REMEMBERED = 13_000
"""So many market judgements are remembered: with their plans' own memories some tens of megabytes, whatever the number of posts."""


class Judgement(NamedTuple):
    """Outcomes by market, the worst verdict by market and topic (applicable ones only), and the worst of all."""

    outcome: str
    outcomes: tuple[tuple[str, str], ...]
    verdicts: tuple[dict[str, Any], ...]


class Courts:
    """The markets of every reach and date that a scan meets, with one bounded memory for all."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        duties = engine.rulebook.duties.values()
        changes = {duty.since for duty in duties} | {_day_after(duty.until) for duty in duties if duty.until is not None}
        self._changes = sorted(changes)
        self._markets: dict[tuple[tuple[str, ...], str], Markets] = {}
        self._remembered = 0

    def judge(self, facts: Facts, reach: tuple[str, ...], as_of: str) -> Judgement:
        """Judge one post's facts in each market of `reach` by the law of `as_of`. Equal shapes give the same object.

        Raises:
            InputError: an unknown market.
        """
        at = bisect_right(self._changes, as_of)
        place = (reach, self._changes[at - 1] if at else "0001-01-01")  # since that day the same duties are in force
        markets = self._markets.get(place)
        if markets is None or self._remembered > _MOST_REMEMBERED:
            if self._remembered > _MOST_REMEMBERED:
                self._markets.clear()
                self._remembered = 0
            markets = self._markets[place] = Markets(self._engine, *place)
            self._remembered += markets.size
        judgement, is_new = markets.judge(facts)
        if is_new:
            self._remembered += markets.size
        return judgement


def _day_after(day: str) -> str:
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()


class Markets:
    """The duties of each market of a reach on a date, and judgements remembered by the shape of the facts."""

    def __init__(self, engine: Engine, reach: Sequence[str], as_of: str) -> None:
        shared = {market: engine.plan([market], as_of) for market in engine.plan(reach, as_of).reach}
        # Plans of one's own, so that their memories end with this.
        self._plans = {market: make_plan(plan.reach, plan.as_of, plan.duties, plan.languages) for market, plan in shared.items()}
        self.size = len(self._plans)
        self._known: dict[tuple[Any, ...], Judgement] = {}

    def judge(self, facts: Facts) -> tuple[Judgement, bool]:
        """The judgement, and whether it is a new one."""
        key = (circumstances(facts), tuple([fact.value for fact in facts.values.values()]))
        known = self._known.get(key)
        if known is not None:
            return known, False
        judgement = self._known[key] = self._judged(facts)
        return judgement, True

    def _judged(self, facts: Facts) -> Judgement:
        outcomes: list[tuple[str, str]] = []
        verdicts: list[dict[str, Any]] = []
        worst = Outcome.NOT_APPLICABLE
        for market, plan in self._plans.items():
            by_topic: dict[str, Verdict] = {}
            for verdict in evaluate(facts, plan):
                if verdict.outcome is Outcome.NOT_APPLICABLE:
                    continue
                known = by_topic.get(verdict.duty.topic)
                if known is None or (verdict.outcome, verdict.duty.severity) > (known.outcome, known.duty.severity):
                    by_topic[verdict.duty.topic] = verdict
            here = max((verdict.outcome for verdict in by_topic.values()), default=Outcome.NOT_APPLICABLE)
            worst = max(worst, here)
            outcomes.append((market, here.key))
            verdicts += [_row(market, topic, verdict, facts) for topic, verdict in by_topic.items()]
        return Judgement(worst.key, tuple(outcomes), tuple(verdicts))


def _row(market: str, topic: str, verdict: Verdict, facts: Facts) -> dict[str, Any]:
    label = facts.disclosures[verdict.disclosure] if verdict.disclosure >= 0 else None
    return {
        "market": market,
        "topic": topic,
        "outcome": verdict.outcome.key,
        "duty": verdict.duty.id,
        "severity": verdict.duty.severity.key,
        "gate": verdict.gate.key if verdict.gate is not None else None,
        "reason": verdict.reason,
        "label": label.label if label is not None else None,
        "place": label.place.value if label is not None else None,
    }
