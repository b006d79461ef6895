"""Saved pages in every form give the posts that the page gives; damaged and oversized ones a clear error."""

from __future__ import annotations

import email.message
import gzip
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from compliance import read_posts
from compliance.cli import main
from compliance.errors import AdcheckError, InputError, TooBigError
from compliance.readers import saved
from compliance.rulebook import load_rulebook

PAGES = Path(__file__).parent / "pages" / "platforms"
RULEBOOK = load_rulebook()
ADDRESS = "https://x.com/home"
DAY = "2026-11-05T10:00:00Z"


def bare(name="x-feed"):
    """A page without the head that says which site it is of: that is left to the form in which it is saved. Browsers write links out in full."""
    html = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    html = re.sub(r'<meta property="og:[^>]*>|<link rel="canonical"[^>]*>', "", html)
    return re.sub(r'href="/', 'href="https://x.com/', html)


def complete(html):
    return html.replace("<html", f"<!-- saved from url=(0018){ADDRESS} -->\n<html", 1).encode()


def single_file(html):
    comment = f"<!--\n Page saved with SingleFile \n url: {ADDRESS} \n saved date: {DAY} \n-->"
    picture = '<img src="data:image/png;base64,' + "A" * 4000 + '">'
    return html.replace("<head>", comment + "<head>").replace("<body>", "<body>" + picture).encode()


def mhtml(html, encoding="quoted-printable"):
    message = email.message.Message()
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = ADDRESS
    message["Date"] = DAY
    message["Content-Type"] = 'multipart/related; type="text/html"; boundary="----part"'
    part = email.message.MIMEPart() if hasattr(email.message, "MIMEPart") else email.message.EmailMessage()
    part.set_content(html, subtype="html", cte=encoding)
    del part["MIME-Version"]
    style = "Content-Type: text/css\r\nContent-Location: cid:css\r\n\r\nbody { color: red }"
    head = "".join(f"{key}: {value}\r\n" for key, value in message.items())
    body = part.as_bytes().decode().replace("\r\n", "\n").replace("\n", "\r\n")
    return f"{head}\r\n------part\r\n{body}\r\n------part\r\n{style}\r\n------part--\r\n".encode()


def warc(*pages, packed=True, **http):
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for number, (address, html) in enumerate(pages):
        body, headers = html if isinstance(html, bytes) else html.encode(), [("Content-Type", http.get("kind", "text/html; charset=utf-8"))]
        if http.get("encoding") == "gzip":
            body, headers = gzip.compress(body), [*headers, ("Content-Encoding", "gzip")]
        answer = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(address, "response", io.BytesIO(body), http_headers=answer, warc_headers_dict={"WARC-Date": DAY})
        writer.write_record(record)
        if number == 0:
            picture = StatusAndHeaders("200 OK", [("Content-Type", "image/png")], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(address + ".png", "response", io.BytesIO(b"\x89PNG"), http_headers=picture))
    return out.getvalue()


FORMS = {
    "complete": complete,
    "single-file": single_file,
    "mhtml": mhtml,
    "mhtml-base64": lambda html: mhtml(html, "base64"),
    "warc": lambda html: warc((ADDRESS, html), packed=False),
    "warc-gz": lambda html: warc((ADDRESS, html)),
    "warc-packed-answer": lambda html: warc((ADDRESS, html), encoding="gzip"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_saved_page_gives_what_the_page_gives(form):
    documents = read_posts(FORMS[form](bare()), RULEBOOK)
    expected = read_posts((PAGES / "x-feed.html").read_bytes(), RULEBOOK)
    for document, other in zip(documents, expected, strict=True):
        assert (document.platform, document.origin.url, document.origin.handle) == ("x", other.origin.url, other.origin.handle)
        assert [(part.scope, part.text, part.label) for part in document.segments] == [
            (part.scope, part.text, part.label) for part in other.segments
        ]
        assert document.origin.saved == (None if form == "complete" else DAY)


def test_an_archive_of_several_pages_gives_them_all(tmp_path):
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(
        warc((ADDRESS, bare()), ("https://shop.example/", "<article>Sunday</article>"), ("https://empty.example/", "<p> </p>"))
    )
    documents = read_posts(path.read_bytes(), RULEBOOK)
    assert [document.platform for document in documents] == ["x", "x", "blog"]
    assert documents[2].origin.url == "https://shop.example/"
    assert "archive_pages" in documents[0].not_read
    done = CliRunner().invoke(main, ["check", str(path), "-r", "nl", "-f", "jsonl"])
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize("charset", ["windows-1252", "utf-8"])
def test_the_charset_of_the_answer_counts(charset):
    data = warc(("https://a.example/", "<p>Bezahlte Werbung für Möbel</p>".encode(charset)), kind=f"text/html; charset={charset}")
    (document,) = read_posts(data, RULEBOOK)
    assert "für Möbel" in document.segments[0].text


WHOLE = warc((ADDRESS, bare()))
PLAIN = warc((ADDRESS, bare()), packed=False)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (WHOLE[:-900], "ends in the middle"),
        (PLAIN[: PLAIN.index(b"tweetText")], "ends in the middle"),
        (mhtml(bare())[:900], "ends in the middle"),
        (gzip.compress(b"<p>Sunday</p>"), "without WARC records"),
        (WHOLE[:200] + b"\0" * 50 + WHOLE[250:], "damaged"),
        (b"PK\x03\x04....", "zip archive"),
        (warc(("https://a.example/x.png", b"\x89PNG"), kind="image/png"), "holds no HTML page"),
        (b"WARC/1.0\r\nrubbish", "WARC file"),
        (
            b"From: a\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/css\r\n\r\na\r\n--x--\r\n",
            "no HTML page",
        ),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_a_damaged_file_says_what_is_wrong(data, says):
    with pytest.raises(InputError, match=says) as caught:
        read_posts(data, RULEBOOK)
    assert caught.value.hint


def test_a_small_file_that_unpacks_large_is_refused(monkeypatch):
    monkeypatch.setattr(saved, "MOST_FILE", 1_000_000)
    with pytest.raises(TooBigError, match="unpacks to more"):
        read_posts(gzip.compress(b"WARC/1.0\r\n" + b"0" * 5_000_000), RULEBOOK)
    with pytest.raises(TooBigError, match="has 1,000,001 bytes"):
        read_posts(b"<" * 1_000_001, RULEBOOK)
    bomb = warc(("https://a.example/", b"<p>" + b"0" * 9_000_000), encoding="gzip")
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="WARC file"):
        read_posts(bomb, RULEBOOK)


def test_pictures_inside_a_page_that_is_too_big_with_them_are_left_out():
    picture = '<img src="data:image/png;base64,' + "A" * 5_500_000 + '">'
    (document,) = read_posts(f"<article>Sunday in the woods {picture} with cake</article>", RULEBOOK)
    assert document.segments[0].text.split() == ["Sunday", "in", "the", "woods", "with", "cake"]
    assert "embedded_images" in document.not_read


@given(st.one_of(st.binary(max_size=300), st.integers(0, len(WHOLE)).map(lambda at: WHOLE[:at] + b"\x00" + WHOLE[at + 1 :])))
def test_any_bytes(data):
    try:
        assert read_posts(data, RULEBOOK)
    except AdcheckError as error:
        assert error.hint
