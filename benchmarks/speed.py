"""Speed as ratios in one run: the screen against raw Aho-Corasick, the whole check against Presidio with the same phrases.

    make bench

Prints a table. Nothing here is a timed test: times depend on the machine, the ratios much less.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind
from corpus import hit_heavy, mixed

from compliance import check, default_engine
from compliance.forms import SEPARATOR
from compliance.readers import read_caption
from compliance.text import fold

ROOT = Path(__file__).resolve().parent.parent


def best_of(times: int, action: Callable[[], object]) -> float:
    """The best wall time of several runs, in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def screen_ratio(captions: list[str]) -> dict[str, float]:
    """Fold + screen against raw Aho-Corasick with the same anchors over the same, already folded, bytes."""
    lexicon = default_engine().lexicon
    raw = BytesAhoCorasick([anchor.encode() for anchor in lexicon.anchors], MatchKind.Standard, Implementation.DFA)
    folded = [fold(caption).encode() for caption in captions]
    base = best_of(5, lambda: [raw.find_matches_as_indexes(data, overlapping=True) for data in folded])
    ours = best_of(5, lambda: [lexicon.screen(fold(caption)) for caption in captions])
    return {"raw_us": 1e6 * base / len(captions), "screen_us": 1e6 * ours / len(captions), "ratio": ours / base}


def presidio_ratio(captions: list[str]) -> dict[str, float]:
    """All markets, all findings kept, against a Presidio analyzer whose deny list holds the same phrases. Our captions are each seen for
    the first time, so that nothing remembered of a whole caption helps."""
    from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    engine = default_engine()
    phrases = sorted({sequence.strip(SEPARATOR).replace(SEPARATOR, " ") for sequence in engine.lexicon.sequences})

    class Blank(NlpEngine):
        """spaCy's blank pipeline: Presidio's cheapest."""

        def __init__(self) -> None:
            import spacy

            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None: ...

        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            doc = self.nlp[language](text)
            return NlpArtifacts([], doc, [token.idx for token in doc], [token.text for token in doc], self, language)

        def process_batch(self, texts, language, **kwargs):  # type: ignore[no-untyped-def]
            for text in texts:
                yield text, self.process_text(text, language)

        def is_stopword(self, word: str, language: str) -> bool:
            return False

        def is_punct(self, word: str, language: str) -> bool:
            return False

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return ["en"]

    registry = RecognizerRegistry(recognizers=[PatternRecognizer(supported_entity="CUE", deny_list=phrases)], supported_languages=["en"])
    peer = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    few = captions[: max(20, len(captions) // 40)]
    theirs = best_of(2, lambda: [peer.analyze(caption, language="en") for caption in few]) / len(few)
    markets = engine.rulebook.markets
    plan = engine.plan(markets, "2026-11-23")
    list(
        engine.check_many([read_caption(caption, engine.rulebook) for caption in captions], markets, "2026-11-23")
    )  # warm, on other captions
    fresh = [[read_caption(caption, engine.rulebook) for caption in hit_heavy(engine.rulebook, 2000, seed)] for seed in (11, 12)]
    ours = best_of(1, lambda: [engine.judge(document, plan) for document in fresh[0]]) / len(fresh[0])
    full = best_of(1, lambda: list(engine.check_many(fresh[1], markets, "2026-11-23"))) / len(fresh[1])
    return {
        "markets": len(markets),
        "phrases": len(phrases),
        "presidio_per_s": 1 / theirs,
        "verdicts_and_spans_per_s": 1 / ours,
        "checklists_per_s": 1 / full,
        "ratio_verdicts_and_spans": theirs / ours,
        "ratio_whole_checklists": theirs / full,
    }


def warm_check() -> dict[str, float]:
    """Median of one warm check of a failing Dutch caption in two markets, in milliseconds, fix and sentences included."""
    text = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"
    check(text=text, reach=["nl", "de"], as_of="2026-11-23")
    times = []
    for index in range(300):
        start = time.perf_counter()
        check(text=f"{text} {index}", reach=["nl", "de"], as_of="2026-11-23")
        times.append(1000 * (time.perf_counter() - start))
    return {"median_ms": statistics.median(times), "p95_ms": sorted(times)[int(0.95 * len(times))]}


def cold() -> dict[str, float]:
    """Seconds until the server answers, and until `adcheck --help` is printed."""
    program = "from compliance.web import create_app; client = create_app().test_client(); assert client.get('/healthz').status_code == 200"
    result = {}
    for name, code in (
        ("server_ready_s", program),
        ("help_s", "import sys; sys.argv = ['adcheck', '--help']\nfrom compliance.cli import main\ntry: main()\nexcept SystemExit: pass"),
    ):
        result[name] = best_of(3, lambda code=code: subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True))
    return result


def main() -> None:
    """Run all and print one JSON object."""
    rulebook = default_engine().rulebook
    heavy, sparse = hit_heavy(rulebook, 4000), mixed(rulebook, 8000)
    result = {
        "screen, mixed captions": screen_ratio(sparse),
        "screen, hit-heavy captions": screen_ratio(heavy),
        "hit-heavy captions, all markets, against presidio-analyzer": presidio_ratio(heavy),
        "one warm check": warm_check(),
        "cold start": cold(),
    }
    print(json.dumps(result, indent=2, default=lambda value: round(value, 3)))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
