"""HTML is cut and nested as browsers do it: what a label's readers see depends on it."""

from __future__ import annotations

import pytest
from fuzz.invariants import assert_sound

from compliance.readers import read_page
from compliance.readers.charset import decode_bytes
from compliance.rulebook import load_rulebook

RULEBOOK = load_rulebook()


def shown(html):
    return " ".join(read_page(html, RULEBOOK).segments[0].text.split())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p hidden>a<p>b", "b"),
        ("<ul><li hidden>a<li>b</ul>", "b"),
        ("<dl><dt hidden>a<dd>b</dl>", "b"),
        ("<table><tr hidden><td>a<tr><td>b<td>c</table>", "b c"),
        ("<p hidden>a<div>b</div>", "b"),
        ("<p hidden><span>a<h2>b</h2>", "b"),
        ("<h2 hidden>a</h3>b", "b"),
        ("<div hidden>a<table><tr><td>b</div>c</table></div>d", "d"),
        ("<div hidden/>a</div>b", "b"),
        ("<svg><g hidden/><text>x</text></svg>a", "a"),
        ("<svg><title>x</title></svg>a", "a"),
        ("<svg><p>a", "a"),
        ("<head><title>x</title><div>a</div>", "a"),
        ("<html><body>a</body></html>b", "ab"),
        ("<body>a<body style='font-size:20px' class=x>b", "ab"),
        ("<a hidden href=x>a<a href=y>b</a>", "b"),
        ("<!-->a-->", "a-->"),
        ("<!--->a", "a"),
        ("<!--x--!>a", "a"),
        ("<!--x-- >a--><p>b", "b"),
        ("a</ p>b", "ab"),
        ("a<?php echo 1 ?>b", "ab"),
        ("a < b & c", "a < b & c"),
        ("<title>x</title/y>a", "a"),
        ("<script><!-- </script>a", "a"),
        ("<textarea><p>a</textarea>", "<p>a"),
        ("<style>p{}</style x>a", "a"),
        ("a&#;b&#x;c&#d", "a&#;b&#x;c&#d"),
        ("&notit; &#128; &#0;a", "¬it; € \ufffda"),
        ("a&#99999999999999999999999;b", "a\ufffdb"),
        ("a" + "&#" + "9" * 5000 + ";b", "a\ufffdb"),
        ("<p title='>'>a", "a"),
        ("<p/title=x/hidden>a</p>b", "a b"),
        ("<p/title='x'/hidden>a</p>b", "b"),
        ("a<br>b</br>c", "a b c"),
        ("<xmp><p>a</xmp>b", "<p>a b"),
        ("a<plaintext>b<p>c", "ab<p>c"),
        ("<select><option>x</select>a", "a"),
        ("<pre>a\nb</pre>", "a b"),
        ("a<span style='display:block'>b</span>c", "a b c"),
        ("a<span style='display:inline-block'>b</span>c", "a b c"),
        ("a<b>b</b>c", "abc"),
    ],
)
def test_what_is_shown(html, text):
    assert shown(html + ("" if "plaintext" in html else "<p>.")) == (text if "plaintext" in html else f"{text} .".strip())


def test_addresses_keep_what_only_looks_like_a_reference():
    [link] = read_page("<a href='https://x.example/?a=1&reg=2&amp;copy=3&lang=nl'>x</a>", RULEBOOK).links
    assert link.url == "https://x.example/?a=1&reg=2&copy=3&lang=nl"


def test_of_two_attributes_the_first_counts():
    [link] = read_page("<a href=first href=second>x</a>", RULEBOOK).links
    assert link.url == "first"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("\ufeff<p>größe".encode("utf-16-le"), "<p>größe"),
        ("\ufeff<p>größe".encode("utf-16-be"), "<p>größe"),
        ("<!doctype html><p>größe".encode("utf-16-le"), "<!doctype html><p>größe"),
        (b"\xef\xbb\xbf" + "<p>größe".encode(), "<p>größe"),
        ('<meta charset="iso-8859-1">“€”'.encode("cp1252"), '<meta charset="iso-8859-1">“€”'),
        ('<meta charset="iso-8859-1">größe'.encode(), '<meta charset="iso-8859-1">größe'),
        ('<meta charset="utf-16">größe'.encode(), '<meta charset="utf-16">größe'),
        ('<meta http-equiv=content-type content="text/html; charset=Shift_JIS">広告'.encode("shift_jis"), "広告"),
        ('<meta charset="gb2312">广告，合作'.encode("gbk"), "广告，合作"),
        ('<meta charset="euc-kr">광고'.encode("euc-kr"), "광고"),
        ('<meta charset="big5">廣告'.encode("big5"), "廣告"),
        ('<meta charset="iso-2022-jp">広告'.encode("iso-2022-jp"), "広告"),
        ('<meta charset="windows-1250">reklama, współpraca'.encode("cp1250"), "współpraca"),
        ('<meta charset="no-such-thing">größe'.encode("cp1252"), "größe"),
        ('<?xml version="1.0" encoding="windows-1252"?><p>größe'.encode("cp1252"), "größe"),
        (("<!-- <meta charset=gbk> --><p>" + "Größe und Übung, schöne Grüße " * 5).encode("cp1252"), "schöne Grüße"),
        (('<meta charset="utf-8"><p>' + "größe " * 30).encode() + b"\xff", "größe größe"),
        (('<meta charset="utf-8"><p>' + "Größe und Übung, schöne Grüße " * 5).encode("cp1252"), "schöne Grüße"),
        (("<p>" + "これは広告です。商品は無料でもらいました。とても良いです。" * 4).encode("shift_jis"), "これは広告です"),
        (("<p>" + "이 게시물은 광고입니다. 제품을 무료로 받았습니다. " * 6).encode("euc-kr"), "광고입니다"),
        (b"", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_bytes(data, text):
    assert text in decode_bytes(data)


def test_a_comment_with_a_wide_space_keeps_its_place():
    """Found by the fuzzer: the words of a comment did not stand where their segment said."""
    html = "<p>x</p></\xa0\xa0geheim\xa0woord>"
    assert_sound(html, read_page(html, RULEBOOK))
