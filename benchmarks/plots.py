"""Labelled rows → reliability, precision-recall and confusion plots, as PNG and SVG that are the same for the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from metrics import LEVELS, Row, share

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

_OUTCOMES = ("not_applicable", "pass", "needs_review", "fail")
_STATES = ("not commercial", "ad, disclosed", "ad, undisclosed")


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Draw the three plots into `folder` (made if missing); the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams.update({"svg.hashsalt": "adcheck", "font.size": 10, "figure.dpi": 120})
    known = [row for row in rows if row.commercial is not None]
    written = []
    for name, paint in (("reliability", _reliability), ("precision-recall", _precision_recall), ("confusion", _confusion)):
        figure, axes = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
        paint(axes, known)
        for suffix, extra in (("png", {"Software": None}), ("svg", {"Date": None})):
            path = folder / f"{name}.{suffix}"
            figure.savefig(path, metadata=extra)
            written.append(path)
        plt.close(figure)
    return written


def _reliability(axes: Axes, rows: Sequence[Row]) -> None:
    """How often a post of each level is commercial."""
    for level in range(len(LEVELS)):
        found = share([row for row in rows if row.level == level], lambda row: row.commercial)
        if found["rate"] is None:
            continue
        axes.errorbar(
            level, found["rate"], [[found["rate"] - found["low"]], [found["high"] - found["rate"]]], fmt="o", capsize=4, color="#1f4e79"
        )
        axes.annotate(f"{found['hits']}/{found['total']}", (level, found["rate"]), xytext=(8, 4), textcoords="offset points")
    axes.set(xticks=range(len(LEVELS)), xticklabels=LEVELS, ylim=(-0.05, 1.05), xlim=(-0.5, len(LEVELS) - 0.3))
    axes.set(xlabel="what Adcheck says", ylabel="share that is commercial", title="Reliability, with 95 % intervals")


def _precision_recall(axes: Axes, rows: Sequence[Row]) -> None:
    """Precision and recall where everything from a level upwards is called commercial."""
    ads = sum(bool(row.commercial) for row in rows)
    points = []
    for level, name in enumerate(LEVELS):
        called = [row for row in rows if row.level >= level]
        hits = sum(bool(row.commercial) for row in called)
        if called and ads:
            points.append((hits / ads, hits / len(called)))
            axes.annotate(f"from “{name}”", points[-1], xytext=(-6, -14), textcoords="offset points", ha="right")
    axes.plot([x for x, _ in points], [y for _, y in points], "o-", color="#1f4e79")
    axes.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.08), xlabel="recall", ylabel="precision", title="Commercial or not")


def _confusion(axes: Axes, rows: Sequence[Row]) -> None:
    """What each kind of post comes out as."""

    def state(row: Row) -> str | None:
        if not row.commercial:
            return _STATES[0]
        return None if row.disclosed is None else _STATES[1 if row.disclosed else 2]

    counts = [[sum(state(row) == true and row.outcome == said for row in rows) for said in _OUTCOMES] for true in _STATES]
    shares = [[count / max(1, sum(line)) for count in line] for line in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for y, line in enumerate(counts):
        for x, count in enumerate(line):
            axes.text(x, y, str(count), ha="center", va="center", color="white" if shares[y][x] > 0.5 else "black")
    axes.set_xticks(range(len(_OUTCOMES)), [name.replace("_", " ") for name in _OUTCOMES])
    axes.set_yticks(range(len(_STATES)), _STATES)
    axes.set(xlabel="outcome of the label duties", title="Posts by what they are and what Adcheck says")
