"""An image → Document: the words burnt into it and what its metadata say. Nothing is fetched, and the picture itself is not judged."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_to_bytes

from bs4 import Tag

from compliance.errors import InputError, TooBigError
from compliance.model import Document, Mark, Segment
from compliance.readers.caption import links_in, read_caption
from compliance.readers.marks import recognised
from compliance.readers.metadata import can_read_credentials, credential_statements, has_credentials, text_statements, xmp_statements
from compliance.readers.ocr import can_read_text, read_overlay
from compliance.readers.parts import RAIL
from compliance.readers.source import PlacedSoup
from compliance.readers.statements import Statement, line_and_column, offset_of
from compliance.rulebook import Rulebook

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".webp", ".gif", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff", ".svg"})
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_MAGIC = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM|II\*\x00|MM\x00\*|....ftyp(?:heic|heix|mif1|avif)", re.DOTALL)
_CURE = "Save it as PNG, JPEG, WebP or GIF."
_HINTS = (b"adobe", b"rdf:RDF", b"c2pa", b"parameters", b"prompt", b"workflow")
_MOST_IMAGES = 20
_MOST_TAGS = 2_000
_MOST_TOTAL = 30_000_000


def looks_like_image(data: bytes, name: str = "") -> bool:
    """Whether bytes, or the name of a file, are those of an image rather than of a text or page."""
    return bool(_MAGIC.match(data[:16])) or Path(name).suffix.lower() in SUFFIXES


def read_image(image: bytes | str, rulebook: Rulebook, *, text: str | None = None, **around: Any) -> Document:
    """Read an image, alone or with the caption that it was posted with.

    Args:
        image: the file's bytes, or the same in base64, with or without `data:image/…;base64,` before it.
        rulebook: knows platforms and marks.
        text: the caption.
        around: as for `read_caption`: platform, surface, language, bio, first_comment, author, declared, complete.

    Segments: `overlay` (words that are read at once) and `overlay_faint` (tiny or pale ones), both only with `adcheck[ocr]`; without it `not_read`
    says `image_text`. Metadata become marks; `not_read` says `credentials` where they are there and `adcheck[provenance]` is not, and
    `no_credentials` where there are none.

    Raises:
        InputError: no image, one that breaks off, an unknown kind of image, or wrong values as in `read_caption`.
        TooBigError: over 10 MB or 40 million pixels.
    """
    data = _bytes(image)
    picture = _open(data)
    marks, not_read = _marks_of(data, picture, rulebook)
    if can_read_text():
        overlay = read_overlay(picture)
    else:
        overlay = [Segment("", "overlay")]
        not_read = ("image_text", *not_read)
    document = read_caption(text if text is not None else ".", rulebook, **around)
    segments = (*document.segments, *overlay) if text is not None else (overlay[0], *document.segments[1:], *overlay[1:])
    kind = "caption" if text is not None else "image"
    return dataclasses.replace(document, segments=segments, links=links_in(segments), marks=marks, kind=kind, not_read=not_read)


def page_image_marks(soup: PlacedSoup, rulebook: Rulebook, folder: Path | None) -> tuple[tuple[Mark, ...], tuple[str, ...]]:
    """The marks of the images of a page: those in `data:` addresses, and those in files beside a saved page in `folder`.

    At most 20 images of 10 MB, 30 MB together; what lies outside the folder, in a rail or on the network is not read. `not_read` says
    `page_images` where an image could have been read and was not.
    """
    found: list[Mark] = []
    missed: tuple[str, ...] = ()
    total = count = 0
    for tag, data in _page_images(soup, folder):
        total += len(data)
        count += 1
        if count > _MOST_IMAGES or total > _MOST_TOTAL:
            return tuple(dict.fromkeys(found)), ("page_images",)
        try:
            picture = _open(data, whole=False)
        except InputError:
            missed = ("page_images",)
            continue
        line, column = line_and_column(soup, offset_of(tag, soup))
        marks, not_read = _marks_of(data, picture, rulebook)
        found.extend(dataclasses.replace(mark, line=line, column=column) for mark in marks)
        if "credentials" in not_read:
            missed = ("credentials",)
    return tuple(dict.fromkeys(found)), missed


def _page_images(soup: PlacedSoup, folder: Path | None) -> Iterator[tuple[Tag, bytes]]:
    root = folder.resolve() if folder is not None else None
    for tag in soup.named("img")[:_MOST_TAGS]:
        address = str(tag.get("src") or "").strip()
        if address[:11].lower() == "data:image/":
            data = _embedded(address)
        elif root is not None and not re.match(r"[a-z][a-z0-9+.-]*:|//|/", address, re.IGNORECASE):
            data = _beside(root, address)
        else:
            continue
        # Icons and placeholders say nothing, and need not be opened; what stands in a rail is not the page's own.
        if any(hint in data for hint in _HINTS) and not any(parent.name in RAIL for parent in tag.parents):
            yield tag, data


def _embedded(address: str) -> bytes:
    head, _, body = address.partition(",")
    if "svg" in head or len(body) > MOST_BYTES * 4 // 3 + 4:
        return b""
    try:
        return base64.b64decode(unquote(body), validate=False) if ";base64" in head.lower() else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        return b""


def _beside(root: Path, address: str) -> bytes:
    """A file beside the page; nothing outside its folder, whatever the address or a symbolic link says."""
    try:
        path = (root / unquote(address.split("?", 1)[0].split("#", 1)[0])).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.suffix.lower() == ".svg" or path.stat().st_size > MOST_BYTES:
            return b""
        return path.read_bytes()
    except (OSError, ValueError):
        return b""


def _bytes(image: bytes | str) -> bytes:
    if isinstance(image, str):
        body = image.partition(",")[2] if image[:5].lower() == "data:" else image
        if len(body) > MOST_BYTES * 4 // 3 + 4:
            raise TooBigError("the image is larger than 10 MB", where="/image", hint="Save it smaller.")
        try:
            image = base64.b64decode(re.sub(r"\s", "", body), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InputError("the image is not base64", where="/image", hint="Send the file's bytes in base64.") from error
    if not isinstance(image, bytes):
        raise InputError("image must be base64", where="/image", hint="Send the file's bytes in base64.")
    if len(image) > MOST_BYTES:
        raise TooBigError(f"the image has {len(image):,} bytes", where="/image", hint="At most 10 MB; save it smaller.")
    if not image:
        raise InputError("the image is empty", where="/image", hint=_CURE)
    return image


def _open(data: bytes, whole: bool = True) -> ImageFile:
    """The image, decoded if `whole`.

    Raises:
        InputError, TooBigError: see `read_image`.
    """
    from PIL import Image as images
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", images.DecompressionBombWarning)
            picture = images.open(io.BytesIO(data), formats=_FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise images.DecompressionBombError
            if whole:
                picture.load()
    except UnidentifiedImageError as error:
        raise InputError(_what(data), where="/image", hint=_CURE) from error
    except (images.DecompressionBombError, images.DecompressionBombWarning) as error:
        raise TooBigError("the image has more than 40 million pixels", where="/image", hint="Save it smaller.") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as error:
        raise InputError(
            "the image breaks off or is damaged", where="/image", hint="Save or download it again; the file is not whole."
        ) from error
    return picture


def _what(data: bytes) -> str:
    start = data[:1000].lstrip().lower()
    if b"<svg" in start:
        return "an SVG is a drawing made of text, and no picture of a post"
    if start.startswith((b"<!doctype", b"<html")):
        return "this is a page and no image, whatever its name says"
    if start.startswith(b"%pdf"):
        return "this is a PDF and no image"
    if _MAGIC.match(data[:16]):
        return "this kind of image is not read, or it breaks off at once"
    return "this is no image, whatever its name says"


def _marks_of(data: bytes, picture: ImageFile, rulebook: Rulebook) -> tuple[tuple[Mark, ...], tuple[str, ...]]:
    mime = picture.get_format_mimetype() or ""
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    statements: list[Statement] = list(xmp_statements(packet.encode() if isinstance(packet, str) else packet))
    statements.extend(text_statements(picture.info))
    not_read: tuple[str, ...] = ()
    if not has_credentials(data):
        not_read = ("no_credentials",)
    elif not can_read_credentials():
        not_read = ("credentials",)
    else:
        statements.extend(credential_statements(data, mime))
    return _known(statements, rulebook), not_read


def _known(statements: Iterable[Statement], rulebook: Rulebook) -> tuple[Mark, ...]:
    return tuple(
        dict.fromkeys(
            Mark(statement.source, statement.key, statement.value, rule.id, rule.means, rule.strength)
            for statement, rule in recognised(statements, rulebook.marks)
        )
    )


def image_around(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of a record, what `read_image` takes besides the image."""
    names = ("text", "platform", "surface", "language", "bio", "first_comment", "author", "declared")
    return {name: data[name] for name in names if data.get(name) is not None}
