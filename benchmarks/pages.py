"""The speed of the page reader, as ratios in the same run: against BeautifulSoup's own parse, and of a page ten times as long.

The page is made here: an article with a style sheet, navigation, scripts, comments, cards and hidden parts, in the proportions of saved ones.
"""

from __future__ import annotations

import gc
import sys
import time
import warnings
from collections.abc import Callable

from bs4 import BeautifulSoup

from compliance.readers import read_page
from compliance.rulebook import load_rulebook

_WORDS = [
    "De",
    "fiets",
    "rijdt",
    "licht",
    "en",
    "schakelt",
    "zonder",
    "haperen",
    "over",
    "natte",
    "klinkers",
    "langs",
    "de",
    "vaart",
    "waar",
    "de",
    "wind",
    "altijd",
    "van",
    "voren",
    "komt",
    "en",
    "niemand",
    "een",
    "paraplu",
    "openhoudt",
    "terwijl",
    "de",
    "koffie",
    "in",
    "de",
    "tas",
    "warm",
    "blijft",
]


def page(size: int) -> str:
    """A page of about `size` characters."""
    rules = "".join(
        f".card-{n} .title{{font-size:{14 + n % 9}px;color:#{n % 6}{n % 7}3}} .box{n}{{margin:{n}px;padding:4px}} #part{n} > p{{color:#222}}"
        for n in range(120)
    )
    head = (
        '<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Een week fietsen</title><style>'
        f"{rules}.sr{{position:absolute;left:-9999px}}.small{{font-size:8px}}@media print{{nav{{display:none}}}}</style>"
        '<script type="application/ld+json">{"@type":"Article","headline":"Een week fietsen"}</script></head><body><nav><ul>'
    )
    parts = [
        head,
        *(f'<li><a href="/deel/{n}">Deel {n}</a></li>' for n in range(40)),
        "</ul></nav><main><article><h1>Een week fietsen</h1>",
    ]
    length = sum(map(len, parts))
    number = 0
    while length < size:
        number += 1
        words = " ".join(_WORDS[(number * 7 + at * 3) % len(_WORDS)] for at in range(45 + number % 30))
        part = (
            f'<section id="part{number}" class="card card-{number % 120}"><h2 class="title">Etappe {number}</h2>\n'
            f'<p class="text">{words}, <b>zei</b> Lisa &amp; <a href="https://winkel.example/?p={number}&amp;ref=lisa" rel="sponsored">bekijk hier</a>.</p>\n'
            f'<p>{words.capitalize()}.<br>Caf&eacute; {number}</p><div class="meta"><span class="small">foto {number}</span>'
            f'<img src="/f/{number}.jpg" alt="Etappe {number}" loading="lazy"></div>'
            f'<!-- kaart {number} --><div class="sr">verborgen {number}</div></section>\n'
        )
        if number % 12 == 0:
            part += f"<script>window.q=window.q||[];q.push({{id:{number},slot:'card',sizes:[[300,250],[728,90]],lazy:true}});</script>"
        parts.append(part)
        length += len(part)
    parts.append("</article></main><aside><p>Lees ook: helmen</p></aside><footer><p>Contact</p></footer></body></html>")
    return "".join(parts)


def fastest(task: Callable[[], object], times: int) -> float:
    """The shortest of several runs, in seconds of this process."""
    best = float("inf")
    for _ in range(times):
        gc.collect()
        began = time.process_time()
        task()
        best = min(best, time.process_time() - began)
    return best


def main() -> int:
    """Print the ratios; 1 where one is out of bounds."""
    warnings.simplefilter("ignore")
    rulebook = load_rulebook()
    small, large = page(200_000), page(2_000_000)
    soup = fastest(lambda: BeautifulSoup(small, "html.parser"), 7)
    read = fastest(lambda: read_page(small, rulebook), 7)
    as_bytes = fastest(lambda: read_page(small.encode(), rulebook), 5)
    long = fastest(lambda: read_page(large, rulebook), 2)
    rows = (("200 KB page / BeautifulSoup's parse", read / soup, 2.0), ("2 MB page / 200 KB page", long / read, 13.0))
    print(
        f"page of {len(small):,} characters: BeautifulSoup {soup * 1e3:.0f} ms, read_page {read * 1e3:.0f} ms, from bytes {as_bytes * 1e3:.0f} ms"
    )
    for name, ratio, most in rows:
        print(f"{name:40} {ratio:5.2f}  (at most {most:g})")
    return int(any(ratio > most for _, ratio, most in rows))


if __name__ == "__main__":
    sys.exit(main())
