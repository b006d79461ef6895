"""Images: metadata, Content Credentials, images of a page, and whatever is no image. All pictures are drawn and signed here."""

from __future__ import annotations

import base64
import datetime
import io
import json
import socket
import struct
import zlib
from unittest.mock import patch

import c2pa
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from compliance import check, load_rulebook, read_image, read_page
from compliance.cli import main
from compliance.errors import InputError, TooBigError

RULEBOOK = load_rulebook()
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType="{AI}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def saved(picture, form="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


PLAIN = saved(Image.new("RGB", (64, 48), "teal"))


def marks_of(image):
    return [(mark.source, mark.id, mark.means) for mark in read_image(image, RULEBOOK).marks]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_iptc_in_xmp(form):
    options = {"xmp": XMP.encode()}
    if form == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP)
        options = {"pnginfo": info}
    image = saved(Image.new("RGB", (32, 32)), form, **options)
    assert marks_of(image) == [("xmp", "mark.digital-source-trained", "ai_content")]
    facts = check(image=image, reach=["nl"]).facts.values
    assert facts["ai_content"].value.key == "unknown"


def test_the_settings_of_a_generator():
    info = PngInfo()
    info.add_text("parameters", "a lamp on a table\nSteps: 20, Sampler: Euler a, Seed: 7")
    assert marks_of(saved(Image.new("RGB", (32, 32)), pnginfo=info)) == [("png", "mark.image-generation-parameters", "ai_content")]
    info = PngInfo()
    info.add_text("parameters", "exposure 1/60")
    assert marks_of(saved(Image.new("RGB", (32, 32)), pnginfo=info)) == []


@pytest.mark.parametrize(
    "packet", ["<a", "no xml", '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><rdf:RDF>&z;</rdf:RDF>', XMP * 2, "x" * 2_100_000]
)
def test_xmp_that_is_none(packet):
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet, zip=len(packet) < 1_000_000)
    assert marks_of(saved(Image.new("RGB", (8, 8)), pnginfo=info)) == []


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme Pictures")])


def _certificate(subject, issuer, key, signer, authority):
    now = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), True)
        .add_extension(x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def sign():
    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = _certificate("Leaf", "Root", leaf, root, False) + _certificate("Root", "Root", root, root, True)
    key = leaf.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    def sign_(image, mime, source_type, remote=None):
        manifest = {
            "claim_generator_info": [{"name": "adcheck tests"}],
            "assertions": [{"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": source_type}]}}],
        }
        info = c2pa.C2paSignerInfo(alg=c2pa.C2paSigningAlg.ES256, sign_cert=chain, private_key=key, ta_url=None)
        signed = io.BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(manifest)) as builder:
            if remote:
                builder.set_remote_url(remote)
                builder.set_no_embed()
            builder.sign(signer, mime, io.BytesIO(image), signed)
        return signed.getvalue()

    return sign_


@pytest.mark.parametrize(("form", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_content_credentials(sign, form, mime):
    document = read_image(sign(saved(Image.new("RGB", (64, 64), "red"), form), mime, AI), RULEBOOK)
    stated = {mark.id: mark for mark in document.marks}
    assert stated["mark.digital-source-trained"].means == "ai_content"
    assert (
        stated["mark.digital-source-trained"].value == "trainedAlgorithmicMedia, c2pa.created; signed by Acme Pictures, signer not verified"
    )
    assert stated["mark.image-credentials"].value == "signed by Acme Pictures, signer not verified"
    assert document.not_read == ()


def test_a_camera_is_no_ai(sign):
    image = sign(saved(Image.new("RGB", (64, 64)), "JPEG"), "image/jpeg", AI.rsplit("/", 1)[0] + "/digitalCapture")
    assert {mark.means for mark in read_image(image, RULEBOOK).marks} == {"none"}
    assert check(image=image, reach=["nl"]).facts.values["ai_content"].value.key == "no"


def test_an_image_that_was_changed_after_signing(sign):
    image = bytearray(sign(saved(Image.new("RGB", (64, 64), "red"), "JPEG"), "image/jpeg", AI))
    image[-20] ^= 1
    values = [mark.value for mark in read_image(bytes(image), RULEBOOK).marks]
    assert all("the signature does not fit the image" in value for value in values)
    assert values


def test_credentials_that_only_the_network_has_are_not_fetched(sign):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        image = sign(PLAIN, "image/png", AI, remote=f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa")
        read_image(image + b"jumbc2pa", RULEBOOK)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_without_credentials_nothing_is_proved(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(PLAIN)
    done = CliRunner().invoke(main, ["check", str(path), "--reach", "nl"])
    assert "there are none, which proves nothing" in " ".join(done.stdout.split())


def test_credentials_without_the_extra(sign, monkeypatch):
    monkeypatch.setattr("compliance.readers.images.can_read_credentials", lambda: False)
    assert read_image(sign(PLAIN, "image/png", AI), RULEBOOK).not_read == ("credentials",)


# ---------------------------------------------------------------------------------------------------- images of a page


def with_xmp():
    return saved(Image.new("RGB", (8, 8)), "JPEG", xmp=XMP.encode())


def test_an_image_inside_a_page():
    address = "data:image/jpeg;base64," + base64.b64encode(with_xmp()).decode()
    [mark] = read_page(f'<p>x</p>\n<img src="{address}">', RULEBOOK).marks
    assert (mark.source, mark.means, mark.line, mark.column) == ("xmp", "ai_content", 2, 1)
    assert read_page(f'<p>x</p><aside><img src="{address}"></aside>', RULEBOOK).marks == ()


def test_images_beside_a_saved_page(tmp_path):
    folder = tmp_path / "saved"
    (folder / "page files").mkdir(parents=True)
    (folder / "page files" / "photo.jpg").write_bytes(with_xmp())
    (tmp_path / "outside.jpg").write_bytes(with_xmp())
    (folder / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    page = folder / "page.html"
    page.write_text('<p>x</p><img src="page%20files/photo.jpg?w=1">', encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(page), "--reach", "nl", "--format", "json"])
    assert [mark["source"] for mark in json.loads(done.stdout)["marks"]] == ["xmp"]
    for address in (
        "../outside.jpg",
        "link.jpg",
        "/etc/hostname",
        "https://x.example/a.jpg",
        "file:///etc/hostname",
        "\x00",
        "missing.jpg",
    ):
        assert read_page(f'<p>x</p><img src="{address}">', RULEBOOK, folder=folder).marks == ()


def test_a_page_with_too_many_images():
    address = "data:image/jpeg;base64," + base64.b64encode(with_xmp()).decode()
    document = read_page("<p>x</p>" + f'<img src="{address}">' * 30, RULEBOOK)
    assert document.not_read == ("page_images",)
    assert len(document.marks) == 20


# ---------------------------------------------------------------------------------------------------- what is no image


def bomb():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(9)))
    )


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", InputError, "empty"),
        (PLAIN[: len(PLAIN) // 2], InputError, "breaks off"),
        (PLAIN[:20], InputError, "breaks off"),
        (saved(Image.new("RGB", (400, 400), "red"), "JPEG")[:1500], InputError, "breaks off"),
        (bomb(), TooBigError, "40 million pixels"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>', InputError, "SVG"),
        (b"<!doctype html><p>x</p>", InputError, "page"),
        (b"%PDF-1.7", InputError, "PDF"),
        (b"hello", InputError, "no image"),
        (saved(Image.new("RGB", (8, 8)), "BMP"), InputError, "kind of image"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), InputError, "kind of image"),
        (b"x" * 10_000_001, TooBigError, "10 MB|bytes"),
    ],
)
def test_what_is_no_image(data, kind, words):
    with pytest.raises(kind, match=words) as caught:
        read_image(data, RULEBOOK)
    assert caught.value.where == "/image"
    assert caught.value.hint


def test_a_wrong_name_on_the_command_line(tmp_path):
    (tmp_path / "photo.jpg").write_text("<html><p>x</p></html>", encoding="utf-8")
    (tmp_path / "really.jpg").write_bytes(PLAIN)
    done = CliRunner().invoke(main, ["check", str(tmp_path / "photo.jpg"), "--reach", "nl"])
    assert done.exit_code == 2
    assert "this is a page and no image" in done.stderr
    assert CliRunner().invoke(main, ["check", str(tmp_path / "really.jpg"), "--reach", "nl"]).exit_code == 0


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda tail: PLAIN[:60] + tail), st.integers(0, 10**6)))
def test_any_bytes(noise):
    data = noise if isinstance(noise, bytes) else PLAIN[: noise % len(PLAIN)] + bytes([noise % 256]) + PLAIN[noise % len(PLAIN) + 1 :]
    with patch("compliance.readers.images.can_read_text", lambda: False):  # the models have tests of their own, and take their time
        try:
            document = read_image(data, RULEBOOK)
        except InputError as error:
            assert error.hint
            return
    assert document.segments
