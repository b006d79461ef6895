"""Tables → plots as inline SVG, drawn by matplotlib. Colours are the page's own variables, so that plots follow light and dark."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from compliance.bulk.words import Words

Record = Mapping[str, Any]

# matplotlib knows no CSS variables: each is drawn in a colour of its own and put in afterwards.
_COLOURS = {"fail": "#aa0001", "needs_review": "#aa0002", "pass": "#aa0003", "ink": "#aa0004", "soft": "#aa0005", "line": "#aa0006"}
_COLOURS |= {"accent": "#aa0007", "card": "#aa0008"}
_WIDTH = 8.2
"""Inches of every plot, so that all have letters of one size."""

_LEGEND, _HANDLE = 90, 7
"""Letters that a line of a legend holds, and what each entry takes besides its own."""

_SERIES = ("accent", "fail", "needs_review", "pass", "ink")
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar is a dollar
    "svg.hashsalt": "adcheck",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _COLOURS["line"],
    "axes.labelcolor": _COLOURS["soft"],
    "xtick.color": _COLOURS["soft"],
    "ytick.color": _COLOURS["ink"],
    "xtick.labelcolor": _COLOURS["soft"],
    "text.color": _COLOURS["ink"],
    "grid.color": _COLOURS["line"],
    "legend.frameon": False,
    "legend.labelcolor": _COLOURS["ink"],
}
_DEPTH = {"fail": 0.95, "needs_review": 0.5, "pass": 0.75}
OUTCOMES = ("fail", "needs_review", "pass")


def _svg(name: str, size: tuple[float, float], draw: Callable[[Axes], None]) -> str:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        out = io.StringIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # the browser has the letters that the measuring font lacks
            figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)  # ids of several plots must not meet on one page
    svg = re.sub(r"font-family: [^;\"]+;?|font: ([\d.]+)px [^;\"]+", lambda found: f"font-size: {found[1]}px" if found[1] else "", svg)
    for variable, colour in _COLOURS.items():
        svg = svg.replace(colour, f"var(--{variable})")
    width, height = size[0] * 72, size[1] * 72
    head = f'<svg role="img" aria-labelledby="{name}-title" aria-describedby="{name}-note" viewBox="0 0 {width:g} {height:g}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return re.sub(r"<svg[^>]*>", head, svg, count=1)


def stacked_outcomes(name: str, records: Sequence[Record], key: str, words: Words) -> str:
    """A bar a record: the shares of fail, needs review and pass, with the interval of fail."""

    def draw(axes: Axes) -> None:
        places = range(len(records))
        left = [0.0] * len(records)
        for outcome in OUTCOMES:
            shares = [record[f"{outcome}_share"] or 0.0 for record in records]
            axes.barh(
                places,
                shares,
                left=left,
                height=0.66,
                color=_COLOURS[outcome],
                alpha=_DEPTH[outcome],
                label=words.short("outcome", outcome),
                edgecolor=_COLOURS["card"],
            )
            left = [before + share for before, share in zip(left, shares, strict=True)]
        fails = [record["fail_share"] or 0.0 for record in records]
        below = [share - (record["fail_low"] or 0.0) for share, record in zip(fails, records, strict=True)]
        above = [(record["fail_high"] or 0.0) - share for share, record in zip(fails, records, strict=True)]
        axes.errorbar(fails, list(places), xerr=[below, above], fmt="none", ecolor=_COLOURS["ink"], elinewidth=1.6, capsize=3.5)
        axes.set_yticks(list(places), [f"{words.short(key, record[key])}  ({words.number(record['applicable'])})" for record in records])
        axes.invert_yaxis()
        _percent(axes.xaxis, words)
        axes.set_xlim(0, 1)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        _legend(axes)

    return _svg(name, (_WIDTH, 1.2 + 0.36 * len(records)), draw)


def stacked_gates(name: str, records: Sequence[Record], gates: Sequence[str], words: Words) -> str:
    """A bar a market: at which gate labels fall short."""
    markets = list(dict.fromkeys(record["market"] for record in records))
    shades = dict(zip(gates, (1.0, 0.78, 0.58, 0.4, 0.22), strict=False))

    def draw(axes: Axes) -> None:
        left = [0.0] * len(markets)
        for gate in gates:
            shares = [
                sum(record["share"] for record in records if record["market"] == market and record["gate"] == gate) for market in markets
            ]
            axes.barh(
                markets,
                shares,
                left=left,
                height=0.66,
                color=_COLOURS["accent"],
                alpha=shades[gate],
                label=words.short("gate", gate),
                edgecolor=_COLOURS["card"],
            )
            left = [before + share for before, share in zip(left, shares, strict=True)]
        axes.set_yticks(range(len(markets)), [words.short("market", market) for market in markets])
        axes.invert_yaxis()
        _percent(axes.xaxis, words)
        axes.set_xlim(0, 1)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        _legend(axes)

    return _svg(name, (_WIDTH, 1.5 + 0.36 * len(markets)), draw)


def heatmap(name: str, records: Sequence[Record], key: str, share: str, words: Words, colour: str = "fail") -> str:
    """A cell for each value of `key` and market: the deeper, the larger the share; empty where no duty applied."""
    rows = list(dict.fromkeys(record[key] for record in records))
    markets = sorted({record["market"] for record in records}, key=lambda market: (market != "any", words.short("market", market)))
    cells = {(record[key], record["market"]): record[share] for record in records}

    def draw(axes: Axes) -> None:
        for down, row in enumerate(rows):
            for across, market in enumerate(markets):
                value = cells.get((row, market))
                if value is None:
                    continue
                axes.add_patch(Rectangle((across, down), 0.94, 0.9, color=_COLOURS[colour], alpha=0.06 + 0.5 * value, linewidth=0))
                axes.text(across + 0.47, down + 0.47, f"{100 * value:.0f}", ha="center", va="center", fontsize=10)
        axes.set_xlim(0, len(markets))
        axes.set_ylim(len(rows), 0)
        axes.set_xticks(
            [at + 0.47 for at in range(len(markets))], [words.short("market", market) for market in markets], rotation=40, ha="left"
        )
        axes.set_yticks([at + 0.47 for at in range(len(rows))], [words.short(key, row) for row in rows])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    return _svg(name, (_WIDTH, 1.5 + 0.34 * len(rows)), draw)


def lines(name: str, records: Sequence[Record], markets: Sequence[str], words: Words) -> str:
    """The share of fails by week, a line a market, with its interval as a band for the first."""
    weeks = sorted({record["week"] for record in records})

    def draw(axes: Axes) -> None:
        for at, market in enumerate(markets):
            found = [record for record in records if record["market"] == market and record["fail_share"] is not None]
            across = [weeks.index(record["week"]) for record in found]
            shares = [record["fail_share"] for record in found]
            colour = _COLOURS[_SERIES[at]]
            axes.plot(
                across,
                shares,
                color=colour,
                linestyle=_DASHES[at],
                linewidth=2,
                marker="o",
                markersize=4,
                label=words.short("market", market),
            )
            if at == 0:
                axes.fill_between(
                    across,
                    [record["fail_low"] for record in found],
                    [record["fail_high"] for record in found],
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                )
        step = -(-len(weeks) // 6)
        axes.set_xticks(range(0, len(weeks), step), weeks[::step])
        _percent(axes.yaxis, words)
        axes.set_ylim(0, 1)
        axes.grid(axis="y", linewidth=0.8)
        axes.set_axisbelow(True)
        _legend(axes)

    return _svg(name, (_WIDTH, 3.7), draw)


def _legend(axes: Axes) -> None:
    """Above the plot, in as many columns as its longest word leaves room for."""
    handles, shown = axes.get_legend_handles_labels()
    columns = max(1, min(3, int(_LEGEND // (max(map(len, shown), default=0) + _HANDLE))))
    assert isinstance(axes.figure, Figure)
    axes.figure.legend(handles, shown, ncols=columns, loc="outside upper left")


def _percent(axis: Any, words: Words) -> None:
    axis.set_major_formatter(lambda share, _: words.percent(share, 0))
