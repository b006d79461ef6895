"""A campaign file's bytes → text. Spreadsheet programs save in the encoding of their country; a file in two encodings is refused."""

from __future__ import annotations

from compliance.errors import InputError
from compliance.readers.charset import decode_bytes


def decode(data: bytes) -> str:
    """The text: UTF-8 or UTF-16 by its mark, else UTF-8, else what its letters speak for.

    Raises:
        InputError: some lines are UTF-8 and others are not, so that no reading is right for all; or the file is binary.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return decode_bytes(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _other(data)
    if "\x00" in text:
        raise InputError("this is not a text file", where=":1", hint="Name it by what it is: .xlsx, .parquet; or save it as UTF-8.")
    return text


def _other(data: bytes) -> str:
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
    return decode_bytes(data)
