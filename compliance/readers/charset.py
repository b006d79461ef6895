"""A page's bytes → text, as a browser decodes them: byte order mark, then what the page says of itself, then a guess.

The Encoding standard's names (`webencodings`) decide what a label means: `iso-8859-1` is windows-1252, `gb2312` is GBK. Two wrong
declarations are common in saved pages, where the server's header is lost, and are seen through: UTF-8 that is declared to be something
else, and something else that is declared to be UTF-8.
"""

from __future__ import annotations

import re

import webencodings

_HEAD = 4096
_META = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.\-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([a-zA-Z0-9_:.\-]+)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f][\x00-\xff]{0,400}")
_SAMPLE = 8_000
_FEWEST = 40
_MOST_BROKEN = 0.02
_WIDER = {"shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs"}
"""Where the Encoding standard means more letters than Python's codec of that name has."""
_ALSO = {"cp932": "shift_jis", "cp949": "euc-kr"}
_STATEFUL = frozenset(["iso-2022-jp"])


def decode_bytes(data: bytes) -> str:
    """The text of a page. Never raises: what cannot be decoded becomes the replacement character."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace")
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace")
    declared = _declared(data)
    if declared is not None and declared.name in _STATEFUL:
        return _decode(data, declared)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared is not None:
        text = _decode(data, declared)
        broken = text.count("\ufffd")
        if not broken or broken <= _MOST_BROKEN * sum(1 for letter in text if ord(letter) > 127):
            return text
    return _guess(data)


def _decode(data: bytes, encoding: webencodings.Encoding) -> str:
    if encoding.name in _WIDER:
        return data.decode(_WIDER[encoding.name], "replace")
    text: str = encoding.codec_info.decode(data, "replace")[0]
    return text


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark: markup has a NUL in every other byte."""
    head = data[:200]
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most = 0.8 * (len(head) // 2)
    if odd >= most and not even:
        return "utf-16-le"
    return "utf-16-be" if even >= most and not odd else None


def _declared(data: bytes) -> webencodings.Encoding | None:
    head = data[:_HEAD]
    match = _XML.search(head) or _META.search(_COMMENT.sub(b"", head))
    if match is None:
        return None
    encoding = webencodings.lookup(match[1].decode("ascii"))
    if encoding is not None and encoding.name.startswith("utf-16"):  # a page whose declaration can be read is not UTF-16
        encoding = webencodings.UTF8
    return None if encoding is None or encoding.name in {"x-user-defined", "replacement"} else encoding


def _guess(data: bytes) -> str:
    """By the letters beyond ASCII, of which a sample is enough; windows-1252 where nothing speaks for another."""
    sample = bytearray()
    for match in _BEYOND_ASCII.finditer(data):
        sample += match[0]
        if len(sample) > _SAMPLE:
            break
    broken_utf8 = bytes(sample).decode("utf-8", "replace")
    if broken_utf8.count("\ufffd") <= _MOST_BROKEN * max(1, sum(1 for letter in broken_utf8 if ord(letter) > 127)):
        return data.decode("utf-8", "replace")
    import chardet

    found = chardet.detect(bytes(sample), encoding_era=chardet.EncodingEra.MODERN_WEB)["encoding"] if len(sample) >= _FEWEST else None
    return _decode(
        data, (webencodings.lookup(_ALSO.get(found.lower(), found.lower())) if found else None) or webencodings.lookup("windows-1252")
    )
