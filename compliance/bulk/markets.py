"""Facts → the outcome in each market by itself. What a market says never depends on which other markets a scan asks about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from compliance.engine import Engine
from compliance.evaluate import Verdict, circumstances, evaluate, make_plan
from compliance.model import Facts, Outcome

_MOST_SHAPES = 1_000
"""So many judgements are remembered: with their plans' own memories some tens of megabytes, whatever the number of posts."""


class Judgement(NamedTuple):
    """Outcomes by market, the worst verdict by market and topic (applicable ones only), and the worst of all."""

    outcome: str
    outcomes: tuple[tuple[str, str], ...]
    verdicts: tuple[dict[str, Any], ...]


class Markets:
    """The duties of each market, and judgements remembered by the shape of the facts (bounded)."""

    def __init__(self, engine: Engine, reach: Sequence[str], as_of: str | None) -> None:
        together = engine.plan(reach, as_of)
        self.as_of = together.as_of
        self._shared = {market: engine.plan([market], together.as_of) for market in together.reach}
        self._forget()

    def _forget(self) -> None:
        """Start with empty memories: plans of one's own, so that theirs end with ours."""
        self._plans = {market: make_plan(plan.reach, plan.as_of, plan.duties, plan.languages) for market, plan in self._shared.items()}
        self._known: dict[tuple[Any, ...], Judgement] = {}

    def judge(self, facts: Facts) -> Judgement:
        """Judge one post's facts in every market. Equal shapes give the same object."""
        key = (circumstances(facts), tuple([fact.value for fact in facts.values.values()]))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_SHAPES:
                self._forget()
            known = self._known[key] = self._judged(facts)
        return known

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
