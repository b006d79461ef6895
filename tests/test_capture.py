"""Captures: what goes in comes out equal, and a capture is judged as the page was."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from compliance import check, read_posts
from compliance.cli import main
from compliance.errors import InputError
from compliance.model import Declaration, Document, Link, Mark, Origin, Segment
from compliance.readers import read_capture, write_capture
from compliance.rulebook import RULES, load_rulebook

PAGES = Path(__file__).parent / "pages" / "platforms"
RULEBOOK = load_rulebook()
SCHEMA = jsonschema_rs.validator_for(json.loads((RULES.parent / "compliance" / "schema" / "capture.json").read_text(encoding="utf-8")))
AS_OF = "2026-11-23"

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
MAYBE = st.none() | TEXT
PIECE = st.tuples(st.integers(0, 99), st.integers(0, 10**6), st.integers(0, 99))
SEGMENT = st.builds(
    Segment,
    text=TEXT.map(lambda text: "x" + text),
    scope=st.sampled_from(["caption", "bio", "alt"]),
    visible=st.booleans(),
    pieces=st.lists(PIECE, max_size=3).map(tuple),
    path=MAYBE,
    label=MAYBE,
)
FLAG = st.none() | st.booleans()
DOCUMENT = st.builds(
    Document,
    segments=st.lists(SEGMENT, min_size=1, max_size=3).map(tuple),
    links=st.lists(st.builds(Link, TEXT, st.lists(TEXT, max_size=2).map(tuple), st.just(0), st.just(0), st.integers(0, 9)), max_size=2).map(
        tuple
    ),
    marks=st.lists(st.builds(Mark, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    declared=st.builds(
        Declaration,
        relationship=st.sampled_from([None, "gifted", "none"]),
        brand=st.sampled_from([None, "Nordpunkt"]),
        persona=st.sampled_from([None, "synthetic"]),
        retouched=FLAG,
        platform_label=FLAG,
    ),
    platform=st.just("instagram"),
    surface=st.sampled_from([None, "feed", "reel"]),
    language=st.sampled_from([None, "nl"]),
    kind=st.sampled_from(["caption", "page", "post", "profile"]),
    complete=st.booleans(),
    not_read=st.lists(TEXT, max_size=2).map(tuple),
    origin=st.none()
    | st.builds(
        Origin,
        st.sampled_from(["post", "feed", "profile"]),
        st.integers(0, 9),
        st.integers(1, 9),
        st.integers(1, 99),
        MAYBE,
        MAYBE,
        MAYBE,
        MAYBE,
    ),
)


@given(st.lists(DOCUMENT, min_size=1, max_size=3).map(tuple))
def test_what_goes_in_comes_out_equal(documents):
    text = write_capture(documents, taken=AS_OF, name="page.html", sha256="0" * 64)
    assert read_capture(text.encode(), RULEBOOK) == documents
    assert write_capture(read_capture(text, RULEBOOK), taken=AS_OF, name="page.html", sha256="0" * 64) == text


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_a_capture_is_judged_as_the_page(name):
    documents = read_posts((PAGES / f"{name}.html").read_bytes(), RULEBOOK)
    text = write_capture(documents)
    SCHEMA.validate(json.loads(text))
    kept = read_capture(text, RULEBOOK)
    assert kept == documents
    for document, other in zip(documents, kept, strict=True):
        assert check(document=document, reach=["nl"], as_of=AS_OF) == check(document=other, reach=["nl"], as_of=AS_OF)


def test_the_command_line_writes_and_reads_captures(tmp_path):
    out = tmp_path / "page.capture.json"
    page = str(PAGES / "instagram-profile.html")
    made = CliRunner().invoke(main, ["capture", page, "-o", str(out), "-d", "persona=synthetic"])
    assert (made.exit_code, made.stdout) == (0, "")
    data = json.loads(out.read_text(encoding="utf-8"))
    SCHEMA.validate(data)
    assert len(data["source"]["sha256"]) == 64
    judged = CliRunner().invoke(main, ["check", str(out), "-r", "us", "--as-of", AS_OF])
    direct = CliRunner().invoke(main, ["check", page, "-r", "us", "--as-of", AS_OF, "-d", "persona=synthetic"])
    assert judged.exit_code == direct.exit_code == 1
    shown = (PAGES / "instagram-profile.html").relative_to(Path.cwd()).as_posix()  # a file in the working folder is named from there
    assert judged.stdout.replace(str(out), "") == direct.stdout.replace(shown, "")


GOOD = json.loads(write_capture((Document((Segment("Sunday"),), links=(Link("https://a.example"),), platform="x", surface="post"),)))


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ((), [], "/schema"),
        (("schema",), "https://adcheck.dev/schema/checklist-1.json", "/schema"),
        (("schema",), "https://adcheck.dev/schema/capture-9.json", "/schema"),
        (("note",), "x", "/note"),
        (("documents",), [], "/documents"),
        (("documents", 0), "x", "/documents/0"),
        (("documents", 0, "segments"), [], "/documents/0/segments"),
        (("documents", 0, "segments"), [{"scope": "caption"}], "/documents/0/segments/0"),
        (("documents", 0, "segments", 0, "text"), 5, "/documents/0/segments/0/text"),
        (("documents", 0, "segments", 0, "visible"), 1, "/documents/0/segments/0/visible"),
        (("documents", 0, "segments", 0, "pieces"), [[1, 2]], "/documents/0/segments/0/pieces/0"),
        (("documents", 0, "segments", 0, "colour"), "red", "/documents/0/segments/0/colour"),
        (("documents", 0, "links", 0, "segment"), 7, "/documents/0/links/0"),
        (("documents", 0, "platform"), "friendster", "/documents/0/platform"),
        (("documents", 0, "surface"), "reel", "/documents/0/surface"),
        (("documents", 0, "declared"), {"relationship": "rich"}, "/documents/0/declared/relationship"),
    ],
)
def test_a_wrong_value_is_named(path, value, where):
    data = json.loads(json.dumps(GOOD))
    if not path:
        data = value
    else:
        inner = data
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    with pytest.raises(InputError) as caught:
        read_capture(json.dumps(data), RULEBOOK)
    assert (caught.value.where, bool(caught.value.hint)) == (where, True)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)).map(
        lambda value: json.dumps({"schema": GOOD["schema"], "documents": [{"segments": value}]}).encode()
    )
)
def test_any_bytes(data):
    with pytest.raises(InputError):
        read_capture(data, RULEBOOK)
