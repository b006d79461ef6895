"""Which field or column is what, as people and their programs write calendars, lists and front matter."""

from __future__ import annotations

import io
import json

import pytest
from campaigns import AD, CLEAN, posts, read, run, sheet

from compliance.errors import AdcheckError


def test_a_cell_with_two_platforms_and_captions_in_two_languages_are_posts_each():
    found = read("table", f"Caption NL;Caption FR;Channel\n{CLEAN};Bonjour;IG Story + TikTok\n")
    assert [(r.field, r.documents[0].platform, r.documents[0].surface, r.documents[0].language) for r in found] == [
        ("Caption NL", "instagram", "story", "nl"),
        ("Caption NL", "tiktok", "video", "nl"),
        ("Caption FR", "instagram", "story", "fr"),
        ("Caption FR", "tiktok", "video", "fr"),
    ]


def test_captions_of_single_platforms_beside_a_caption_for_the_rest():
    rows = f"Caption;Caption TikTok;Instagram caption;Channel\n{CLEAN};Hoi;;IG, TikTok\n;;{CLEAN};\n"
    assert [(r.row, r.field, r.documents[0].platform) for r in read("table", rows)] == [
        (2, "Caption", "instagram"),
        (2, "Caption TikTok", "tiktok"),
        (3, "Instagram caption", "instagram"),
    ]


def test_the_planned_date_is_the_date_of_the_law_unless_it_reads_two_ways():
    found = read("table", "Caption,Date\na,2026-12-01\nb,31/12/2026\nc,03/04/2026\nd,1.2.2026\n")
    assert [record.as_of for record in found] == ["2026-12-01", "2026-12-31", None, "2026-02-01"]


def test_the_mapping_is_shown_and_can_be_set(here):
    (here / "cal.csv").write_text(f"Final words,Channel,Status\n{AD},x,ok\n", encoding="utf-8")
    assert "no post was found" in run("cal.csv", "-r", "nl").stderr
    shown = run("cal.csv", "--show-mapping", "--map", "text=Final words")
    assert (shown.exit_code, shown.stdout) == (0, "cal.csv: Final words → text, Channel → platform; not used: Status\ncal.csv: 1 posts\n")
    assert run("cal.csv", "-r", "nl", "--map", "text=Final words").exit_code == 1
    wrong = run("cal.csv", "-r", "nl", "--map", "text=Final word")
    assert (wrong.exit_code, "Did you mean 'Final words'?" in wrong.stderr) == (2, True)
    assert "Did you mean 'text'?" in run("cal.csv", "-r", "nl", "--map", "tekst=Status").stderr


def test_what_stands_beside_a_list_of_posts_is_said_of_them_all(here):
    (here / "c.yaml").write_text(
        "campaign: Spring\nmarket: [nl, be]\nchannel: growth team\ndeclared: {brand: Acme}\nposts:\n"
        f"  - caption: {AD}\n    platform: x\n  - caption: {CLEAN}\n    market: de\n    relationship: gifted\n"
        "  - {post_info: {title: Hoi, is_aigc: 0}}\n",
        encoding="utf-8",
    )
    (here / "adcheck.toml").write_text('[[overrides]]\ncampaigns = ["spring"]\ndeclared = {relationship = "paid"}\n', encoding="utf-8")
    (first, second, third), result = posts("c.yaml")
    assert [post["reach"] for post in (first, second, third)] == [["nl", "be"], ["de"], ["nl", "be"]]
    assert [set(post["facts"]["connection"]) & {"paid", "gifted"} for post in (first, second, third)] == [{"paid"}, {"gifted"}, {"paid"}]
    assert "c.yaml: for all posts below: market → reach, campaign → campaign" in result.stderr


def test_the_mapping_of_a_folder_is_shown_for_every_file_that_can_be_read(here):
    (here / "in").mkdir()
    for name, text in {"a.csv": "Caption\nHoi\n", "b.json": '{"name": "x"}', "c.csv": "", "d.jsonl": '{"caption": "Hoi"}\n'}.items():
        (here / "in" / name).write_text(text, encoding="utf-8")
    shown = run("in", "--show-mapping")
    assert shown.stdout == "in/a.csv: 1 posts\nin/d.jsonl: 1 posts\n"
    assert (shown.exit_code, shown.stderr) == (2, "adcheck: in/c.csv:1: the table is empty. Give a heading row and a row for each post.\n")


def test_lines_of_jsonl_have_fields_of_their_own_names_and_facts_of_their_campaign(here):
    (here / "adcheck.toml").write_text(
        '[declared]\nrelationship = "gifted"\n[[overrides]]\ncampaigns = ["spring"]\ndeclared = {relationship = "paid"}\n'
    )
    lines = [
        {"id": 7, "bijschrift": AD, "kanaal": "tiktok", "markt": "NL"},
        {"id": "b", "text": CLEAN, "declared": {"brand": "Acme"}, "campaign": "Spring"},
        {
            "posts": [
                {"value": [{"content": AD}], "settings": {"__type": "x"}},
                {"value": [{"content": CLEAN}], "settings": {"__type": "x"}},
            ]
        },
        {"text": CLEAN, "platfrm": "x"},
    ]
    (here / "p.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    found, result = posts("p.jsonl", "-r", "nl")
    assert [(post.get("id"), post["source"]["line"], post["source"].get("field")) for post in found if "error" not in post] == [
        ("7", 1, "bijschrift"),
        ("b", 2, None),
        (None, 3, "posts.0.value.0.content"),
        (None, 3, "posts.1.value.0.content"),
    ]
    assert {"source": "declared", "id": "relationship", "note": "paid"} in [w for item in found[1]["items"] for w in item["evidence"]]
    assert "p.jsonl: bijschrift → text, id → id, kanaal → platform, markt → reach" in result.stderr
    assert "p.jsonl:4/platfrm: unknown key 'platfrm'. Did you mean 'platform'?" in result.stderr
    assert run("p.jsonl", "--show-mapping").stdout.endswith("p.jsonl: 4 posts\n")


@pytest.mark.parametrize(
    ("front", "field", "line"),
    [
        ("---\nplatform: blog\ndescription: For search engines\n---", None, 6),
        ('{\n "platform": "blog",\n "draft": true\n}', None, 6),
        ("---\nplatform: blog\n...", None, 5),
        (f"+++\nplatform = 'blog'\ncaption = '{AD}'\n+++", "caption", 3),
    ],
)
def test_front_matter_of_the_usual_site_programs(front, field, line):
    [record] = read("markdown", f"{front}\n\n{AD}\n")
    assert (record.field, record.line, record.documents[0].platform) == (field, line, "blog")
    assert [part.text for part in record.documents[0].segments] == [AD]


def test_what_calendars_look_like():
    def found(data, kind="table"):
        return [
            (record.row, record.documents[0].platform, record.as_of, record.documents[0].declared.relationship)
            for record in read(kind, data)
            if record.error is None
        ]

    grouped = f"Post;;\nWanneer;;Content\nDatum;Kanaal;Caption\n1.12.2026;x;{AD}\n"
    assert found(grouped) == [(4, "x", "2026-12-01", None)]
    assert found("note\n" * 15 + f"Caption,Channels\n{AD},x\n") == [(17, "x", None, None)]
    notion = f'Name,Publish Date,Channels,Caption,Sponsored?\nA,"December 1, 2026",x,{AD},Yes\nB,1 dec. 2026 09:00,x,{AD},No\n'
    assert found(notion) == [(2, "x", "2026-12-01", "paid"), (3, "x", "2026-12-01", None)]
    assert found(f"Caption,Channel,Paid partnership\n{AD},x,yes\n{AD},x,no\n") == [(2, "x", None, "paid"), (3, "x", None, None)]
    ticked = f"Text,Date,Time,Instagram,TikTok,Twitter/X,Instagram Post Type\n{AD},2026-12-01,09:00,TRUE,TRUE,FALSE,REEL\n"
    assert found(ticked) == [(2, "instagram", "2026-12-01", None), (2, "tiktok", "2026-12-01", None)]
    merged = sheet([["Datum", "Kanaal", "Caption"], ["2026-12-01", "x", AD], [None, "tiktok", AD], [None, None, None]])
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(merged))
    book.active.merge_cells("A2:A4")
    book.create_chartsheet("Grafiek").add_chart(openpyxl.chart.BarChart())
    data = io.BytesIO()
    book.save(data)
    assert found(data.getvalue(), "sheet") == [(2, "x", "2026-12-01", None), (3, "tiktok", "2026-12-01", None)]


def test_rows_without_a_caption_or_a_readable_date_are_told(here):
    (here / "cal.csv").write_text(f"Caption,Channel,Date\n{CLEAN},x,03/04/2026\n,x,2026-12-01\n", encoding="utf-8")
    said = run("cal.csv", "-r", "nl").stderr
    assert "cal.csv: no caption in row 3, not judged" in said
    assert "cal.csv: the date in row 2 reads in no one way" in said
    (here / "cal.csv").write_text("Caption,Channel\n,x\n", encoding="utf-8")
    assert "'Caption' was taken for the caption and holds none" in run("cal.csv", "-r", "nl").stderr


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ({"name": "shop", "description": "A shop", "author": None}, 0),
        ({"description": "A shop", "platform": "x"}, 1),
        ({"a": {"b": [{"caption": "x"}, {"caption": "y"}]}}, 2),
        ({"text": "x", "declared": {"relationship": "paid"}}, 1),
        ({"text": "x"}, 1),
        ({"content": "x", "url": "y"}, 0),
        ([{"html": "<p>x</p>"}], 1),
    ],
)
def test_which_objects_are_posts(data, count):
    try:
        assert len(read("json", json.dumps(data))) == count
    except AdcheckError as error:
        assert (count, error.message) == (0, "no post was found")


def test_a_calendar_without_a_market_asks_for_one(here):
    (here / "a.csv").write_text(f"Caption\n{AD}\n", encoding="utf-8")
    result = run("a.csv")
    assert (result.exit_code, "no market was named" in result.stderr) == (2, True)
