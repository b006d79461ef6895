"""A text or campaign file's bytes → text. Spreadsheet programs save in the encoding of their country; a file in two encodings is refused."""

from __future__ import annotations

import re

from compliance.errors import InputError
from compliance.readers.charset import decode_bytes

_ODD = re.compile(
    r"[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]|[À-ÖØ-öø-ž]{3}"
    r"|[^\W\d_][¹²³¼½¾¿ª¬¦¤¢£¥¨¸¯±]|[¹²³¼½¾ª¬¦¤¨¸¯±][^\W\d_]|[\x80-\x9f\ufffd]"
)
"""What few sheets hold: a word in two scripts, a run of accented letters, a sign inside a word, a control character."""


def decode(data: bytes) -> str:
    """The text: UTF-8 or UTF-16 by its mark, else UTF-8, else what its letters speak for.

    Raises:
        InputError: some lines are UTF-8 and others are not, so that no reading is right for all; or the file is binary.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InputError("the file begins as UTF-16 and does not go on so", where=":1", hint="Save it again as UTF-8.") from error
    if data.startswith(b"\xef\xbb\xbf"):
        return decode_bytes(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        _refuse_a_mix(data)
        # A sheet holds too few such letters for statistics alone: the reading with the fewest oddities, Western Europe's first.
        readings = [data.decode("cp1252", "replace"), decode_bytes(data), data.decode("cp1250", "replace")]
        text = min(readings, key=lambda reading: len(_ODD.findall(reading)))
    if "\x00" in text:
        raise InputError(
            "this is not a text file",
            where=":1",
            hint="Save a sheet as .xlsx or .csv and a text as UTF-8; a name ends in what the file is.",
        )
    return text


def _refuse_a_mix(data: bytes) -> None:
    wide, broken = 0, 0
    for number, line in enumerate(data.splitlines(), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            wide = wide or number
        except UnicodeDecodeError:
            broken = broken or number
        if wide and broken:
            raise InputError(
                f"the file mixes encodings: line {wide} is UTF-8, line {broken} is not",
                where=f":{broken}",
                hint="Save the whole file again as UTF-8; pasted rows often keep the encoding of where they came from.",
            )
