"""Captions made from the rulebook's own examples and plain sentences: hit-heavy and sparse, the same every time."""

from __future__ import annotations

import random

from compliance.rulebook import Rulebook

_PLAIN = (
    "Sunday walk with the dog, the light was lovely and we forgot the time.",
    "Zondag met de kinderen naar het bos, daarna pannenkoeken.",
    "Heute Abend Nudeln mit Tomatensauce und ein gutes Buch.",
    "Ce matin le marché était plein de fleurs et de monde.",
    "My sister moved house and the cat hid in a box all day.",
    "De trein had vertraging maar het uitzicht maakte alles goed.",
    "Der Garten wächst, die Tomaten werden endlich rot.",
    "On a marché jusqu'à la mer, puis mangé des frites.",
)


def hit_heavy(rulebook: Rulebook, size: int, seed: int = 7) -> list[str]:
    """Captions of two to four rule examples each, of all languages; another `seed` gives other captions of the same kind."""
    source = random.Random(seed)
    pieces = [form.example for entry in rulebook.entries.values() for form in entry.forms]
    return [" ".join(source.sample(pieces, source.randint(2, 4))) for _ in range(size)]


def mixed(rulebook: Rulebook, size: int) -> list[str]:
    """Mostly plain captions, one in five with a rule example in it."""
    source = random.Random(11)
    pieces = [form.example for entry in rulebook.entries.values() for form in entry.forms]
    return [
        " ".join([*source.sample(_PLAIN, source.randint(1, 4)), *([source.choice(pieces)] if source.random() < 0.2 else [])])
        + source.choice(["", " 👩‍🦰✨", " #sunday #home"])
        for _ in range(size)
    ]
