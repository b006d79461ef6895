"""Saved pages: what a browser or an archive wrote → HTML, the address it was saved from, and when.

A page saved "complete" or by SingleFile is HTML with a comment; MHTML is a mail; a WARC record is an HTTP answer. Sizes are capped before and
after unpacking, so that a small file cannot become a large one. Nothing is fetched: the folder beside a saved page is not needed.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compliance.errors import InputError, TooBigError
from compliance.readers.source import MOST_BYTES, decode

MOST_FILE = 100_000_000
"""Bytes of a saved file, packed and unpacked."""
MOST_PAGES = 1_000
"""HTML records read from one WARC file."""

_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE)
_SINGLE_FILE = re.compile(r"<!--\s*Page saved with SingleFile\s(.{0,4000}?)-->", re.DOTALL)
_EMBEDDED = re.compile(r"data:[\w.+/-]{1,80}(?:;[\w=.-]{1,60})*,[A-Za-z0-9+/=%_-]{1000,}")
_MAIL = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+\r?\n")
_HTML = ("text/html", "application/xhtml+xml")
_HEAD = 8_000


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page out of a saved file.

    Attributes:
        markup: its HTML, decoded.
        url: the address that it was saved from, as the file says.
        saved: when it was saved, as the file says.
        is_file: True where `markup` is the file itself, so that its lines are the file's.
        not_read: what of the file was left out.
    """

    markup: str
    url: str | None = None
    saved: str | None = None
    is_file: bool = True
    not_read: tuple[str, ...] = ()


def unpack(data: bytes | str) -> tuple[SavedPage, ...]:
    """The pages of a file: one of an HTML or MHTML file, one per HTML record of a WARC file (plain or gzip).

    Raises:
        InputError: a file of another kind, one that ends in the middle, or one without a page.
        TooBigError: over 100 MB, packed or unpacked, or a page over 5 MB.
    """
    if isinstance(data, str):
        if not _is_mhtml(data[:_HEAD].encode("utf-8", "replace")):
            return (_html(data),)
        data = data.encode("utf-8", "replace")
    if not isinstance(data, bytes):
        raise InputError("html must be a text", where="/html", hint="Send the page as a string.")
    if len(data) > MOST_FILE:
        raise TooBigError(f"the file has {len(data):,} bytes", where="/html", hint="At most 100 MB; split the archive.")
    if data.startswith(b"\x1f\x8b"):
        return _warc(_gunzip(data))
    if data.startswith(b"WARC/"):
        return _warc(data)
    if data.startswith(b"PK\x03\x04"):
        raise InputError("this is a zip archive", where="/html", hint="Unpack it and give the HTML file inside.")
    if _is_mhtml(data):
        return (_mhtml(data),)
    return (_html(data),)


# ------------------------------------------------------------------------------------------------------------- HTML files


def _html(data: bytes | str) -> SavedPage:
    """An HTML file; of one that is too big for its embedded pictures, these are left out."""
    not_read: tuple[str, ...] = ()
    if len(data) > MOST_BYTES:
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        data = _EMBEDDED.sub("data:,", text)
        not_read = ("embedded_images",)
    markup = decode(data)
    head = markup[:_HEAD]
    saved_from = _SAVED_FROM.search(head)
    single = _SINGLE_FILE.search(head)
    url = saved_from[1] if saved_from is not None else _field(single, "url")
    return SavedPage(markup, url, _field(single, "saved date"), True, not_read)


def _field(comment: re.Match[str] | None, name: str) -> str | None:
    if comment is None:
        return None
    found = re.search(rf"^\s*{name}:\s*(\S[^\r\n]*?)\s*$", comment[1], re.MULTILINE)
    return found[1] if found is not None else None


# ------------------------------------------------------------------------------------------------------------- MHTML


def _is_mhtml(data: bytes) -> bool:
    head = _MAIL.match(data[:_HEAD])
    return head is not None and b"multipart/related" in head[0].lower()


def _mhtml(data: bytes) -> SavedPage:
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    parts = [part for part in message.walk() if not part.is_multipart()]
    page = next((part for part in parts if part.get_content_type() in _HTML), None)
    is_cut = any(type(defect).__name__ in {"CloseBoundaryNotFoundDefect", "StartBoundaryNotFoundDefect"} for defect in message.defects)
    if page is None or (is_cut and page is parts[-1]):
        raise InputError(
            "the MHTML file ends in the middle" if is_cut else "the MHTML file holds no HTML page",
            where="/html",
            hint="Save the page again, as “Webpage, single file”, and wait until it is done.",
        )
    payload = page.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    url = _header(message, "Snapshot-Content-Location") or _header(page, "Content-Location")
    return SavedPage(decode(_in_charset(content, page.get_content_charset())), url, _header(message, "Date"), False)


def _header(message: email.message.Message, name: str) -> str | None:
    value = message.get(name)
    return re.sub(r"\s+", " ", str(value)).strip() or None if value is not None else None


def _in_charset(content: bytes, charset: str | None) -> bytes | str:
    """The text by the charset that the envelope names; the page's own says where it names none, or none that is known."""
    if charset is None or len(content) > MOST_BYTES:
        return content
    try:
        return content.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return content


# ------------------------------------------------------------------------------------------------------------- WARC


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            unpacked = stream.read(MOST_FILE + 1)
    except EOFError as error:
        raise InputError("the compressed file ends in the middle", where="/html", hint="Copy or download it again.") from error
    except (OSError, zlib.error) as error:
        raise InputError(f"the compressed file is damaged: {error}", where="/html", hint="Copy or download it again.") from error
    if len(unpacked) > MOST_FILE:
        raise TooBigError("the file unpacks to more than 100 MB", where="/html", hint="Split the archive.")
    if not unpacked.startswith(b"WARC/"):
        raise InputError("this is a compressed file without WARC records", where="/html", hint="Unpack it and give the file inside.")
    return unpacked


def _warc(data: bytes) -> tuple[SavedPage, ...]:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    pages: list[SavedPage] = []
    lost = 0
    seen = 0
    try:
        for record in ArchiveIterator(io.BytesIO(data)):
            if record.rec_type not in {"response", "resource"} or not _is_html(record):
                continue
            seen += 1
            if seen > MOST_PAGES:
                lost += 1
                continue
            page = _record(record)
            if page is None:
                lost += 1
            else:
                pages.append(page)
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, zlib.error) as error:
        if not pages:
            raise InputError(
                f"the WARC file cannot be read: {str(error)[:120]}", where="/html", hint="Copy it again, or give the page's HTML."
            ) from error
        lost += 1
    if not pages:
        raise InputError(
            "the WARC file ends in the middle of its page" if lost else "the WARC file holds no HTML page",
            where="/html",
            hint="Copy it again." if lost else "Give a file with a response record of type text/html.",
        )
    return tuple(SavedPage(page.markup, page.url, page.saved, False, ("warc_records",)) for page in pages) if lost else tuple(pages)


def _is_html(record: Any) -> bool:
    headers = record.http_headers
    kind = headers.get_header("Content-Type") if headers is not None else None
    kind = kind or record.rec_headers.get_header("Content-Type")
    return str(kind or "").split(";")[0].strip().lower() in _HTML


def _record(record: Any) -> SavedPage | None:
    """One HTML answer; None where it is cut off, too big, or packed in a way that cannot be undone."""
    headers = record.http_headers
    kind = str((headers.get_header("Content-Type") if headers is not None else "") or "")
    content = b"".join(_blocks(record))
    rest = getattr(record.raw_stream, "limit", 0)
    if len(content) > MOST_BYTES or rest or not content.strip():
        return None
    charset = re.search(r"charset=[\"']?([\w.:-]+)", kind, re.IGNORECASE)
    try:
        markup = decode(_in_charset(content, charset[1] if charset is not None else None))
    except InputError:
        return None
    about = record.rec_headers
    return SavedPage(markup, about.get_header("WARC-Target-URI"), about.get_header("WARC-Date"), False)


def _blocks(record: Any) -> Iterator[bytes]:
    """The answer's body, unpacked, up to the cap."""
    stream = record.content_stream()
    left = MOST_BYTES + 1
    while left > 0:
        block = stream.read(min(left, 65_536))
        if not block:
            return
        left -= len(block)
        yield block
