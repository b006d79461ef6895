"""Which language a text is in. It chooses explanations, fix wording and "the message's own language"; it never decides what can be found.

The model is py3langid's. Its own form takes half a second to unpack, so the part that is needed here is kept in the user's cache folder,
in tables that are read as they lie and without NumPy; the answers are the library's (a property test).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import math
import re
import struct
import unicodedata
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from compliance.store import remembered
from compliance.text import stands_alone

_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|[^\w\s'’-]", re.UNICODE)
_LEAST_LETTERS = 12
_SYLLABLE = 3
"""So many letters a Chinese or Japanese character or a Korean syllable says as much as."""
_BLOCK = 32


class LanguageModel(NamedTuple):
    """Naive Bayes over the byte sequences that an automaton finds in a text.

    Attributes:
        languages: ISO 639-1 codes; one may stand there twice (two scripts).
        rows: for each state of the automaton, where its row begins in `blocks`.
        blocks: for each state and block of 32 byte values, where these begin in `moves`; equal blocks are there once.
        moves: the next state for each byte value.
        features: for each state, the sequence that ends there, or -1.
        weights: for each sequence, a 16-bit float a language.
        priors: one a language.
    """

    languages: list[str]
    rows: array[int]
    blocks: array[int]
    moves: array[int]
    features: array[int]
    weights: bytes
    priors: list[float]

    def likeliest(self, text: str) -> str:
        """The language in which `text` is likeliest; of equals, the first."""
        text = unicodedata.normalize("NFC", text.lower() if text.isupper() else text)
        rows, blocks, moves, features = self.rows, self.blocks, self.moves, self.features
        state = 0
        found: list[int] = []
        for byte in text.encode("utf-8", "surrogatepass"):
            state = moves[blocks[rows[state] + byte // _BLOCK] + byte % _BLOCK]
            if features[state] >= 0:
                found.append(features[state])
        if not found:
            return self.languages[0]
        row = struct.Struct(f"={len(self.languages)}e")
        scores = self.priors
        for feature, count in Counter(found).items():
            often = math.log1p(count)
            scores = [
                score + often * weight for score, weight in zip(scores, row.unpack_from(self.weights, feature * row.size), strict=True)
            ]
        return self.languages[scores.index(max(scores))]


def guess_language(text: str, among: tuple[str, ...]) -> str | None:
    """The likeliest language of `text` among the ISO 639-1 codes `among`; None where there is too little text to tell.

    Deterministic. The model loads on the first call.
    """
    words = _NOISE.sub(" ", text)
    letters = sum(_SYLLABLE if stands_alone(character) else 1 for character in words if character.isalpha())
    if letters < _LEAST_LETTERS or not among:
        return None
    if len(among) == 1:
        return among[0]
    model = _model(tuple(sorted(set(among))))
    return model.likeliest(words) if model.languages else None


@functools.lru_cache(maxsize=16)
def _model(among: tuple[str, ...]) -> LanguageModel:
    spec = importlib.util.find_spec("py3langid")  # found and not imported
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).with_name("data") / "model.npz.xz"
    about = file.stat()
    key = hashlib.sha256(f"{about.st_size} {about.st_mtime_ns} {' '.join(among)}".encode()).hexdigest()
    model: LanguageModel = remembered("language", key, lambda: _part_of_library_model(file, among))
    return model


def _part_of_library_model(file: Path, among: Sequence[str]) -> LanguageModel:
    """py3langid's model for the languages `among` that it knows."""
    from py3langid.modelio import load_model

    weights, priors, languages, moves, rows, features = load_model(file)
    wanted = [at for at, language in enumerate(languages) if language in among]
    blocks, distinct = _shared(moves)
    return LanguageModel(
        languages=[languages[at] for at in wanted],
        rows=array("I", (row * (256 // _BLOCK) for row in rows)),
        blocks=blocks,
        moves=distinct,
        features=array("i", features),
        weights=weights[:, wanted].tobytes(),
        priors=priors[wanted].tolist(),
    )


def _shared(moves: array[Any]) -> tuple[array[int], array[int]]:
    """Where each block of `moves` begins in the distinct ones, and these."""
    data, size = moves.tobytes(), moves.itemsize * _BLOCK
    places: dict[bytes, int] = {}
    blocks = array("I", (places.setdefault(data[at : at + size], len(places) * _BLOCK) for at in range(0, len(data), size)))
    distinct = array(moves.typecode)
    distinct.frombytes(b"".join(places))
    return blocks, distinct
