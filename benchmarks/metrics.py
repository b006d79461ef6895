"""Counts → rates with 95 % Wilson intervals, and what a rate means at the base rate of real feeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest

BASE_RATES = (0.108, 0.02)
"""Shares of undisclosed advertising in feeds at which precision is adjusted: one post in ten, and one in fifty."""
LEVELS = ("nothing seen", "a hint, not enough", "please look", "commercial")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled post and what Adcheck said of it; carries no text.

    Attributes:
        level: index into LEVELS, how surely the text shows advertising.
        outcome: the worst outcome among the duties on an advertising label.
        place: the best place class of a sponsorship label, or None.
        placed: whether a label stands where the row's kind says that it does; None where the kind says nothing.
        cues: ids of what spoke for advertising.
    """

    id: str
    language: str
    platform: str
    kind: str
    basis: str
    commercial: bool | None
    disclosed: bool | None
    ai_persona: bool | None
    level: int
    outcome: str
    place: str | None
    placed: bool | None
    persona: str
    cues: tuple[str, ...]

    @property
    def flagged(self) -> bool:
        """Whether a person would be asked or told something."""
        return self.outcome in {"fail", "needs_review"}

    @property
    def is_hard(self) -> bool:
        """A non-commercial post that was chosen because it looks like advertising."""
        return self.kind in {"hard negative", "negated"}


def rate(hits: int, total: int) -> dict[str, Any]:
    """`{hits, total, rate, low, high}`; rate and bounds are None without rows."""
    if not total:
        return {"hits": 0, "total": 0, "rate": None, "low": None, "high": None}
    interval = binomtest(hits, total).proportion_ci(method="wilson")
    return {"hits": hits, "total": total, "rate": hits / total, "low": float(interval.low), "high": float(interval.high)}


def share(rows: Iterable[Row], hit: Mapping[Row, bool] | Any) -> dict[str, Any]:
    """The rate of rows for which `hit(row)` holds."""
    found = [bool(hit(row)) for row in rows]
    return rate(sum(found), len(found))


def measure(rows: Sequence[Row]) -> dict[str, Any]:
    """Every figure of one group of rows."""
    organic = [row for row in rows if row.commercial is False]
    plain = [row for row in organic if not row.is_hard]
    ads = [row for row in rows if row.commercial]
    undisclosed = [row for row in ads if row.disclosed is False]
    disclosed = [row for row in ads if row.disclosed]
    called = [row for row in rows if row.commercial is not None and row.level >= 2]
    precision = share(called, lambda row: row.commercial)
    recall = share(ads, lambda row: row.level >= 2)
    p, r = precision["rate"], recall["rate"]
    return {
        "rows": len(rows),
        "false_alarms": share(plain, lambda row: row.flagged),
        "false_alarms_hard": share([row for row in organic if row.is_hard], lambda row: row.flagged),
        "organic_fail": share(organic, lambda row: row.outcome == "fail"),
        "undisclosed_flagged": share(undisclosed, lambda row: row.flagged),
        "disclosed_recognised": share(disclosed, lambda row: row.place is not None),
        "disclosed_placed": share(disclosed, lambda row: row.place is not None and row.placed is not False),
        "commercial_precision": precision,
        "commercial_recall": recall,
        "commercial_f1": None if not p or not r else 2 * p * r / (p + r),
        "persona_recognised": share([row for row in rows if row.ai_persona], lambda row: row.persona == "yes"),
        "persona_false_alarms": share([row for row in rows if row.ai_persona is False], lambda row: row.persona != "no"),
    }


def adjusted_precision(figures: Mapping[str, Any], base: float) -> dict[str, float] | None:
    """Precision of a flag where a share `base` of posts is an undisclosed ad, worst and best within both 95 % intervals.

    None where the rows hold no undisclosed ad or no harmless post.
    """
    seen, alarms = figures["undisclosed_flagged"], figures["false_alarms"]
    if not seen["total"] or not alarms["total"]:
        return None

    def precision(sensitivity: float, false: float) -> float:
        right, wrong = base * sensitivity, (1 - base) * false
        return right / (right + wrong) if right + wrong else 0.0

    return {
        "rate": precision(seen["rate"], alarms["rate"]),
        "low": precision(seen["low"], alarms["high"]),
        "high": precision(seen["high"], alarms["low"]),
    }


def grouped(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The figures of all rows and of each language, platform, kind of disclosure and basis of the label: `{"language": {"en": …}}`."""
    result: dict[str, dict[str, Any]] = {"all": {"all": measure(rows)}}
    for name in ("language", "platform", "kind", "basis"):
        values = sorted({getattr(row, name) for row in rows})
        result[name] = {value: measure([row for row in rows if getattr(row, name) == value]) for value in values}
    result["all"]["all"]["adjusted_precision"] = {str(base): adjusted_precision(result["all"]["all"], base) for base in BASE_RATES}
    return result


def as_json(row: Row) -> dict[str, Any]:
    """The row as JSON."""
    return asdict(row)
