"""Train the intent model from the texts beside this file; the same texts give the same bytes.

    python training/train.py            write compliance/intent.model and training/metrics.json
    python training/train.py --check    exit 1 if the shipped model is not what the texts give

Each row of `intent/<language>.jsonl` is a text of this project (`text`, `commercial`, `topic`) with holes such as {brand}; `fillers.yaml`
says what goes into them. All fillings of one row stay in one fold, so no measure counts a text whose twin was learnt.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, SGDClassifier

from compliance.intent import MODEL, buckets, model_bytes
from compliance.text import lex

HERE = Path(__file__).resolve().parent
DEVELOPMENT = HERE.parent / "tests" / "corpora" / "captions-dev.jsonl"
"""Captions that the cues were developed on; the harmless posts beside it stay unseen."""
BUCKETS = 1 << 20
FOLDS = 5
FILLINGS = 4
FALSE_ALARMS = 0.03
"""So many of the harmless training texts may be asked about, judged by models that have not seen them, beside a weak cue, which about one
harmless post in twenty holds; so that this comes to one or two in a thousand."""
FALSE_ALARMS_ALONE = 0.01
"""The same where no cue stands, but an account is mentioned or an address is given."""
_HOLE = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True)
class Row:
    """A filled text; `seed` numbers the row that it was made from."""

    text: str
    commercial: bool
    language: str
    topic: str
    seed: int


def rows() -> list[Row]:
    """All training texts, filled."""
    fillers = yaml.safe_load((HERE / "fillers.yaml").read_text(encoding="utf-8"))
    made: list[Row] = []
    seed = 0
    for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["labels"]["commercial"] is not None and not row["labels"]["disclosed"]:  # what a label tells, the cues know
            seed += 1
            made.append(Row(row["text"], row["labels"]["commercial"], row["language"], "captions", seed))
    for path in sorted((HERE / "intent").glob("*.jsonl")):
        language = path.stem
        holes = {**fillers["any"], **fillers.get(language, {})}
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.strip():
                continue
            row = json.loads(line)
            seed += 1
            made += [
                Row(text, bool(row["commercial"]), language, row["topic"], seed)
                for text in _fillings(row["text"], holes, random.Random(f"{language}:{row['text']}"))
            ]
    return made


def _fillings(text: str, holes: dict[str, list[str]], chance: random.Random) -> Iterator[str]:
    """The text with its holes filled in several ways; the same hole is filled alike within one filling."""
    seen = set()
    for _ in range(FILLINGS if _HOLE.search(text) else 1):
        chosen: dict[str, str] = {}
        brand = chance.choice(holes["brand"])
        chosen["brand"] = brand
        chosen["handle"] = "@" + re.sub(r"\W", "", brand).lower() + chance.choice(["", "", "official", ".store", "_eu"])
        chosen["tag"] = "#" + re.sub(r"\W", "", brand) + chance.choice(["", "", "Partner", "Moments", "Love", "Squad"])
        for hole in sorted(set(_HOLE.findall(text)) - chosen.keys()):
            chosen[hole] = chance.choice(holes[hole])
        filled = _HOLE.sub(lambda hole, chosen=chosen: chosen[hole[1]], text)
        if filled not in seen:
            seen.add(filled)
            yield filled


def matrix(texts: Sequence[str]) -> csr_matrix:
    """One line a text: its hashed features, each 1/sqrt(number of features)."""
    indices: list[int] = []
    starts = [0]
    values: list[float] = []
    for text in texts:
        found = sorted(buckets(lex(text), BUCKETS))
        indices += found
        values += [1 / math.sqrt(max(len(found), 1))] * len(found)
        starts.append(len(indices))
    return csr_matrix((values, indices, starts), shape=(len(texts), BUCKETS), dtype=np.float64)


def fit(features: csr_matrix, commercial: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weights. Stochastic descent with averaging: plain loops, whose sums do not depend on the processor's linear algebra."""
    learner = SGDClassifier(
        loss="log_loss", alpha=5e-6, max_iter=30, tol=None, average=True, random_state=7, fit_intercept=False, learning_rate="optimal"
    )
    learner.fit(features, commercial, sample_weight=weight)
    return np.asarray(learner.coef_[0])


def quantised(weights: np.ndarray) -> tuple[np.ndarray, float]:
    """The weights as signed bytes, and what one step is worth."""
    step = float(np.float32(np.quantile(np.abs(weights[weights != 0]), 0.999) / 127))
    return np.clip(np.rint(weights / step), -127, 127).astype(np.int8), step


def calibrated(score: np.ndarray, commercial: np.ndarray) -> tuple[float, float]:
    """Slope and offset of Platt's scaling, to four digits."""
    platt = LogisticRegression(C=1e6).fit(score.reshape(-1, 1), commercial)
    return round(float(platt.coef_[0][0]), 4), round(float(platt.intercept_[0]), 4)


def train() -> tuple[bytes, dict[str, Any]]:
    """The model's bytes and the measures of models that had not seen what they were measured on."""
    made = rows()
    commercial = np.array([row.commercial for row in made])
    seeds = np.array([row.seed for row in made])
    counts = np.bincount(seeds)
    weight = 1.0 / counts[seeds]
    for label in (False, True):  # both classes weigh the same
        weight[commercial == label] /= weight[commercial == label].sum() / len(made) * 2
    features = matrix([row.text for row in made])
    score = np.zeros(len(made))
    order = list(range(1, int(seeds.max()) + 1))
    random.Random(7).shuffle(order)
    fold_of = np.zeros(int(seeds.max()) + 1, dtype=int)
    for place, seed in enumerate(order):
        fold_of[seed] = place % FOLDS
    for fold in range(FOLDS):
        held = fold_of[seeds] == fold
        bytes_, step = quantised(fit(features[~held], commercial[~held], weight[~held]))
        score[held] = features[held] @ (bytes_.astype(np.float64) * step)
    slope, offset = calibrated(score, commercial)
    probability = 1 / (1 + np.exp(-(slope * score + offset)))
    threshold, alone = (
        round(float(np.quantile(probability[~commercial], 1 - share)) + 0.0005, 3) for share in (FALSE_ALARMS, FALSE_ALARMS_ALONE)
    )
    bytes_, step = quantised(fit(features, commercial, weight))
    languages = sorted({row.language for row in made})
    model = model_bytes(bytes_.tobytes(), step, slope, offset, (threshold, alone), languages)
    return model, {"threshold alone": alone, **_measures(made, probability, commercial, threshold)}


def _measures(made: Sequence[Row], probability: np.ndarray, commercial: np.ndarray, threshold: float) -> dict[str, Any]:
    """Counts by language: texts, and how many of each class are asked about at the threshold."""
    asked = probability >= threshold
    language = np.array([row.language for row in made])

    def line(chosen: np.ndarray) -> dict[str, Any]:
        ads, others = chosen & commercial, chosen & ~commercial
        return {
            "commercial": int(ads.sum()),
            "harmless": int(others.sum()),
            "commercial asked": round(float(asked[ads].mean()), 3) if ads.any() else None,
            "harmless asked": round(float(asked[others].mean()), 4) if others.any() else None,
            "accuracy at one half": round(float(((probability >= 0.5) == commercial)[chosen].mean()), 3),
            "Brier score": round(float(((probability - commercial) ** 2)[chosen].mean()), 3),
        }

    bins = [
        {
            "from": low / 10,
            "texts": int(here.sum()),
            "mean probability": round(float(probability[here].mean()), 3),
            "commercial": round(float(commercial[here].mean()), 3),
        }
        for low in range(10)
        if (here := (probability >= low / 10) & (probability < (low + 1) / 10 + (low == 9))).any()
    ]
    return {
        "threshold": threshold,
        "seeds": len({row.seed for row in made}),
        "all": line(np.ones(len(made), dtype=bool)),
        **{name: line(language == name) for name in sorted(set(language))},
        "reliability": bins,
    }


def main() -> None:
    """Write the model and its measures, or check the shipped one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the shipped model instead of writing it")
    data, measures = train()
    if parser.parse_args().check:
        same = MODEL.exists() and MODEL.read_bytes() == data
        print("the shipped model is what the texts give" if same else "the shipped model differs: run make train")
        sys.exit(0 if same else 1)
    MODEL.write_bytes(data)
    (HERE / "metrics.json").write_text(json.dumps(measures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(measures, indent=1))


if __name__ == "__main__":
    main()
