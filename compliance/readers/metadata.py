"""What an image file says about itself: XMP (IPTC), text chunks of PNG, and Content Credentials (C2PA). Read offline; nothing is fetched."""

from __future__ import annotations

import functools
import importlib.util
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compliance.readers.statements import Statement

_MOST_XMP = 2_000_000
_MOST_VALUE = 200
_OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
}
_TEXT_KEYS = ("parameters", "prompt", "workflow")


def xmp_statements(packet: bytes) -> Iterator[Statement]:
    """The attributes and elements of an XMP packet by their local names; nothing where it is no XML or tries to expand entities."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(packet) > _MOST_XMP:
        return
    begin, end = packet.find(b"<"), packet.rfind(b">")
    text = re.sub(rb"<\?xpacket.*?\?>", b"", packet[begin : end + 1], flags=re.DOTALL) if begin >= 0 else b""
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return
    for element in root.iter():
        value = " ".join("".join(element.itertext()).split())
        if value:
            yield Statement("xmp", _local(element.tag), value[:_MOST_VALUE], value)
        for name, stated in element.attrib.items():
            key = _local(element.tag) if _local(name) == "resource" else _local(name)
            yield Statement("xmp", key, str(stated)[:_MOST_VALUE], str(stated))


def _local(name: object) -> str:
    return str(name).rsplit("}", 1)[-1]


def text_statements(info: Mapping[Any, Any]) -> Iterator[Statement]:
    """The text chunks of a PNG in which image generators leave their settings."""
    for key in _TEXT_KEYS:
        value = info.get(key)
        if isinstance(value, str) and value:
            yield Statement("png", key, value[:_MOST_VALUE], value[:20_000])


def has_credentials(data: bytes) -> bool:
    """Whether the bytes hold a C2PA manifest store (a JUMBF box of that label)."""
    return b"jumb" in data and b"c2pa" in data


def can_read_credentials() -> bool:
    """Whether the extra `adcheck[provenance]` is installed."""
    return importlib.util.find_spec("c2pa") is not None


@functools.cache
def _context() -> Any:
    import c2pa

    return c2pa.Context(c2pa.Settings.from_json(json.dumps(_OFFLINE)))


def credential_statements(data: bytes, mime: str) -> Iterator[Statement]:
    """What the Content Credentials of an image say: each `digitalSourceType`, with who signed it. Needs `adcheck[provenance]`.

    Adcheck holds no list of trusted signers: a signer is named and called not verified, always.
    """
    import c2pa

    try:
        with c2pa.Reader(mime, io.BytesIO(data), context=_context()) as reader:
            store = json.loads(reader.json())
    except c2pa.C2paError:
        yield Statement("c2pa", "c2pa.manifest", "cannot be read", "cannot be read")
        return
    manifests = store.get("manifests") or {}
    active = manifests.get(store.get("active_manifest")) or {}
    signed = _signer(store, active)
    for manifest in manifests.values():
        for place, value in _source_types(manifest):
            yield Statement("c2pa", "digitalSourceType", f"{value.rsplit('/', 1)[-1]}, {place}; {signed}"[:_MOST_VALUE], value)
    yield Statement("c2pa", "c2pa.manifest", signed[:_MOST_VALUE], signed)


def _signer(store: Mapping[str, Any], active: Mapping[str, Any]) -> str:
    info = active.get("signature_info") or {}
    name = info.get("issuer") or info.get("common_name") or "somebody who is not named"
    text = f"signed by {name}, signer not verified"
    codes = {str(item.get("code")) for item in store.get("validation_status") or [] if isinstance(item, dict)}
    if any("mismatch" in code for code in codes):
        text += ", and the signature does not fit the image"
    return text


def _source_types(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for assertion in manifest.get("assertions") or []:
        label = str(assertion.get("label"))
        data = assertion.get("data")
        if not isinstance(data, dict):
            continue
        if label.startswith("c2pa.actions"):
            for action in data.get("actions") or []:
                if isinstance(action, dict) and action.get("digitalSourceType"):
                    yield str(action.get("action")), str(action["digitalSourceType"])
        else:
            for key, value in data.items():
                if key.rsplit(":", 1)[-1].casefold() == "digitalsourcetype":
                    yield label, str(value)
