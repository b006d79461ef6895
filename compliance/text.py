"""Folding, lexing and offsets.

`fold` undoes the ways in which the same letters can be written, so that one spelling in a rule finds them all;
`lex` cuts folded text into the tokens that rules speak of; `OffsetMap` leads back to what the author typed.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from compliance.lookalikes import LOOKALIKE, SHAPED

# Characters that print nothing: joiners, soft hyphen, direction marks, variation selectors, tag characters.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# Marks that NFKC could not compose with their letter: decoration such as a̲d̲.
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u0060": "'", "\u00b4": "'", "\u2032": "'"})
_APOSTROPHE = re.compile("[\u2018\u2019\u02bc\u00b4\u2032`]")
_SHAPED = re.compile("[" + "".join(map(re.escape, SHAPED)) + "]")
_LOOKALIKE_WORD = re.compile(r"#?[^\W\d_]+")
_HAS_LOOKALIKE = re.compile("[" + "".join(map(re.escape, LOOKALIKE)) + "]")
_TO_LATIN = str.maketrans(LOOKALIKE)
_TO_SHAPE = str.maketrans(SHAPED)


_CELL_OR_COMMENT = re.compile(r'(?m)(?:^|(?<=[,;\t|]))"(?:[^"]|"")*+"|^#[ \t]*adcheck-ignore\b(?P<rest>[^\r\n]*)')


def table_comments(text: str) -> Iterator[tuple[int, int]]:
    """Where the `# adcheck-ignore` lines of a CSV or TSV begin and end; what stands so within a quoted cell is a caption's and none."""
    return (match.span() for match in _CELL_OR_COMMENT.finditer(text) if match["rest"] is not None)


def fold(text: str) -> str:
    """The one spelling under which rules and texts meet.

    NFKC, case-folded, curly apostrophes straightened, invisible characters and loose combining marks removed, squared and
    small-capital letters spelt out, look-alike letters made Latin in words that mix scripts or become wholly Latin.
    A truly Cyrillic or Greek word stays as it is.

    >>> fold("＃ａｄ"), fold("#аd"), fold("a\u200bd")
    ('#ad', '#ad', 'ad')
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    return _latinise(_plain(text))


def _plain(text: str) -> str:
    """Folding of everything but look-alikes; concatenative over the chunks of `_chunks`."""
    if _SURROGATE.search(text):  # half a character, which no encoding can carry on
        text = _SURROGATE.sub("\ufffd", text)
    if _SHAPED.search(text):
        text = text.translate(_TO_SHAPE)
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text.replace("`", "'")
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    if _MARKS.search(text):
        text = _MARKS.sub("", text)
    if _APOSTROPHE.search(text):
        text = text.translate(_APOSTROPHES)
    return text


_plain_chunk = functools.lru_cache(maxsize=8192)(_plain)
"""For chunks, most of which are one letter."""


def _latinise(text: str) -> str:
    """Length-preserving: each look-alike letter becomes the Latin letter that it imitates, where the word is not of its own script."""
    if not _HAS_LOOKALIKE.search(text):
        return text
    return _LOOKALIKE_WORD.sub(_latin_word, text)


def _latin_word(match: re.Match[str]) -> str:
    word = match[0]
    latin = word.translate(_TO_LATIN)
    if latin == word:
        return word
    mixed = any("a" <= letter <= "z" for letter in word)
    return latin if mixed or all(letter == "#" or _is_latin(letter) for letter in latin) else word


@functools.lru_cache(maxsize=2048)
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")


def _chunks(text: str) -> list[tuple[int, int]]:
    """Cuts after which normalisation does not look back: before each character that never joins with what precedes it."""
    cuts = [0]
    for index in range(1, len(text)):
        character = text[index]
        if character.isascii():
            cuts.append(index)
            continue
        first = unicodedata.normalize("NFKD", character)[:1]
        if first and unicodedata.combining(first) == 0 and not _joins_backwards(first):
            cuts.append(index)
    cuts.append(len(text))
    return list(pairwise(cuts))


def _joins_backwards(character: str) -> bool:
    """Starters that can still compose with the character before them: Hangul vowels and finals, some Indic vowel signs."""
    code = ord(character)
    if 0x1161 <= code <= 0x1175 or 0x11A8 <= code <= 0x11C2:
        return True
    return unicodedata.category(character) in {"Mc", "Mn"}


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Leads offsets of a folded text back to the raw text, and code points to UTF-16 units or line and column.

    Attributes:
        raw: the text as given.
        folded: `fold(raw)`.
        starts: for each folded code point, the raw offset of the character that it came from; None where both are the same.
        ends: the raw offset behind that character.
    """

    raw: str
    folded: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw span that the folded span `start:end` was made from."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.raw)
            return at, at
        return self.starts[start], self.ends[end - 1]


def fold_map(text: str) -> OffsetMap:
    """`fold(text)` with the way back."""
    folded = fold(text)
    if text.isascii() or (len(folded) == len(text) and _same_length_each(text)):
        return OffsetMap(text, folded)
    pieces = [(begin, end, _plain_chunk(text[begin:end])) for begin, end in _chunks(text)]
    joined = "".join(piece for _, _, piece in pieces)
    if len(joined) != len(folded):  # normalisation looked further back than any cut: keep the text, give up precision
        return OffsetMap(text, folded, (0,) * len(folded), (len(text),) * len(folded))
    starts: list[int] = []
    ends: list[int] = []
    for begin, end, piece in pieces:
        if len(piece) == end - begin:
            starts.extend(range(begin, end))
            ends.extend(range(begin + 1, end + 1))
        else:
            starts.extend([begin] * len(piece))
            ends.extend([end] * len(piece))
    return OffsetMap(text, folded, tuple(starts), tuple(ends))


def _same_length_each(text: str) -> bool:
    """True when no character changes its length under folding, so that offsets stay where they are."""
    return all(map(_keeps_length, set(text))) and unicodedata.is_normalized("NFC", text)


@functools.lru_cache(maxsize=8192)
def _keeps_length(character: str) -> bool:
    return character.isascii() or len(_plain(character)) == 1


def to_utf16(text: str, offset: int) -> int:
    """The UTF-16 offset (as JavaScript counts) of a code point offset."""
    return offset + sum(1 for character in text[:offset] if ord(character) > 0xFFFF)


def from_utf16(text: str, units: int) -> int:
    """The code point offset of a UTF-16 offset; one inside a surrogate pair counts as its start."""
    seen = 0
    for index, character in enumerate(text):
        width = 2 if ord(character) > 0xFFFF else 1
        if seen + width > units:
            return index
        seen += width
    return len(text)


class Lines:
    """Line and column (both from 1, columns in code points) of an offset."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`."""
        line = max(0, min(bisect_right(self._starts, offset) - 1, max(len(self._starts) - 2, 0)))
        return line + 1, offset - self._starts[line] + 1


# ---------------------------------------------------------------------------------------------------------------- lexing

_ELISION = r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|all|dell|nell|sull|dall|un)"
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
_ADDRESS = rf"""
    | (?P<url>(?:https?://|www\.)[^\s<>"|]+[^\s<>"|.,;:!?)\]}}'*]|{_HOST}/[^\s<>"|]*[^\s<>"|.,;:!?)\]}}'*])
    | (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<host>\b{_HOST}\b(?![\w@]))
"""
_FIRST = r"""
      (?P<newline>[ \t]*(?:\r\n|[\n\r\u2028\u2029\x0b\x0c\x85])[\s]*)
"""
_MONEY = r"eur|usd|gbp|chf|sek|nok|dkk|pln|brl|inr|aud|cad|nzd|sgd|aed|zar|krw|jpy|cny|rmb"
_COINED = "euros?|dollars?|pounds?|kr|kroner|kronor|zł|złotych|reais|rupees"
_COINS = "€$£¥₹₩"


def _rest(letter: str, word: str, handle: str = r"\w", lone: str = "") -> str:
    """The part of the lexer that depends on the script: what hashtags, words and handles are made of, which characters stand alone."""
    return rf"""
    | (?P<hashtag>[#]{letter}+)
    | (?P<mention>@{handle}+(?:[.]{handle}+)*|@\w+)
    | (?P<percent>\d+(?:[.,]\d+)?\s?%)
    | (?P<price>(?:(?:\b(?:r|us))?[{_COINS}]|\b(?:{_MONEY}|kr|rs)\b\.?)\s?\d+(?:[.,]\d+)*(?:,-)?|\d+(?:[.,]\d+)*(?:,-|:-)?\s?(?:[€£¥₩円元원]|만원|(?:{_MONEY}|{_COINED})\b))
    | (?P<time>\d{{1,2}}[:]\d{{2}})
    | (?P<elision>\b{_ELISION}')(?=\w){lone}
    | (?P<word>{word}(?:'[^\W\d_]+)*)
    | (?P<number>\d+(?:[.,]\d+)*)
    | (?P<stop>[.!?…。।॥]+)
    | (?P<space>[^\S\n\r]+)
    | (?P<other>.)
"""


# Scripts that \w and spaces do not divide into words. Han, kana and Hangul syllables: each character is a token, since nothing in the
# text says where a word ends. Indic scripts: a word holds vowel signs, which \w leaves out.
_LONE = "\u3005-\u3007\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_SIGNS = "\u0900-\u0963\u0966-\u0df3"
_UNSPACED = re.compile(f"[{_LONE}]")
_WIDE = re.compile(f"[{_LONE}{_SIGNS}]")
_LATIN_REST = _rest(r"\w", r"\w*[^\W\d_]\w*")
_WIDE_REST = _rest(
    rf"[\w{_SIGNS}]",
    rf"(?:[^\W{_LONE}]|[{_SIGNS}])*(?:[^\W\d_{_LONE}]|[{_SIGNS}])(?:[^\W{_LONE}]|[{_SIGNS}])*",
    rf"[^\W{_LONE}]",
    rf"|(?P<lone>[{_LONE}])",
)


@functools.cache
def _lexer(is_wide: bool, may_hold_address: bool) -> re.Pattern[str]:
    """By whether the text holds wide scripts and may hold addresses: the same tokens for the many texts that hold neither, in half the time."""
    return re.compile(_FIRST + (_ADDRESS if may_hold_address else "") + (_WIDE_REST if is_wide else _LATIN_REST), re.VERBOSE | re.DOTALL)


_MAY_HOLD_ADDRESS = re.compile(r"[\w-][.@/]\w|://|www\.|[.+-]@\w")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_]{2,}|[A-Za-z]{3,}_?\d+|\d+[A-Za-z]{3,}\d*|[A-Z][a-z]+[A-Z]+\d*")


def stands_alone(character: str) -> bool:
    """Whether the character is a token by itself wherever it stands: Han, kana, Hangul syllables."""
    return _UNSPACED.match(character) is not None


class Token(NamedTuple):
    """A token of folded text.

    Attributes:
        text: folded.
        start, end: in the raw text.
        shape: newline, url, email, host, hashtag, mention, percent, price, time, elision, word, name, code, number, stop or other.
        obscured: the author did not type these letters but something that looks like them.
        spaced: white space or nothing stands before it (False when glued to the token before).
    """

    text: str
    start: int
    end: int
    shape: str
    obscured: bool = False
    spaced: bool = True


def lex(text: str) -> tuple[Token, ...]:
    """Cut `text` into tokens; a hashtag, mention, URL, price or percentage is one token each, and so is each Chinese or Japanese
    character and each Korean syllable. White space is dropped, a line break is a token. Linear in the length of the text; never raises."""
    mapped = fold_map(text)
    is_direct = mapped.starts is None
    is_plain = text.isascii()
    is_wide = not is_plain and _WIDE.search(mapped.folded) is not None
    lexer = _lexer(is_wide, _MAY_HOLD_ADDRESS.search(mapped.folded) is not None)
    tokens: list[Token] = []
    last_end = -1
    make = tuple.__new__  # a Token without the detour of its constructor: this loop runs for every token of every post
    for match in lexer.finditer(mapped.folded):
        shape = match.lastgroup or "other"
        if shape == "space":
            continue
        start, end = match.span()
        folded = match[0]
        raw_start, raw_end = (start, end) if is_direct else mapped.to_raw(start, end)
        obscured = False
        if shape == "word" or shape == "number":
            raw = text[raw_start:raw_end]
            if not is_plain and shape == "word" and not raw.isascii():
                obscured = _disguised(raw, folded)
            if not (raw.isalpha() and raw.islower()):
                shape = _case(folded if obscured else raw, shape)
        elif shape == "lone":
            shape = "word"
        elif shape == "newline":
            folded = "\n"
        elif shape == "percent":
            folded = "".join(folded.split())
        elif not is_plain and shape in _LETTERS:
            raw = text[raw_start:raw_end]
            obscured = not raw.isascii() and _disguised(raw, folded)
        tokens.append(make(Token, (folded, raw_start, raw_end, shape, obscured, start != last_end)))
        last_end = end
    return tuple(tokens)


_LETTERS = frozenset({"hashtag", "elision"})


def _disguised(raw: str, folded: str) -> bool:
    plain = unicodedata.normalize("NFC", raw).casefold().translate(_APOSTROPHES)
    return plain.replace("\ufe0f", "") != folded


def _case(raw: str, shape: str) -> str:
    if _CODE.fullmatch(raw) and not raw.isdigit():
        return "code"
    if shape == "word" and (raw[:1].isupper() or (raw[:1].isdigit() and not raw.islower())):
        return "name"
    return shape


def hashtag_parts(raw: str) -> tuple[str, ...]:
    """The words of a hashtag as its author set them apart: `#SummerAd` → summer, ad; `#not_an_ad` → not, an, ad."""
    body = raw.lstrip("#＃")
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", body)
    return tuple(word.casefold() for word in words)


def joined(tokens: Sequence[Token], separator: str = "\x1f") -> tuple[str, list[int]]:
    """All tokens as one string with a separator before, between and after them, and the offset at which each token starts."""
    starts: list[int] = []
    at = 1
    for token in tokens:
        starts.append(at)
        at += len(token.text) + 1
    return separator + separator.join(token.text for token in tokens) + separator, starts


class Covers:
    """Named stretches of a text; tells by search whether one of a name holds another, so that thousands of them cost no more than their number."""

    def __init__(self, stretches: Iterable[tuple[int, int, Hashable]]) -> None:
        self._begins: dict[Hashable, list[int]] = {}
        self._ends: dict[Hashable, list[int]] = {}
        for begin, end, name in sorted(stretches):
            ends = self._ends.setdefault(name, [])
            self._begins.setdefault(name, []).append(begin)
            ends.append(max(end, ends[-1]) if ends else end)  # the furthest that any so far reaches

    def hold(self, first: int, last: int, name: Hashable) -> bool:
        """Whether a stretch of this name holds `first:last`."""
        at = bisect_right(self._begins.get(name, ()), first)
        return at > 0 and self._ends[name][at - 1] >= last

    def hold_in_longer(self, first: int, last: int, name: Hashable) -> bool:
        """Whether a stretch of this name holds `first:last` and more."""
        begins = self._begins.get(name, ())
        before, upto = bisect_left(begins, first), bisect_right(begins, first)
        return (before > 0 and self._ends[name][before - 1] >= last) or (upto > 0 and self._ends[name][upto - 1] > last)
