"""Readers: any text and any HTML give a Document or an InputError; positions lead into the source."""

from __future__ import annotations

import pytest
from fuzz.invariants import assert_sound
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import InputError, TooBigError
from compliance.readers import read_caption, read_jsonl, read_page
from compliance.readers.page import source_offset
from compliance.rulebook import load_rulebook

RULEBOOK = load_rulebook()
TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div hidden>",
        "</div>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<a href='https://x.example' rel=sponsored>",
        "</a>",
        "&rsquo;",
        "&#101;",
        "<br>",
        "<template>",
        "</template>",
        "<article>",
        "</article>",
        "Ad",
        " text ",
        "\n",
        "<",
        ">",
        "&",
        "<svg>",
        "<style>",
        "]]>",
        "<![CDATA[",
        "<?xml",
        "<!DOCTYPE html>",
        "\x00",
    ]
)


def main_text(document):
    return document.segments[0].text


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_any_caption(text):
    try:
        document = read_caption(text, RULEBOOK)
    except InputError as error:
        assert error.hint
        return
    assert len(main_text(document)) == len(text)


@given(st.one_of(st.lists(TAGS, max_size=30).map("".join), st.binary(max_size=300), st.text(max_size=200)))
def test_any_html(html):
    try:
        document = read_page(html, RULEBOOK)
    except InputError as error:
        assert error.hint
        return
    assert_sound(html, document)


STYLES = st.lists(
    st.sampled_from(
        [
            "p", ".x", "#y", "*", "[hidden]", ":root", ":not(.x)", "::before", "::after", ":hover", " ", ">", ",", "{", "}", "@media print{",
            "@media(max-width:9em){", "@import 'x';", "display:none;", "color:#fff;", "color:var(--a,red);", "--a:var(--a);", "background:#fff;",
            "background:url(", "font-size:.1em;", "font:0/1 serif;", "position:absolute;left:-9999px;", "opacity:0;", "clip:rect(0,0,0,0);",
            "transform:scale(0);", "content:'label';", "content:attr(class);", "!important;", "/*", "*/", "'", '"', "(", ")", "\\", ";", "-webkit-line-clamp:2;",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(STYLES, STYLES)
def test_any_style(sheet, inline):
    inline = inline.replace('"', "'")
    html = f'<style>{sheet}</style><div class=x><p id=y style="{inline}">Reclame</p>en <a href=z>meer</a></div>'
    document = read_page(html, RULEBOOK)
    assert_sound(html, document)
    assert sum(segment.text.count("Reclame") for segment in document.segments) == 1


@given(st.text("ab<>&;!-/=\"' \n\u00e9", max_size=80))
def test_all_text_of_a_page_is_in_its_document(text):
    """What BeautifulSoup's own reading of a plain text finds is found here too, seen or not."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    document = read_page(f"<p>.{escaped}</p>", RULEBOOK)
    assert document.segments[0].text.split() == ("." + text).split()


PAGE = """<!doctype html><html lang="nl"><head><title>Blog</title>
<meta property="og:type" content="article"><meta name="author" content="Lisa">
<script type="application/ld+json">{"@type": "AdvertiserContentArticle", "sponsor": {"name": "Glowlab"}}</script>
<style>.x{color:red}</style></head>
<body><nav>Home Advertentie</nav>
<article><h1>Mijn&nbsp;serum</h1><!-- geheim --><p>Ik test <b>het</b> serum.<br>Caf&eacute; <a rel="sponsored nofollow" href="https://shop.example/?tag=lisa-21">koop hier</a></p>
<p style="display: none">Reclame</p><p hidden>#ad</p><template>#ad</template><img alt="een pot serum" src="x.jpg"></article>
<aside>Advertentie: koop sokken</aside><script>var x = "#ad";</script></body></html>"""


def test_a_page_as_a_visitor_reads_it():
    document = read_page(PAGE, RULEBOOK)
    assert main_text(document).split("\n") == ["Mijn serum", "Ik test het serum.", "Café koop hier", ""]
    hidden = {segment.hidden_by: segment.text.split() for segment in document.segments if not segment.visible}
    assert hidden == {"comment": ["geheim"], "display": ["Reclame"], "attribute": ["#ad"], "template": ["#ad"]}
    assert [segment.text for segment in document.segments if segment.scope == "alt"] == ["een pot serum"]
    assert document.language == "nl"
    assert {(mark.name, mark.value) for mark in document.marks} >= {("@type", "AdvertiserContentArticle"), ("sponsor", "Glowlab")}


def test_links_keep_rel_and_place():
    document = read_page(PAGE, RULEBOOK)
    [link] = document.links
    assert link.rel == ("sponsored", "nofollow")
    assert document.segments[link.segment].text[link.start : link.end].strip() == "koop hier"


def test_source_positions_are_exact():
    document = read_page(PAGE, RULEBOOK)
    body = document.segments[0]
    for word in ("test", "het", "serum.", "koop", "hier"):
        at = body.text.index(word)
        source = source_offset(body, at)
        assert source is not None
        assert PAGE[source : source + len(word)] == word
    entity = source_offset(body, body.text.index("é"))
    assert entity is not None
    assert PAGE[entity : entity + 8] == "&eacute;"


def test_what_a_comment_that_never_closes_hides():
    assert "Reclame" not in main_text(read_page("<p>Mijn serum<!-- <p>Reclame</p>", RULEBOOK))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ('<meta charset="iso-8859-1"><p>café</p>'.encode("latin-1"), "café"),
        ("<p>größe</p>".encode(), "größe"),
        ("\ufeff<p>été</p>".encode("utf-16"), "été"),
        ('<meta charset="windows-1252"><p>“ja” €5</p>'.encode("cp1252"), "“ja” €5"),
    ],
)
def test_bytes_are_decoded_as_a_browser_does(data, word):
    assert word in main_text(read_page(data, RULEBOOK))


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("", InputError),
        ("   ", InputError),
        ("<script>x</script>", InputError),
        ("<div>" * 600 + "x", TooBigError),
        ("<i>" * 600 + "x", TooBigError),
        ("x" * 5_000_001, TooBigError),
        (b"x" * 5_000_001, TooBigError),
    ],
)
def test_pages_that_cannot_be_read(html, kind):
    with pytest.raises(kind) as caught:
        read_page(html, RULEBOOK)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "   \n", "\x00\x00", "\u200b"])
def test_an_empty_caption(text):
    with pytest.raises(InputError, match="empty"):
        read_caption(text, RULEBOOK)


def test_a_huge_caption():
    with pytest.raises(TooBigError) as caught:
        read_caption("x" * 1_000_000, RULEBOOK)
    assert caught.value.http_status == 413


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"platform": "instgram"}, "/platform"),
        ({"platform": "instagram", "surface": "fed"}, "/surface"),
        ({"surface": "feed"}, "/surface"),
        ({"language": "dutch"}, "/language"),
        ({"declared": {"relationship": "pay"}}, "/declared/relationship"),
        ({"declared": {"relationshp": "paid"}}, "/declared/relationshp"),
        ({"declared": {"platform_label": "yes"}}, "/declared/platform_label"),
        ({"declared": ["paid"]}, "/declared"),
    ],
)
def test_wrong_values_name_their_place(options, where):
    with pytest.raises(InputError) as caught:
        read_caption("tekst", RULEBOOK, **options)
    assert caught.value.where == where
    assert caught.value.hint


def test_jsonl_keeps_the_good_lines():
    lines = [
        b'{"id": "1", "text": "Reclame | jas"}',
        b"{not json}",
        b"",
        b'{"id": "3", "text": "x", "platfrm": "tiktok"}',
        b"\xff\xfe",
        b'{"id": "5", "html": "<p>jas</p>"}',
        b"[1]",
    ]
    records = list(read_jsonl(lines, RULEBOOK, "posts.jsonl"))
    assert [(record.line, record.error is None) for record in records] == [
        (1, True),
        (2, False),
        (4, False),
        (5, False),
        (6, True),
        (7, False),
    ]
    assert records[2].id == "3"
    assert "Did you mean 'platform'" in str(records[2].error)
    assert str(records[1].error).startswith("posts.jsonl:2")


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(["text", "html", "id", "platform", "declared", "reach", "language", "complete"]), inner, max_size=4
                    )
                ),
                max_leaves=8,
            ).map(lambda value: __import__("json").dumps(value).encode()),
        ),
        max_size=4,
    )
)
def test_any_jsonl(lines):
    for record in read_jsonl(lines, RULEBOOK):
        assert bool(record.documents) != (record.error is not None)


@pytest.mark.parametrize(
    "html",
    [
        "<" * 200_000,
        "<a " * 60_000,
        "<!--" * 50_000,
        "<![CDATA[" * 30_000,
        "&#" * 100_000,
        "&" + "a" * 200_000,
        "<p title='" * 20_000,
        "<a href=x" * 20_000,
        "</p " * 50_000,
        "<p>" * 8_000 + "x",
        "<td>" * 8_000 + "x",
        "<table>" + "<tr><td>x" * 4_000,
        "<p>x" + " " * 300_000 + "y",
        "<style>" + "a{color:red" * 20_000 + "</style>x",
        "<style>" + "{" * 200_000 + "</style>x",
        "<style>" + "@media (" * 30_000 + "</style>x",
        "<style>" + ":root{--a:var(--a)var(--a)}" * 300 + "p{color:var(--a)}</style><p>x",
        "<style>" + "p " * 50_000 + "{color:red}</style><p>x",
        "<style>" + "".join(f"div .c{n}{{color:red}}" for n in range(5_000)) + "</style>" + "<div class='c1 c2'>" * 400 + "x",
        "<style>p{color:red" + " " * 200_000 + "}</style><p>x",
        f"<p style='{'color:' * 50_000}'>x",
        "<!-- " + "<" * 100_000 + " --><p>x",
        "<p>" + "<!-- [if " * 20_000 + "--><p>x",
        "<style>.x{display:none}</style>" + "<p class=x>y</p><p>z</p>" * 2_500,
        "<details><summary>x</summary>" * 250 + "y",
    ],
)
@pytest.mark.timeout(60)
def test_no_page_takes_long(html):
    """Each of these made some reader of HTML or CSS quadratic, which for half a megabyte means minutes and hours."""
    try:
        read_page(html, RULEBOOK)
    except InputError as error:
        assert error.hint


def test_a_page_of_too_many_elements(monkeypatch):
    monkeypatch.setattr("compliance.readers.limits.MOST_NODES", 1_000)
    with pytest.raises(TooBigError, match="elements") as caught:
        read_page("<b></b>" * 1_500, RULEBOOK)
    assert caught.value.hint


def test_a_page_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr("compliance.readers.limits.MOST_SECONDS", -1)
    with pytest.raises(TooBigError, match="seconds") as caught:
        read_page("<p>x" * 1_000, RULEBOOK)
    assert caught.value.hint
