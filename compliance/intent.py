"""How likely a text is commercial, by a small linear model over its tokens.

The model is asked only where the cues leave the question open, and all that it can do is to ask a person to look: it never makes a
fail. It is trained by `training/train.py` on texts of this project; `training/MODEL_CARD.md` says how well it does and where not.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from compliance.text import Token, hashtag_parts

MODEL = Path(__file__).with_name("intent.model")
_MAGIC = b"adcheck-intent\n"
_ADDRESSES = frozenset({"url", "host", "email"})
_STEM = 5
_PIECES = (4, 5)
_NAME_PIECES = (3, 4, 5)
_WORDY = frozenset({"word", "name", "elision"})
_NAMES = frozenset({"mention", "hashtag"})


class Model(NamedTuple):
    """A linear model: one signed byte for each bucket of hashed features.

    Attributes:
        weights: as many as there are buckets (a power of two).
        scale, slope, offset: probability = logistic(slope * (scale * sum / sqrt(features)) + offset); the last two are its calibration.
        threshold: from this probability on a person is asked, beside a weak cue.
        alone: the same where there is none, but an account is mentioned or an address is given.
        languages: the languages of its training texts (ISO 639-1).
    """

    weights: memoryview
    scale: float
    slope: float
    offset: float
    threshold: float
    alone: float
    languages: frozenset[str]


def features(tokens: Sequence[Token]) -> Iterator[str]:
    """What the model sees of a text beside the pieces of its words, handles and tags: the words, their beginnings, pairs of neighbours in
    which names, handles, links, prices and codes count as such, and how tags and handles go together. Independent of the rulebook."""
    before = "^"
    mentions: list[str] = []
    tags: list[str] = []
    counts = {"mention": 0, "hashtag": 0, "url": 0, "price": 0, "percent": 0, "code": 0}
    for at, token in enumerate(tokens):
        shape = token.shape
        here = _face(token, at, tokens)
        if shape in _WORDY:
            yield token.text
            if len(token.text) > _STEM:
                yield "~" + token.text[:_STEM]
        elif shape == "hashtag":
            tags.append(token.text[1:])
            yield token.text
            for part in hashtag_parts(token.text):
                yield "#~" + part[:_STEM]
        elif shape == "mention":
            mentions.append(token.text[1:])
        if shape in _ADDRESSES:
            counts["url"] += 1
        elif shape in counts:
            counts[shape] += 1
        yield f"{before} {here}"
        before = here
    yield f"{before} $"
    for shape, count in counts.items():
        yield f"n:{shape}:{min(count, 4)}"
    yield f"n:long:{min(len(tokens).bit_length(), 9)}"
    if any(_kin(mention, tag) for mention in mentions for tag in tags):
        yield "n:tag-of-mention"
    if mentions and tokens and tokens[0].shape == "mention":
        yield "n:opens-with-mention"


@functools.lru_cache(1 << 14)  # words come again, in one text and in the next
def _pieces(mark: str, word: str, sizes: Sequence[int]) -> tuple[int, ...]:
    """Runs of letters of a word, its two ends marked: what an unknown word or handle shares with known ones."""
    word = f"<{word}>"
    return tuple(_hash(mark + word[at : at + size]) for size in sizes for at in range(len(word) - size + 1))


def _hash(feature: str) -> int:
    return crc32(feature.encode("utf-8", "surrogatepass"))


def _face(token: Token, at: int, tokens: Sequence[Token]) -> str:
    """The token as its neighbours see it."""
    if token.shape in _ADDRESSES:
        return "{url}"
    if token.shape == "word" or token.shape == "elision":
        return token.text
    if token.shape == "name":  # a capital that only opens a sentence is no name
        return token.text if at == 0 or tokens[at - 1].shape in {"stop", "newline"} else "{name}"
    if token.shape == "other":
        return token.text if token.text.isascii() else "{emoji}"
    return "{" + token.shape + "}"


def _kin(mention: str, tag: str) -> bool:
    """Whether a tag and a handle speak of the same name: @glowlab.nl and #GlowlabGlow."""
    mention = "".join(letter for letter in mention if letter.isalnum())
    return len(mention) > 3 and len(tag) > 3 and (mention[:6] in tag or tag[:6] in mention)


def buckets(tokens: Sequence[Token], size: int) -> set[int]:
    """The hashed features of a text; `size` is the number of buckets, a power of two."""
    mask = size - 1
    found = {_hash(feature) & mask for feature in features(tokens)}
    for token in tokens:
        if token.shape in _WORDY:
            found.update(piece & mask for piece in _pieces("c:", token.text, _PIECES))
        elif token.shape in _NAMES:
            found.update(piece & mask for piece in _pieces("m:", token.text[1:], _NAME_PIECES))
    return found


def commercial_probability(tokens: Sequence[Token], model: Model | None = None) -> float:
    """The calibrated probability (0 to 1) that the text is commercial. 0.0 for a text without tokens."""
    if not tokens:
        return 0.0
    used = model or load_model()
    found = buckets(tokens, len(used.weights))
    weights = used.weights
    score = used.scale * sum(weights[bucket] for bucket in found) / math.sqrt(len(found))
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, used.slope * score + used.offset))))


@functools.lru_cache(maxsize=2)
def load_model(path: Path = MODEL) -> Model:
    """The shipped model, read once.

    Raises:
        ValueError: the file is no model of this version.
    """
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise ValueError(f"{path} is no intent model; make it with: make train")
    header, _, body = data[len(_MAGIC) :].partition(b"\n")
    facts = json.loads(header)
    if len(body) != facts["buckets"]:
        raise ValueError(f"{path} is cut short; make it with: make train")
    return Model(
        memoryview(body).cast("b"),
        facts["scale"],
        facts["slope"],
        facts["offset"],
        facts["threshold"],
        facts["alone"],
        frozenset(facts["languages"]),
    )


def model_bytes(
    weights: bytes, scale: float, slope: float, offset: float, thresholds: tuple[float, float], languages: Sequence[str]
) -> bytes:
    """A model as the file holds it."""
    header = {
        "buckets": len(weights),
        "scale": scale,
        "slope": slope,
        "offset": offset,
        "threshold": thresholds[0],
        "alone": thresholds[1],
        "languages": sorted(languages),
    }
    return _MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n" + weights
