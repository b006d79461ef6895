"""The small language in which rule files write wordings, and its compilation.

A form without classes, gaps or inner prefixes expands into plain token sequences, which one automaton finds; any other form becomes a
token pattern behind an anchor: a word that must be present. `rules/README.md` describes the language.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Set
from typing import NamedTuple

from compliance.errors import RuleError
from compliance.packed import PackedList
from compliance.text import fold, lex

SEPARATOR = "\x1f"
CLASSES: dict[str, tuple[str, ...]] = {
    "CODE": ("code",),
    "PERCENT": ("percent",),
    "PRICE": ("price",),
    "NUMBER": ("number",),
    "MENTION": ("mention",),
    "HASHTAG": ("hashtag",),
    "URL": ("url", "host"),
    "NAME": ("name", "code"),
    "BRAND": ("mention", "hashtag", "name", "code"),
    "TIME": ("time",),
}
BREAKS = ("newline", "stop")
"""Shapes of the tokens that no gap crosses."""
_MOST_SEQUENCES = 24
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu)['’]")
_ATOM = re.compile(r"\{(?P<cls>[A-Z]+)\}(?P<clsopt>\?)?|<(?P<gap>\d)>")


class Atom(NamedTuple):
    """One place in a form: alternatives of words, a token class, or a gap of up to `gap` tokens."""

    words: tuple[str, ...] = ()
    is_prefix: bool = False
    is_optional: bool = False
    shapes: tuple[str, ...] = ()
    gap: int = 0

    def takes(self, word: str, shape: str) -> bool:
        """Whether a token stands at this place (not for gaps)."""
        if self.shapes:
            return shape in self.shapes
        return word.startswith(self.words) if self.is_prefix else word in self.words


class Pattern(NamedTuple):
    """A compiled form.

    Attributes:
        sequences: the plain token sequences that it expands to (joined, with separators), or empty if it is a token pattern.
        atoms: the parts of a token pattern.
        anchors: words of which at least one is in every text that matches; True where the anchor must be a whole token.
        required: for a token pattern, all its obligatory whole words, each with its alternatives.
        obligatory: its atoms that must each take a token.
        is_fixed: it always spans one token per atom.
        key: the place of the atom by which it is looked for.
        reach: the most tokens that it can span.
    """

    source: str
    sequences: tuple[str, ...]
    atoms: tuple[Atom, ...]
    anchors: tuple[tuple[str, bool], ...]
    required: tuple[frozenset[str], ...] = ()
    obligatory: tuple[Atom, ...] = ()
    is_fixed: bool = False
    key: int = 0
    reach: int = 0

    def may_match(self, words: Set[str]) -> bool:
        """Whether every obligatory whole word of the form has one of its alternatives among `words`."""
        for alternatives in self.required:  # noqa: SIM110 - a plain loop: this runs for a hundred patterns a text
            if alternatives.isdisjoint(words):
                return False
        return True


class Patterns(PackedList[Pattern]):
    """The patterns of a lexicon: of fifty thousand, a text opens a hundred."""

    def open(self, indexes: Iterable[int], words: Set[str]) -> list[int]:
        """Those of `indexes` whose pattern may match a text of `words`."""
        known = self._open
        return [index for index in indexes if (known[index] or self[index]).may_match(words)]


def compile_form(source: str, where: str) -> Pattern:
    """Compile one form.

    Raises:
        RuleError: no obligatory word, unknown class, too many gaps, or alternatives of several words.
    """
    atoms = _atoms(source, where)
    if not any(atom.words and not atom.is_optional for atom in atoms):
        raise RuleError(
            f"the form {source!r} has no word that must be present", where=where, hint="Add an obligatory word; it becomes the anchor."
        )
    if sum(1 for atom in atoms if atom.gap or atom.is_optional) > 3:
        raise RuleError(f"the form {source!r} has more than three gaps and optional parts", where=where, hint="Write it as two forms.")
    if atoms[0].gap or atoms[-1].gap:
        raise RuleError(f"the form {source!r} begins or ends with a gap", where=where, hint="Drop the gap.")
    sequences = _sequences(atoms)
    anchors = _anchors(atoms, sequences)
    if sequences:
        return Pattern(source, sequences, (), anchors)
    obligatory = tuple(atom for atom in atoms if not atom.gap and not atom.is_optional)
    words = [word for word, _ in anchors]
    return Pattern(
        source,
        (),
        atoms,
        anchors,
        required=tuple(frozenset(atom.words) for atom in obligatory if atom.words and not atom.is_prefix),
        obligatory=obligatory,
        is_fixed=len(obligatory) == len(atoms),
        key=next(at for at, atom in enumerate(atoms) if list(atom.words) == words and not atom.is_optional),
        reach=sum(atom.gap or 1 for atom in atoms),
    )


def _atoms(source: str, where: str) -> tuple[Atom, ...]:
    atoms: list[Atom] = []
    for part in source.split():
        match = _ATOM.fullmatch(part)
        if match and match["gap"]:
            if int(match["gap"]) > 5:
                raise RuleError(f"the gap in {source!r} is too wide", where=where, hint="At most <5>.")
            atoms.append(Atom(gap=int(match["gap"])))
            continue
        if match and match["cls"]:
            if match["cls"] not in CLASSES:
                raise RuleError(
                    f"unknown class {part!r} in {source!r}", where=where, hint="Known: " + ", ".join(f"{{{name}}}" for name in CLASSES)
                )
            atoms.append(Atom(shapes=CLASSES[match["cls"]], is_optional=bool(match["clsopt"])))
            continue
        if part in {"...", "<..>", "…"} or part.startswith("{") or (part.startswith("<") and len(part) > 1):
            raise RuleError(f"cannot read {part!r} in {source!r}", where=where, hint="A gap is <0> to <5>; a class is {CODE}.")
        atoms.extend(_word_atoms(part, source, where))
    if not atoms:
        raise RuleError("an empty form", where=where, hint="Write the wording.")
    return tuple(atoms)


def _word_atoms(part: str, source: str, where: str) -> list[Atom]:
    is_optional = len(part) > 1 and part.endswith("?")
    if is_optional:
        part = part[:-1]
    choices = part.split("|") if len(part) > 1 else [part]
    if len(choices) > 1 and not all(choices):
        choices = [part]
    is_prefix = len(part) > 1 and all(len(choice) > 1 and choice.endswith("*") for choice in choices)
    if not is_prefix and len(choices) > 1 and any(len(choice) > 2 and choice.endswith("*") for choice in choices):
        raise RuleError(f"in {source!r} some alternatives of {part!r} end in * and some do not", where=where, hint="Write it as two forms.")
    texts = [choice[:-1] if is_prefix else choice for choice in choices]
    if len(texts) == 1 and texts[0].startswith("#*"):
        return [Atom(words=(fold(texts[0]),), is_prefix=False, is_optional=is_optional)]
    words = [_tokens(text) for text in texts]
    if len(words) > 1:
        if any(len(word) != 1 for word in words):
            raise RuleError(f"an alternative in {source!r} is more than one word: {part!r}", where=where, hint="Write it as two forms.")
        return [Atom(words=tuple(dict.fromkeys(word[0] for word in words)), is_prefix=is_prefix, is_optional=is_optional)]
    if is_optional and len(words[0]) != 1:
        raise RuleError(f"the optional {part!r} in {source!r} is more than one token", where=where, hint="Write it as two forms.")
    atoms = [Atom(words=(word,), is_optional=is_optional) for word in words[0]]
    if is_prefix and atoms:
        atoms[-1] = Atom(words=atoms[-1].words, is_prefix=True, is_optional=is_optional)
    return atoms


def _tokens(text: str) -> tuple[str, ...]:
    """The words of one alternative. An elided one (`j'`, `qu'`) is a token only before a word, so it is read before one."""
    if _ELIDED.fullmatch(text):
        return (lex(text + "a")[0].text,)
    return tuple(token.text for token in lex(text))


def _sequences(atoms: tuple[Atom, ...]) -> tuple[str, ...]:
    """All plain token sequences of a form, or none if it cannot be written so."""
    if any(atom.shapes or atom.gap for atom in atoms) or any(atom.is_prefix for atom in atoms[:-1]):
        return ()
    if atoms[-1].is_prefix and atoms[-1].is_optional:
        return ()
    suffix = [atom for atom in atoms if atom.words[0].startswith("#*")]
    if suffix:
        return (atoms[0].words[0][2:] + SEPARATOR,) if len(atoms) == 1 else ()
    choices = [atom.words + (("",) if atom.is_optional else ()) for atom in atoms]
    if len(list(itertools.islice(itertools.product(*choices), _MOST_SEQUENCES + 1))) > _MOST_SEQUENCES:
        return ()
    end = "" if atoms[-1].is_prefix else SEPARATOR
    return tuple(
        dict.fromkeys(
            SEPARATOR + SEPARATOR.join(word for word in words if word) + end for words in itertools.product(*choices) if any(words)
        )
    )


def _anchors(atoms: tuple[Atom, ...], sequences: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    if len(atoms) == 1 and atoms[0].words and atoms[0].words[0].startswith("#*"):
        return ((atoms[0].words[0][2:], False),)
    best = max(
        (atom for atom in atoms if atom.words and not atom.is_optional),
        key=lambda atom: min(len(word) for word in atom.words) - (1 if len(atom.words) > 1 else 0),
    )
    return tuple((word, not best.is_prefix) for word in best.words)


def matcher_pattern(atoms: tuple[Atom, ...]) -> list[dict[str, object]]:
    """The atoms as a spaCy Matcher pattern over docs whose words are folded tokens and whose TAG is the token's shape."""
    pattern: list[dict[str, object]] = []
    for atom in atoms:
        if atom.gap:
            pattern.append({"TAG": {"NOT_IN": list(BREAKS)}, "OP": "{0," + str(atom.gap) + "}"})
            continue
        token: dict[str, object]
        if atom.shapes:
            token = {"TAG": {"IN": list(atom.shapes)}}
        elif atom.is_prefix:
            token = {"TEXT": {"REGEX": "^(?:" + "|".join(re.escape(word) for word in atom.words) + ")"}}
        elif len(atom.words) == 1:
            token = {"ORTH": atom.words[0]}
        else:
            token = {"ORTH": {"IN": list(atom.words)}}
        if atom.is_optional:
            token["OP"] = "?"
        pattern.append(token)
    return pattern
