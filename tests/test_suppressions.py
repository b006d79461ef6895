"""Setting findings aside, as a user does it: comments, front matter, suppression files."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
import yaml
from click.testing import CliRunner
from drafts import DRAFT, items, run, write
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance import check
from compliance.cli import main
from compliance.findings.comments import suppressions_in, without_comments
from compliance.findings.fingerprints import text_fingerprint
from compliance.findings.suppressions import matches


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "<!-- adcheck-ignore nl.ad-label, nl.mediawet-ad-label: the label is in the picture until 2099-01-31 -->\n" + DRAFT),
        ("a.txt", DRAFT + "<!-- adcheck-ignore *: the label is in the picture -->"),
        ("a.html", f"<article><h1>Serum</h1><p>{DRAFT}</p></article><!-- adcheck-ignore *: the label is in the picture -->"),
    ],
)
def test_a_comment_sets_aside_with_its_reason(here, name, text):
    done = run(write(name, text), "--strict", "-f", "json")
    assert done.exit_code == 0, done.stderr
    found = items(done)["nl.ad-label"]
    assert found["suppression"]["reason"] == "the label is in the picture"
    assert found["suppression"]["kind"] == "in_source"
    assert found["outcome"] != "pass"
    log = json.loads(run(name, "-f", "sarif").stdout)
    assert all(result["suppressions"][0]["kind"] == "inSource" for result in log["runs"][0]["results"])


def test_a_comment_is_no_part_of_the_caption(here):
    write("a.md", "<!-- adcheck-ignore nl.ad-label: label in the picture -->\nReclame: Met code LISA15 krijg je 15% korting")
    done = run("a.md", "-f", "json")
    assert json.loads(done.stdout)["segments"][0]["text"].startswith("Reclame:")
    assert items(done)["nl.ad-label"]["outcome"] == "pass"
    write("b.md", "<!-- adcheck-ignore de.ad-label: label in the picture -->\n\nMet code LISA15")
    line = next(line for line in run("b.md", "-f", "github").stdout.splitlines() if "nl.ad-label" in line)
    assert ",line=3,endLine=3,col=1," in line


def test_the_next_post_alone(here):
    posts = "".join(f"<article data-x><h2>Serum {n}</h2><p>{DRAFT}</p></article>\n" for n in range(2))
    rules, notices = suppressions_in("x\n<!-- adcheck-ignore-next nl.ad-label: agreed -->\n" + posts, "a.html", "html")
    assert notices == []
    assert (rules[0].after, rules[0].duty, rules[0].note.where) == (2, "nl.ad-label", "a.html:2")


PLAIN = "Zondag met de kinderen naar het bos"
FILES = {
    "comment.md": "<!-- adcheck-ignore {} -->\n{}\n",
    "comment.markdown": "{1}\n\n<!--adcheck-ignore {0}-->\n",
    "text.md": "---\nplatform: instagram\nadcheck-ignore: '{}'\n---\n{}\n",
    "windows.md": "---\r\nadcheck-ignore: '{}'\r\nplatform: instagram\r\n---\r\n{}\r\n",
    "list.md": "---\nadcheck-ignore:\n- '{}'\n---\n{}\n",
    "flow.md": "---\nadcheck-ignore: ['{}']\n---\n{}\n",
    "toml.md": "+++\nplatform = 'instagram'\nadcheck-ignore = '{}'\n+++\n{}\n",
    "toml-list.md": "+++\nadcheck-ignore = ['{}']\n+++\n{}\n",
    "comment.txt": "<!-- adcheck-ignore {} -->\n{}\n",
    "comment.html": "<article><h1>Serum</h1><p>{1}</p></article><!-- adcheck-ignore {0} -->",
    "comment.htm": "<!-- adcheck-ignore {} --><article><h1>Serum</h1><p>{}</p></article>",
    "comment.yaml": "# adcheck-ignore {}\nplatform: instagram\ntext: '{}'\n",
    "behind.yml": "platform: instagram  # adcheck-ignore {}\ntext: '{}'\n",
    "comment.csv": '# adcheck-ignore {}\nPlatform,Caption\ninstagram,"{}"\n',
    "comment.tsv": "Platform\tCaption\n#adcheck-ignore {}\ninstagram\t{}\n",
    "comment.tab": "# adcheck-ignore {}\nPlatform\tCaption\ninstagram\t{}\n",
}
"""A file of each type that can set a finding aside itself: {} what is set aside, {} the caption."""


@pytest.mark.parametrize("name", FILES)
def test_each_type_of_file_can_set_aside_and_says_what_does_nothing(here, name):
    both = "nl.ad-label, nl.mediawet-ad-label: "

    def done(body, *options, text=DRAFT):
        return run(write(name, FILES[name].format(body, text.strip())), "-f", "jsonl", *options)

    held = done("*: agreed: with Lisa until 2999-12-31", "--strict")
    assert held.exit_code == 0, held.stderr
    assert "error" not in held.stderr
    post = json.loads(held.stdout)
    assert "adcheck" not in post["segments"][0]["text"]
    notes = [item["suppression"] for item in post["items"] if item["outcome"] in {"fail", "needs_review"}]
    assert {(note["kind"], note["reason"], note["until"]) for note in notes} == {("in_source", "agreed: with Lisa", "2999-12-31")}
    lines = FILES[name].partition("adcheck-ignore")[0].count("\n") + (2 if name in {"list.md"} else 1)
    assert {note["where"] for note in notes} == {f"{name}:{lines}"}
    for body, words in (
        (f"{both}agreed until 2020-01-31", "ran out on 2020-01-31"),
        (f"{both}agreed until 2026-02-31", "not a date"),
        ("nl.ad-label", "needs a rule and a reason"),
        ("nl.ad-label: ", "needs a rule and a reason"),
        ("nl.ad-lable: agreed", "no rule is called 'nl.ad-lable'. Did you mean 'nl.ad-label'?"),
    ):
        nothing = done(body, "--strict")
        assert nothing.exit_code == 1, (body, nothing.stderr)
        assert f"error: {name}:{lines}: " in nothing.stderr, (body, nothing.stderr)
        assert words in nothing.stderr
    unused = done("nl.ad-label: agreed", text=PLAIN)
    assert (unused.exit_code, "nothing needs the suppression of nl.ad-label" in unused.stderr) == (0, True)
    assert done("nl.ad-label: agreed", "--strict", text=PLAIN).exit_code == 1


def test_front_matter_may_map_rules_to_reasons(here):
    write("a.md", f"---\nadcheck-ignore:\n  nl.ad-label: agreed with Lisa\n  nl.mediawet-ad-label: no video\n---\n{DRAFT}")
    done = run("a.md", "--strict", "-f", "json")
    assert done.exit_code == 0, done.stderr
    assert items(done)["nl.mediawet-ad-label"]["suppression"]["where"] == "a.md:4"
    assert items(done)["nl.ad-label"]["suppression"]["reason"] == "agreed with Lisa"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'Platform,Caption\ninstagram,"{} # adcheck-ignore *: x"\n'),
        ("a.csv", 'Platform,Caption\ninstagram,"{}\n# adcheck-ignore *: x\n""so"""\n'),
        ("a.yaml", "platform: instagram\ntext: |\n  {}\n  # adcheck-ignore *: x\n"),
        ("a.json", '{{"platform": "instagram", "caption": "{} <!-- adcheck-ignore *: x -->"}}'),
        ("a.jsonl", '{{"text": "{} <!-- adcheck-ignore *: x -->"}}\n'),
        ("a.txt", "---\nadcheck-ignore: '*: x'\n---\n{}"),
    ],
)
def test_what_a_caption_says_sets_nothing_aside(here, name, text):
    done = run(write(name, text.format(DRAFT.strip())), "-f", "jsonl")
    assert done.exit_code == 1
    assert "adcheck-ignore" in json.loads(done.stdout)["segments"][0]["text"]


def test_a_reason_is_read_in_the_encoding_of_its_file(here):
    text = f"# adcheck-ignore *: d’accord, agréé\nPlatform;Caption\ninstagram;{DRAFT}"
    for encoding in ("cp1252", "utf-16"):
        Path("a.csv").write_bytes(text.encode(encoding))
        done = run("a.csv", "-f", "json")
        assert (done.exit_code, items(done)["nl.ad-label"]["suppression"]["reason"]) == (0, "d’accord, agréé")


def test_standard_input_sets_aside_too(here):
    given = f"<!-- adcheck-ignore *: agreed -->\n{DRAFT}"
    done = CliRunner().invoke(main, ["check", "-", "-r", "nl", "-f", "json"], input=given)
    assert done.exit_code == 0
    assert items(done)["nl.ad-label"]["suppression"]["where"] == "stdin:1"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'Platform,Caption\ninstagram,"{0} een"\n# adcheck-ignore-next *: agreed\ninstagram,"{0} twee"\ninstagram,"{0} drie"\n'),
        ("a.yaml", "- platform: x\n  text: '{0} een'\n# adcheck-ignore-next *: agreed\n- platform: x\n  text: '{0} twee'\n- platform: x\n  text: '{0} drie'\n"),
    ],
)  # fmt: skip
def test_of_several_posts_the_next_alone(here, name, text):
    done = run(write(name, text.format(DRAFT.strip())), "-f", "jsonl")
    posts = [json.loads(line) for line in done.stdout.splitlines()]
    aside = [post["segments"][0]["text"].split()[-1] for post in posts if any("suppression" in item for item in post["items"])]
    assert aside == ["twee"]
    last = run(write(name, text.format(DRAFT.strip()) + "# adcheck-ignore-next *: agreed\n"))
    assert "there is no post below adcheck-ignore-next" in last.stderr


def test_a_suppression_for_a_campaign_covers_the_posts_that_belong_to_it(here):
    write("s.yaml", "version: 1\nsuppressions:\n- {rule: '*', campaign: Spring, reason: agreed}\n")
    write("calendar.csv", f'Campaign,Platform,Caption\nspring ,x,"{DRAFT} een"\nSummer,x,"{DRAFT} twee"\n,x,"{DRAFT} drie"\n')
    write("a.md", f"---\ncampaign: SPRING\n---\n{DRAFT}")
    write("b.txt", DRAFT)
    write("c.jsonl", json.dumps({"text": DRAFT, "campaign": "spring"}) + "\n" + json.dumps({"text": DRAFT}) + "\n")
    write("d.json", json.dumps([{"text": DRAFT, "campaign": "Spring", "declared": {}}]))

    def aside(*options):
        rows = run(
            "calendar.csv", "a.md", "b.txt", "c.jsonl", "d.json", "-f", "csv", "--suppressions", "s.yaml", *options
        ).stdout.splitlines()
        return {":".join(row.split(",")[:2]) for row in rows if "agreed (s.yaml#1)" in row}

    named = {"calendar.csv:2", "a.md:4", "c.jsonl:1", "d.json:1"}
    assert aside() == named
    assert aside("--campaign", "spring") == named | {"calendar.csv:6", "b.txt:1", "c.jsonl:2"}
    write("adcheck.toml", '[[overrides]]\npaths = ["b.txt"]\ncampaign = "Spring"\n')
    assert aside() == named | {"b.txt:1"}


def test_a_suppression_file_by_text_by_files_and_by_rule(here):
    write("spring/a.md", DRAFT)
    write("summer/a.md", DRAFT + "!")
    both = ["spring/a.md", "summer/a.md", "-f", "csv"]

    def aside(entry: dict) -> set[str]:
        write("adcheck-suppressions.yaml", json.dumps({"version": 1, "suppressions": [{"reason": "agreed", **entry}]}))
        rows = run(*both).stdout.splitlines()
        return {row.split(",")[0] for row in rows if "agreed (adcheck-suppressions.yaml#1)" in row}

    assert aside({"rule": "nl.ad-label"}) == {"spring/a.md", "summer/a.md"}
    assert aside({"rule": "nl.ad-label", "where": "spring"}) == {"spring/a.md"}
    assert aside({"rule": "*", "where": "s*/a.md", "until": "2099-01-01", "by": "Lisa", "made": "2026-11-01"}) == {
        "spring/a.md",
        "summer/a.md",
    }
    name = text_fingerprint(check(text=DRAFT.strip(), reach=["nl"]).document)
    assert aside({"rule": "*", "text": name}) == {"spring/a.md"}
    assert json.loads(run("spring/a.md", "-f", "json").stdout)["fingerprint"] == name
    assert run("spring/a.md", "--suppressions", "none").exit_code == 1
    Path("adcheck-suppressions.yaml").rename("adcheck-suppressions.json")  # as the browser extension names it
    assert run("spring", "--strict").exit_code == 0
    Path("spring/adcheck-suppressions.json").write_bytes(Path("adcheck-suppressions.json").read_bytes())
    assert len(run("spring", "-f", "jsonl").stdout.splitlines()) == 1, "it is no post"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\nsuppressions:\n- rule: nl.ad-label\n", "reason"),
        ("version: 1\nsuppressions:\n- {rule: nl.ad-label, reason: x, untill: 2027-01-01}\n", "untill"),
        ("version: 1\nsuppressions:\n- {rule: nl.ad-label, reason: x, until: soon}\n", "until"),
        ("version: 1\nsuppressions:\n- {rule: '*', reason: x}\n", "all rules everywhere"),
        ("a: [", "YAML"),
    ],
)
def test_a_suppression_file_with_an_error_is_bad_input(here, text, words):
    write("a.md", DRAFT)
    write("s.yaml", text)
    done = run("a.md", "--suppressions", "s.yaml")
    assert done.exit_code == 2
    assert "s.yaml" in done.stderr
    assert words in done.stderr


def test_file_patterns():
    assert matches("spring/a/b.md", "spring/**")
    assert matches("spring/a/b.md", "spring")
    assert matches("spring/a.md", "spring/*.md")
    assert not matches("spring/a/b.md", "spring/*.md")
    assert matches("x/spring/a.md", "**/a.md")
    assert not matches("xa.md", "**/a.md")
    assert not matches("https://x.example/" + "a/" * 60, "**/" * 60 + "***b")
    assert matches("https://x.example/p/1", "https://x.example/**")


@given(st.text(max_size=60), st.booleans())
@settings(max_examples=60)
def test_text_without_comments_keeps_its_places(text, has_comment):
    whole = text + ("<!-- adcheck-ignore nl.ad-label: x -->" if has_comment else "") + text
    left, pieces = without_comments(whole)
    for start, source, length in pieces:
        assert left[start : start + length] == whole[source : source + length]
    assert "adcheck-ignore" not in left
    suppressions_in(whole, "a.md", "markdown")


@given(st.text(max_size=40))
def test_a_text_is_known_by_its_words_not_its_white_space(text):
    one = check(text=f"a {text} b", reach=["nl"]).document
    other = check(text=f" a\n\n{text}\t b\n", reach=["nl"]).document
    assert text_fingerprint(one) == text_fingerprint(other)


def test_what_a_campaign_file_sets_aside_is_no_part_of_its_posts(here):
    write("cal.csv", f'# adcheck-ignore nl.ad-label: the client, of course, decides\nPlatform,Caption\nnewsletter,"{DRAFT}"\n')
    write(
        "a.md",
        f"---\nplatform: newsletter\nadcheck-ignore:\n- gb.ad-label: in the picture\n---\n\n<!-- adcheck-ignore nl.ad-label: x -->\n{DRAFT}\n",
    )
    done = run("cal.csv", "a.md", "-f", "jsonl")
    table, post = map(json.loads, done.stdout.splitlines())
    assert (table["source"]["line"], table["source"]["row"]) == (3, 3)
    assert post["source"]["line"] == 8
    assert "not used" not in done.stderr
    for found in (table, post):
        (item,) = [item for item in found["items"] if item["duty"] == "nl.ad-label"]
        assert item["suppression"]["where"] in {"cal.csv:1", "a.md:7"}
    regions = [
        result["locations"][0]["physicalLocation"]["region"]
        for result in json.loads(run("a.md", "-f", "sarif").stdout)["runs"][0]["results"]
    ]
    assert {region["startLine"] for region in regions} == {8}


@pytest.mark.parametrize("day", ["Until 2026-11-28", "until: 2026-11-28", "until 28-11-2026", "until 2026-1-2", "(until 2026-01-02)"])
def test_no_day_is_overlooked(here, day):
    write("a.md", f"<!-- adcheck-ignore nl.ad-label: the label is in the picture {day} -->\n{DRAFT}")
    done = run("a.md", "-d", "relationship=paid")
    assert done.exit_code == 1
    assert "ran out on 2026-11-28" in done.stderr or "the last day stands at the end" in done.stderr


def test_a_reason_holds_on_its_last_day(here, monkeypatch):
    import datetime

    class Today(datetime.date):
        now = "2027-01-31"

        @classmethod
        def today(cls):
            return cls.fromisoformat(cls.now)

    monkeypatch.setattr(datetime, "date", Today)
    write("a.md", f"<!-- adcheck-ignore nl.ad-label: the label is in the picture until 2027-01-31 -->\n{DRAFT}")
    assert run("a.md", "-d", "relationship=paid").exit_code == 0
    Today.now = "2027-02-01"
    assert run("a.md", "-d", "relationship=paid").exit_code == 1


def test_a_text_in_utf16_is_read_with_its_suppression(here):
    Path("a.txt").write_bytes(f"<!-- adcheck-ignore nl.ad-label: agréé -->\r\n{DRAFT}".encode("utf-16"))
    done = run("a.txt", "-d", "relationship=paid", "-f", "json")
    assert items(done)["nl.ad-label"]["suppression"]["reason"] == "agréé"


def test_a_reason_does_not_steer_the_terminal(here):
    write(
        "a.md",
        f"<!-- adcheck-ignore nl.ad-label: \x1b[2Jgone\u202e until 2026-01-01 -->\n<!-- adcheck-ignore nl.ad-label: \x1b[2J -->{DRAFT}",
    )
    done = run("a.md", "-d", "relationship=paid")
    assert done.exit_code == 0
    assert "\x1b" not in done.stderr + done.stdout
    assert "ran out" in done.stderr


PICTURE = "nl.ad-label: the label is in the picture until 2099-01-31"
RECORDS = [
    {"id": "1", "text": DRAFT.strip(), "adcheck_ignore": PICTURE},
    {"id": "2", "text": DRAFT.strip(), "adcheck_ignore": None},
    {"id": "3", "text": "Reclame: " + DRAFT.strip(), "adcheck_ignore": "nl.ad-label: agreed"},
    {"id": "4", "text": DRAFT.strip(), "adcheck_ignore": "nl.ad-label"},
    {"id": "5", "text": DRAFT.strip(), "adcheck_ignore": "nl.ad-label: agreed until 2026-01-31"},
    {"id": "6", "text": DRAFT.strip(), "adcheck_ignore": "nl.ad-labl: agreed"},
]


def _as_table(name: str, separator: str) -> None:
    lines = [separator.join(str(value or "") for value in record.values()) for record in RECORDS]
    write(name, "\n".join([separator.join(["id", "text", "Adcheck ignore"]), *lines, ""]))


def _as_sheet(name: str) -> None:
    book = openpyxl.Workbook()
    for row in [list(RECORDS[0]), *(list(record.values()) for record in RECORDS)]:
        book.active.append(row)
    book.save(name)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.csv", lambda name: _as_table(name, ",")),
        ("a.tsv", lambda name: _as_table(name, "\t")),
        ("a.xlsx", _as_sheet),
        ("a.json", lambda name: write(name, json.dumps(RECORDS, indent=1))),
        ("a.jsonl", lambda name: write(name, "".join(json.dumps(record) + "\n" for record in RECORDS))),
        ("a.yaml", lambda name: write(name, yaml.safe_dump(RECORDS, sort_keys=False, width=500))),
        ("a.parquet", lambda name: pyarrow.parquet.write_table(pyarrow.Table.from_pylist(RECORDS), name)),
    ],
)
def test_a_record_sets_aside_what_is_its_own(here, name, make):
    make(name)
    done = run(name, "-d", "relationship=paid", "-f", "jsonl")
    reasons = {}
    for line in done.stdout.splitlines():
        record = json.loads(line)
        [item] = [item for item in record["items"] if item["duty"] == "nl.ad-label"]
        reasons[record["id"]] = (item.get("suppression") or {}).get("reason")
    assert reasons == {"1": "the label is in the picture", "2": None, "3": None, "4": None, "5": None, "6": None}
    said = [line.split(": ", 3)[3] for line in done.stderr.splitlines() if "warning" in line]
    assert sorted(words[:30] for words in said) == [
        "adcheck-ignore needs a rule an",
        "no rule is called 'nl.ad-labl'",
        "nothing needs the suppression ",
        "the suppression of nl.ad-label",
    ]


@pytest.mark.parametrize("given", [["nl.ad-label: agreed"], {"nl.ad-label": "agreed"}, "de.ad-label: no\nnl.ad-label: agreed"])
def test_a_record_may_set_several_aside_and_covers_all_its_posts(here, given):
    record = {"caption nl": DRAFT, "caption en": "Use my code LISA15 for 15% off", "platform": "instagram, tiktok", "adcheck_ignore": given}
    write("a.json", json.dumps([record]))
    done = run("a.json", "-d", "relationship=paid", "-f", "jsonl")
    found = [json.loads(line)["items"] for line in done.stdout.splitlines()]
    assert len(found) == 4
    assert all(item["suppression"]["reason"] == "agreed" for items in found for item in items if item["duty"] == "nl.ad-label")
    assert "nothing needs the suppression of nl.ad-label" not in done.stderr


def test_a_run_for_other_markets_says_nothing_of_a_suppression(here):
    write("a.md", "<!-- adcheck-ignore nl.ad-label: no -->\n<!-- adcheck-ignore de.ad-label: the label is in the picture -->\nEen bos\n")
    done = run("a.md", "--strict")
    assert "the suppression of nl.ad-label" in done.stderr
    assert "de.ad-label" not in done.stderr
