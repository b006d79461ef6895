"""Campaign files through the command line: what is read, where it stands, what contradicts, and what is said of bad files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.cli import main
from compliance.errors import AdcheckError
from compliance.readers.campaign import Campaign, Mapper
from compliance.rulebook import load_rulebook

AD = "Met code LISA15 krijg je 15% korting"
CLEAN = "Zondag met de kinderen naar het bos"
BOOK = load_rulebook()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args):
    return CliRunner().invoke(main, ["check", *args])


def posts(*args):
    result = run(*args, "-f", "jsonl", "--as-of", "2026-11-23")
    return [json.loads(line) for line in result.stdout.splitlines()], result


def read(kind, data, **chosen):
    campaign = Campaign(kind, data if isinstance(data, bytes) else data.encode(), BOOK, Mapper(BOOK.columns, chosen))
    return list(campaign.records())


def sheet(rows, title="Kalender"):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parquet(rows):
    import pyarrow
    import pyarrow.parquet

    data = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), data)
    return data.getvalue()


ROWS = [["Datum", "Kanaal", "Markt", "Bijschrift", "Samenwerking"], ["2026-12-01", "IG Reel", "NL, België", AD, "betaald"]]
FORMATS = {
    "a.csv": "\n".join(";".join(row).replace(AD, f'"{AD}"') for row in ROWS).encode(),
    "a.tsv": "\n".join("\t".join(row) for row in ROWS).encode(),
    "a.xlsx": sheet([["Contentkalender"], [], *ROWS]),
    "a.json": json.dumps([dict(zip(*ROWS, strict=True))]).encode(),
    "a.yaml": f"- Datum: 2026-12-01\n  Kanaal: IG Reel\n  Markt: [NL, België]\n  Bijschrift: {AD}\n  Samenwerking: betaald\n".encode(),
    "a.parquet": parquet([dict(zip(*ROWS, strict=True))]),
    "a.md": f"---\nKanaal: IG Reel\nMarkt: [NL, België]\nSamenwerking: betaald\n---\n\n{AD}\n".encode(),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same_of_the_same_post(folder, name):
    (folder / name).write_bytes(FORMATS[name])
    [post], result = posts(name)
    assert result.exit_code == 1
    assert post["reach"] == ["nl", "be"]
    assert post["segments"][0]["text"] == AD
    missing = {item["duty"]: item for item in post["items"] if item["outcome"] == "fail"}["nl.ad-label"]
    assert missing["evidence"][0] == {"source": "declared", "id": "relationship", "note": "paid"}
    assert {"source": "platform", "id": "instagram"} in [witness for item in post["items"] for witness in item["evidence"]]
    assert "Samenwerking → relationship" in result.stderr


def test_a_post_knows_its_file_line_column_row_and_field(folder):
    (folder / "cal.csv").write_text(f'Caption,Channel\n"two\nlines",x\n"Hoi!\n{AD}",x\n', encoding="utf-8")
    (_, second), _ = posts("cal.csv", "-r", "nl")
    assert second["source"] == {"name": "cal.csv", "line": 4, "column": 2, "row": 3, "field": "Caption"}
    assert "cal.csv:4 row 3 Caption" in run("cal.csv", "-r", "nl").stdout
    log = json.loads(run("cal.csv", "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["snippet"]["text"]) == (5, 1, "Met code LISA15")


def test_a_cell_with_doubled_quotes_is_marked_where_its_words_stand(folder):
    (folder / "cal.csv").write_text(
        f'Caption;Channel;is_aigc\n"""Hoi"", zei ze:\n""Kom"" {AD}";x;onwaar\n{CLEAN};x;soms\n', encoding="utf-8"
    )
    log = json.loads(run("cal.csv", "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (3, 9, 9 + len("Met code LISA15"))
    assert "cal.csv:4/is_aigc: 'soms' is neither yes nor no" in run("cal.csv", "-r", "nl").stderr
    assert run("cal.csv", "-r", "nl", "--fix").exit_code == 2
    assert (folder / "cal.csv").read_text(encoding="utf-8").startswith('Caption;Channel;is_aigc\n"Advertentie: ""Hoi"", zei ze:\n')


@pytest.mark.parametrize("name", ["c.yaml", "c.md"])
def test_words_in_a_block_are_marked_on_their_line(folder, name):
    begin, end = ("", "") if name == "c.yaml" else ("---\n", "---\nNotes <!-- adcheck-ignore nl.dating: no dates here -->\n")
    text = f"{begin}platform: x\ncaption: |-\n  Hoi!\n\n    Ingesprongen\n  Nu: {AD}\n{end}"
    (folder / name).write_text(text, encoding="utf-8")
    log = json.loads(run(name, "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (6 + bool(begin), 7)
    run(name, "-r", "nl", "--fix")
    assert (folder / name).read_text(encoding="utf-8") == text.replace("  Hoi!", "  Advertentie: Hoi!")


@pytest.mark.parametrize("post", [{"caption": "%%", "platform": "x"}, {"post_info": {"title": "%%"}}, {"text": "%%", "declared": {}}])
def test_words_behind_escapes_are_marked_where_they_stand(folder, post):
    caption = 'Zij: "hoi" 😀\n\n'
    text = json.dumps([post], indent=1).replace("%%", json.dumps(caption + AD)[1:-1])
    (folder / "c.json").write_text(text, encoding="utf-8")
    log = json.loads(run("c.json", "-r", "nl", "-f", "sarif").stdout)
    region = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "nl.ad-label")["locations"][0]["physicalLocation"]["region"]
    line = text.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "Met code LISA15"
    run("c.json", "-r", "nl", "--fix")
    assert (folder / "c.json").read_text(encoding="utf-8") == text.replace("Zij:", "Advertentie: Zij:")


def test_a_place_in_json_yaml_front_matter_and_a_sheet():
    [record] = read("json", f'[\n  {{"platform": "x",\n   "caption": "{AD}"}}]')
    assert (record.line, record.column, record.field, record.raw) == (3, 16, "caption", AD)
    [record] = read("yaml", f"caption: |\n  {AD}\n")
    assert (record.line, record.field, record.raw) == (2, "caption", f"  {AD}\n")
    [record] = read("markdown", f"+++\nplatform = 'x'\n+++\n\n\n{AD}\n")
    assert (record.line, record.field, record.raw) == (6, None, AD)
    [record] = read("sheet", sheet([["note"], ["Channel", "Caption"], ["x", AD]]))
    assert (record.row, record.column, record.field) == (3, 2, "Kalender!Caption")


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


def test_the_mapping_is_shown_and_can_be_set(folder):
    (folder / "cal.csv").write_text(f"Final words,Channel,Status\n{AD},x,ok\n", encoding="utf-8")
    assert "no post was found" in run("cal.csv", "-r", "nl").stderr
    shown = run("cal.csv", "--show-mapping", "--map", "text=Final words")
    assert (shown.exit_code, shown.stdout) == (0, "cal.csv: Final words → text, Channel → platform; not used: Status\ncal.csv: 1 posts\n")
    assert run("cal.csv", "-r", "nl", "--map", "text=Final words").exit_code == 1
    wrong = run("cal.csv", "-r", "nl", "--map", "text=Final word")
    assert (wrong.exit_code, "Did you mean 'Final words'?" in wrong.stderr) == (2, True)
    assert "Did you mean 'text'?" in run("cal.csv", "-r", "nl", "--map", "tekst=Status").stderr


TIKTOK = {"post_info": {"title": AD, "brand_content_toggle": False, "brand_organic_toggle": False, "is_aigc": False}}


def contradictions(post):
    return {item["duty"]: item for item in post["items"] if item["duty"].startswith("declared.")}


def test_a_switch_that_contradicts_the_caption_or_the_declaration_is_an_item(folder):
    (folder / "p.json").write_text(json.dumps(TIKTOK, indent=1), encoding="utf-8")
    [post], result = posts("p.json", "-r", "nl", "-d", "ai_content=generated")
    assert "payload of TikTok Content Posting API" in result.stderr
    assert post["source"]["field"] == "post_info.title"
    assert post["source"]["line"] == 3
    found = contradictions(post)
    assert set(found) == {"declared.platform-label", "declared.ai-label"}
    assert found["declared.platform-label"]["outcome"] == "needs_review"
    assert found["declared.platform-label"]["evidence"][0]["note"] == "post_info.brand_content_toggle = off"
    assert "LISA15" in json.dumps(found["declared.platform-label"])


@pytest.mark.parametrize(
    ("switches", "text", "declared", "expected"),
    [
        ({"brand_content_toggle": True}, CLEAN, "relationship=none", {"declared.relationship"}),
        ({"brand_content_toggle": True}, "Geen reclame, zelf gekocht: " + CLEAN, "brand=Acme", {"declared.platform-label-on"}),
        ({"brand_content_toggle": True}, CLEAN, "platform_label=false", {"declared.platform-label-on"}),
        ({"brand_content_toggle": False}, CLEAN, "platform_label=true", {"declared.platform-label"}),
        ({"is_aigc": True}, CLEAN, "ai_content=none", {"declared.ai-content"}),
        ({"is_aigc": False}, CLEAN, "ai_label=true", {"declared.ai-label"}),
        ({"brand_content_toggle": False, "is_aigc": False}, CLEAN, "relationship=none", set()),
        ({"brand_content_toggle": True}, CLEAN, "relationship=paid", set()),
        ({"brand_content_toggle": True}, "Advertentie. " + CLEAN, "relationship=paid", set()),
        ({"is_aigc": True}, CLEAN, "ai_content=generated", set()),
        ({"is_aigc": True}, "Gemaakt met AI. " + CLEAN, "ai_content=generated", set()),
        ({"brand_organic_toggle": True}, "Advertentie. " + CLEAN, "relationship=paid", {"declared.connection"}),
        ({"brand_organic_toggle": True}, "Advertentie. " + CLEAN, "relationship=own_brand", set()),
    ],
)
def test_switches_against_what_is_said(folder, switches, text, declared, expected):
    (folder / "p.json").write_text(json.dumps({"post_info": {"title": text, **switches}}), encoding="utf-8")
    [post], _ = posts("p.json", "-r", "nl", "-d", declared)
    assert set(contradictions(post)) == expected


def test_a_line_of_jsonl_may_be_a_payload(folder):
    (folder / "p.jsonl").write_text(json.dumps(TIKTOK) + "\n" + json.dumps({"id": "b", "text": CLEAN}) + "\n", encoding="utf-8")
    (first, second), result = posts("p.jsonl", "-r", "nl")
    assert set(contradictions(first)) == {"declared.platform-label"}
    assert (second["id"], second["outcome"], result.exit_code) == ("b", "not_applicable", 1)


def test_a_set_switch_is_the_platforms_own_label(folder):
    (folder / "p.json").write_text(json.dumps({"post_info": {"title": AD, "brand_content_toggle": True}}), encoding="utf-8")
    [post], _ = posts("p.json", "-r", "nl")
    assert [item["source"] for item in post["facts"]["disclosures"]] == ["declared"]


def test_a_switch_beside_a_posts_own_platform_or_in_a_column_counts(folder):
    rows = f"caption,platform,market,image,is_paid_partnership,isAigc\n{AD},tiktok,nl,a.jpg,FALSE,yes\n"
    (folder / "cal.csv").write_text(rows, encoding="utf-8")
    [post], result = posts("cal.csv")
    assert set(contradictions(post)) == {"declared.platform-label"}
    assert "is_paid_partnership → platform_label (switch), isAigc → ai_label (switch); not used: image" in result.stderr
    (folder / "p.json").write_text(
        json.dumps({"text": AD, "platform": "instagram", "market": "nl", "paid_partnership": False}), encoding="utf-8"
    )
    [post], _ = posts("p.json")
    assert post["reach"] == ["nl"]
    assert set(contradictions(post)) == {"declared.platform-label"}
    inner = {"posts": [{"caption": CLEAN, "platform": "tiktok", "settings": {"brand_content_toggle": True, "volume": 1}}]}
    [record] = read("json", json.dumps(inner))
    assert [(mark.name, mark.value) for mark in record.documents[0].marks] == [("settings.brand_content_toggle", "on")]


def test_what_stands_beside_a_list_of_posts_is_said_of_them_all(folder):
    (folder / "c.yaml").write_text(
        "campaign: Spring\nmarket: [nl, be]\nchannel: growth team\ndeclared: {brand: Acme}\nposts:\n"
        f"  - caption: {AD}\n    platform: x\n  - caption: {CLEAN}\n    market: de\n    relationship: gifted\n"
        "  - {post_info: {title: Hoi, is_aigc: 0}}\n",
        encoding="utf-8",
    )
    (folder / "adcheck.toml").write_text('[[overrides]]\ncampaigns = ["spring"]\ndeclared = {relationship = "paid"}\n', encoding="utf-8")
    (first, second, third), result = posts("c.yaml")
    assert [post["reach"] for post in (first, second, third)] == [["nl", "be"], ["de"], ["nl", "be"]]
    assert [set(post["facts"]["connection"]) & {"paid", "gifted"} for post in (first, second, third)] == [{"paid"}, {"gifted"}, {"paid"}]
    assert "c.yaml: for all posts below: market → reach, campaign → campaign" in result.stderr


def test_the_mapping_of_a_folder_is_shown_for_every_file_that_can_be_read(folder):
    (folder / "in").mkdir()
    for name, text in {"a.csv": "Caption\nHoi\n", "b.json": '{"name": "x"}', "c.csv": "", "d.jsonl": '{"caption": "Hoi"}\n'}.items():
        (folder / "in" / name).write_text(text, encoding="utf-8")
    shown = run("in", "--show-mapping")
    assert shown.stdout == "in/a.csv: 1 posts\nin/d.jsonl: 1 posts\n"
    assert (shown.exit_code, shown.stderr) == (2, "adcheck: in/c.csv:1: the table is empty. Give a heading row and a row for each post.\n")


def test_batches_and_merge_keys():
    batch = {"batch": [{"method": "POST", "relative_url": "me/media", "body": "caption=Hoi+daar&image_url=x&is_paid_partnership=false"}]}
    [record] = read("json", json.dumps(batch))
    assert (record.documents[0].platform, record.documents[0].segments[0].text) == ("instagram", "Hoi daar")
    assert record.documents[0].declared.platform_label is False
    [record] = read("yaml", f"base: &base {{platform: tiktok, market: nl}}\nposts:\n  - <<: *base\n    caption: {CLEAN}\n")
    assert (record.documents[0].platform, record.reach, record.line) == ("tiktok", ("nl",), 4)


def test_the_title_and_the_whole_thread_of_a_payload_are_read():
    video = {
        "snippet": {"title": "Advertentie: mijn avond", "description": AD},
        "paidProductPlacementDetails": {"hasPaidProductPlacement": True},
    }
    [record] = read("json", json.dumps(video))
    assert [(part.scope, part.text) for part in record.documents[0].segments] == [("caption", AD), ("title", "Advertentie: mijn avond")]
    thread = {"posts": [{"value": [{"content": f"<p>{AD}</p>"}, {"content": "Twee"}, {"content": "Drie"}], "settings": {"__type": "x"}}]}
    [record] = read("json", json.dumps(thread))
    assert [part.text for part in record.documents[0].segments] == [AD, "Twee\n\nDrie"]
    assert record.raw is None  # what stands in the file has tags in it


def test_lines_of_jsonl_have_fields_of_their_own_names_and_facts_of_their_campaign(folder):
    (folder / "adcheck.toml").write_text(
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
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
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


def test_rows_without_a_caption_or_a_readable_date_are_told(folder):
    (folder / "cal.csv").write_text(f"Caption,Channel,Date\n{CLEAN},x,03/04/2026\n,x,2026-12-01\n", encoding="utf-8")
    said = run("cal.csv", "-r", "nl").stderr
    assert "cal.csv: no caption in row 3, not judged" in said
    assert "cal.csv: the date in row 2 reads in no one way" in said
    (folder / "cal.csv").write_text("Caption,Channel\n,x\n", encoding="utf-8")
    assert "'Caption' was taken for the caption and holds none" in run("cal.csv", "-r", "nl").stderr


BAD = {
    "old.xls": (b"\xd0\xcf\x11\xe0" + bytes(range(256)), "old.xls:1: this is not a text file. Save a sheet as .xlsx"),
    "open.md": (b"---\nplatform: x\nHoi\n", "open.md:1: the front matter is opened and never closed"),
    "quote.csv": (
        f'Caption,Channel\n{CLEAN},x\n"open,x\n{CLEAN},x\n'.encode(),
        "quote.csv:3: a quote is opened in this row and never closed",
    ),
    "wide.csv": (f"Caption,Channel\n{CLEAN}, met hond,x\n{CLEAN},x\n".encode(), "wide.csv:2: the row has 3 cells, the heading 2"),
    "mixed.csv": (
        "Caption,Channel\nSchön,x\n".encode() + "Schön,x\n".encode("latin-1"),
        "mixed.csv:3: the file mixes encodings: line 2 is UTF-8",
    ),
    "value.csv": (f"Caption,Deal\n{CLEAN},per uur\n".encode(), "value.csv:2/Deal: 'per uur' is no value of relationship"),
    "platform.csv": (f"Caption,Channel\n{CLEAN},instgram\n".encode(), "Did you mean 'instagram'?"),
    "empty.csv": (b"", "empty.csv:1: the table is empty"),
    "columns.csv": (b"a,b\n1,2\n", "columns.csv: no post was found"),
    "broken.json": (b'[{"caption": "x",}]', "broken.json:1: not JSON"),
    "broken.yaml": (b"caption: x\n bad: : y\n", "broken.yaml:2: not valid YAML"),
    "front.md": (b"---\nplatform: x\nmarket: [nl\n---\nHoi\n", "front.md:4: not valid YAML"),
    "cut.xlsx": (FORMATS["a.xlsx"][:900], "cut.xlsx: not a workbook that can be read"),
    "cut.parquet": (FORMATS["a.parquet"][:200], "cut.parquet: not a Parquet file that can be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_by_its_place_and_the_rest_is_judged(folder, name):
    data, message = BAD[name]
    (folder / name).write_bytes(data)
    (folder / "good.txt").write_text(AD, encoding="utf-8")
    result = run(name, "good.txt", "-r", "nl")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "LISA15" in result.stdout


def test_one_other_encoding_is_read(folder):
    (folder / "a.csv").write_bytes(f"Légende;Canal\nÇa m'a plu, déjà vu à l'été: {AD};x\n".encode("cp1252"))
    [post], _ = posts("a.csv", "-r", "nl")
    assert post["segments"][0]["text"].startswith("Ça m'a plu, déjà vu à l'été")
    [record] = read("table", "Opis;Kanał\nDziękuję, żółw;x\n".encode("cp1250"))
    assert (record.documents[0].segments[0].text, record.documents[0].platform) == ("Dziękuję, żółw", "x")
    [record] = read("table", "Caption;Channel\nЭто реклама нового крема, который мне подарили на прошлой неделе;x\n".encode("cp1251"))
    assert record.documents[0].segments[0].text == "Это реклама нового крема, который мне подарили на прошлой неделе"


def test_folders_and_globs(folder):
    for name, text in {
        "in/a.md": AD,
        "in/deep/b.html": f"<p>{CLEAN}</p>",
        "in/data.json": '{"description": "x"}',
        "in/.git/c.md": AD,
        "in/pic.png": "x",
    }.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    found, result = posts("in", "-r", "nl")
    assert [post["source"]["name"] for post in found] == ["in/a.md", "in/deep/b.html"]
    assert result.exit_code == 1
    assert [post["source"]["name"] for post in posts("in/**/*.html", "-r", "nl")[0]] == ["in/deep/b.html"]
    nothing = run("in/*.csv", "-r", "nl")
    assert (nothing.exit_code, nothing.stderr.startswith("adcheck: in/*.csv: there is no file to check")) == (2, True)
    assert run("in/data.json", "-r", "nl").exit_code == 2


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


def test_a_calendar_without_a_market_asks_for_one(folder):
    (folder / "a.csv").write_text(f"Caption\n{AD}\n", encoding="utf-8")
    result = run("a.csv")
    assert (result.exit_code, "no market was named" in result.stderr) == (2, True)


@settings(max_examples=60)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40).filter(str.strip),
        min_size=1,
        max_size=4,
    )
)
def test_any_caption_comes_out_of_csv_as_it_went_in(captions):
    import csv

    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Caption", "Channel"], *([caption, "x"] for caption in captions)])
    data = out.getvalue().encode()
    lines = list(io.StringIO(out.getvalue(), newline=""))
    records = read("table", data)
    assert [record.documents[0].segments[0].text for record in records if record.error is None] == captions
    for record in records:
        if record.raw is not None:
            assert "".join([lines[record.line - 1][record.column - 1 :], *lines[record.line :]]).startswith(record.raw)


@settings(max_examples=60)
@given(st.sampled_from(["table", "markdown", "json", "yaml", "sheet", "parquet"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_reason(kind, data):
    try:
        records = read(kind, data)
    except AdcheckError as error:
        assert error.message
    else:
        assert all(record.error is None or record.error.message for record in records)
