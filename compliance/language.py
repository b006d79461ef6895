"""Which language a text is in. It chooses explanations, fix wording and "the message's own language"; it never decides what can be found."""

from __future__ import annotations

import functools
import re
from typing import Any

from compliance.text import stands_alone

_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|[^\w\s'’-]", re.UNICODE)
_LEAST_LETTERS = 12
_SYLLABLE = 3
"""So many letters a Chinese or Japanese character or a Korean syllable says as much as."""


def guess_language(text: str, among: tuple[str, ...]) -> str | None:
    """The likeliest language of `text` among the ISO 639-1 codes `among`; None where there is too little text to tell.

    Deterministic. The model (py3langid, in its package) loads on the first call.
    """
    words = _NOISE.sub(" ", text)
    letters = sum(_SYLLABLE if stands_alone(character) else 1 for character in words if character.isalpha())
    if letters < _LEAST_LETTERS or not among:
        return None
    if len(among) == 1:
        return among[0]
    language, _ = _identifier(tuple(sorted(set(among)))).classify(words)
    return str(language)


@functools.lru_cache(maxsize=16)
def _identifier(among: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(among))
    return identifier
