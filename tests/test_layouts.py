"""Platform layouts: each fixture's posts, parts, labels and outcomes; a layout that no longer fits says so."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import soupsieve
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from compliance import check, read_posts
from compliance.cli import main
from compliance.errors import AdcheckError, RuleError
from compliance.readers.page import source_offset
from compliance.reports import FORMATS, to_dict
from compliance.rulebook import RULES, load_rulebook

AS_OF = "2026-11-23"
PAGES = Path(__file__).parent / "pages" / "platforms"
RULEBOOK = load_rulebook()
SCHEMA = json.loads((RULES.parent / "compliance" / "schema" / "checklist.json").read_text(encoding="utf-8"))


def page(name):
    return (PAGES / f"{name}.html").read_bytes()


def texts(document, scope):
    return [segment.text.strip() for segment in document.segments if segment.scope == scope]


def outcomes(document, *duties, reach=("nl", "us")):
    items = {item.duty: item for item in check(document=document, reach=list(reach), as_of=AS_OF).items}
    return [items[duty].outcome.key for duty in duties]


# page, number of posts, platform, surface, handles, what nl.ad-label says of each
CASES = [
    ("instagram-paid", "instagram", "feed", ["annadraagt"], ["pass"]),
    ("instagram-unlabelled", "instagram", "feed", ["annadraagt"], ["fail"]),
    ("instagram-profile", "instagram", "feed", ["mia.lumen"] * 3, ["needs_review", "pass", "not_applicable"]),
    ("tiktok-feed", "tiktok", "video", ["jonasfaehrt", "liskocht", "piawandert"], ["pass", "fail", "not_applicable"]),
    ("tiktok-profile", "tiktok", "video", ["novaruns"] * 2, ["needs_review", "not_applicable"]),
    ("youtube-paid", "youtube", "description", ["desklab"], ["pass"]),
    ("youtube-ai", "youtube", "description", [None], ["not_applicable"]),
    ("facebook-paid", "facebook", "post", ["annabakt"], ["pass"]),
    ("x-feed", "x", "post", ["teorides", "noorleest"], ["pass", "fail"]),
    ("linkedin-post", "linkedin", "post", ["saradevries"], ["pass"]),
    ("linkedin-older", "linkedin", "post", [None], ["fail"]),
    ("pinterest-pin", "pinterest", "pin", [None], ["pass"]),
    ("threads-post", "threads", "post", ["idaknits"], ["fail"]),
    ("bluesky-feed", "bluesky", "post", ["oak.example", "elm.example"], ["pass", "fail"]),
    ("blog-front", "blog", "article", [None, None], ["needs_review", "needs_review"]),
]


@pytest.mark.parametrize(("name", "platform", "surface", "handles", "verdicts"), CASES, ids=[case[0] for case in CASES])
def test_a_layout_finds_the_posts(name, platform, surface, handles, verdicts):
    source = page(name).decode()
    documents = read_posts(page(name), RULEBOOK)
    assert [document.origin.handle for document in documents] == handles
    assert {(document.platform, document.surface, document.complete) for document in documents} == {(platform, surface, True)}
    assert [outcomes(document, "nl.ad-label")[0] for document in documents] == verdicts
    for number, document in enumerate(documents):
        assert (document.origin.index, document.origin.of, document.origin.layout) == (number, len(documents), platform)
        assert document.segments[0].scope in {"caption", "body"}
        for segment in document.segments:  # every word stands in the source where it is said to stand
            for word in re.finditer(r"\w+", segment.text if len(segment.pieces) > 1 else ""):
                at = source_offset(segment, word.start())
                assert source[at : at + len(word[0])] == word[0]
    assert [document.origin.line for document in documents] == sorted(document.origin.line for document in documents)


def test_what_others_write_is_not_the_posts():
    for name, words in (("instagram-paid", "Advertentie"), ("facebook-paid", "Reclame"), ("youtube-paid", "#ad"), ("x-feed", "#reclame")):
        assert words in page(name).decode()
        assert not any(words in segment.text for document in read_posts(page(name), RULEBOOK) for segment in document.segments)


LABELS = [
    ("instagram", "paid_partnership", '<a href="/x/">{}</a>', "<article><header>{label}</header><h1 dir=auto>{caption}</h1></article>"),
    ("tiktok", "paid_partnership", "<p>{}</p>", "<div data-e2e=browse-video><div data-e2e=browse-video-desc>{caption}</div>{label}</div>"),
    ("tiktok", "ai_generated", "<p>{}</p>", "<div data-e2e=browse-video><div data-e2e=browse-video-desc>{caption}</div>{label}</div>"),
    ("facebook", "paid_partnership", "<span>{}</span>", "<div aria-posinset=1>{label}<div data-ad-preview=message>{caption}</div></div>"),
]


@pytest.mark.parametrize("language", ["nl", "de", "fr"])
@pytest.mark.parametrize(("platform", "key", "around", "post"), LABELS, ids=[f"{case[0]}-{case[1]}" for case in LABELS])
def test_a_label_is_known_in_the_language_of_the_page(platform, key, around, post, language):
    label = RULEBOOK.platforms[platform].labels[key]
    written = label.texts[language].replace("{BRAND}", "nordpunkt")
    html = f'<html lang="{language}"><link rel=canonical href="https://{RULEBOOK.platforms[platform].hosts[0]}/x">'
    (document,) = read_posts(html + post.format(label=around.format(written), caption="Code ANNA15 15%"), RULEBOOK)
    assert texts(document, "platform_label") == [written]
    meant = {"sponsorship": "platform.paid-partnership", "ai_content": "platform.ai-label"}[label.means]
    assert any(
        (item.label, item.place.value, item.source) == (meant, "platform", "platform_label")
        for item in check(document=document, reach=["nl"], as_of=AS_OF).facts.disclosures
    )
    (claimed,) = read_posts(html + post.format(label="", caption=f"<span>{written}</span> Code ANNA15 15%"), RULEBOOK)
    assert not texts(claimed, "platform_label"), "what an author writes in the caption is no label of the platform"


@pytest.mark.parametrize(
    ("head", "platform"),
    [
        ('<meta property="og:site_name" content="X">', "x"),
        ('<link href="https://mobile.x.com/a/status/1" rel="canonical">', "x"),
        ("<meta content='https://twitter.com/home' property='og:url'>", "x"),
        ('<meta property="og:site_name" content="X"><link rel=canonical href="https://shop.example/">', "blog"),
        ('<link rel=canonical href="https://notx.com/">', "blog"),
        ('<link rel=canonical href="https://x.com.example/">', "blog"),
        ("", "blog"),
    ],
)
def test_the_page_says_which_site_it_is_of(head, platform):
    html = head + '<article data-testid="tweet"><div data-testid="tweetText">Sunday in the woods</div></article>'
    assert [document.platform for document in read_posts(html, RULEBOOK)] == [platform]
    assert [document.platform for document in read_posts(html, RULEBOOK, platform="x")] == ["x"]
    assert [document.platform for document in read_posts(html, RULEBOOK, url="https://x.com/home")] == ["x"]


def test_an_article_of_the_help_centre_tells_the_label_in_any_language():
    (paid,) = read_posts(page("facebook-paid"), RULEBOOK)
    assert texts(paid, "platform_label") == ["Ücretli ortaklık · Molenmeel"]
    (made,) = read_posts(page("youtube-ai"), RULEBOOK)
    assert check(document=made, reach=["nl"], as_of=AS_OF).facts.values["ai_content"].value.key == "yes"
    (dubbed,) = read_posts(page("youtube-dubbed"), RULEBOOK)
    assert not texts(dubbed, "platform_label"), "automatic dubbing is another article"


def test_a_language_whose_labels_are_not_known_asks():
    html = page("instagram-unlabelled").replace(b'lang="nl"', b'lang="tr"')
    (document,) = read_posts(html, RULEBOOK)
    assert not document.complete
    assert outcomes(document, "nl.ad-label") == ["needs_review"]


def test_a_layout_that_no_longer_fits_is_said_to():
    (document,) = read_posts(page("instagram-renamed"), RULEBOOK)
    assert (document.origin, document.platform, document.complete) == (None, "blog", False)
    checklist = check(html=page("instagram-renamed"), reach=["nl"], as_of=AS_OF, interface="nl")
    assert "indeling van Instagram paste nergens op: gelezen als een gewone pagina; ze kan verouderd zijn" in checklist.not_seen
    assert "Mijn nieuwe jas" in checklist.document.segments[0].text


def test_an_ordinary_page_is_read_as_before():
    html = "<article><h1>Serum</h1><p>Met code LISA15 krijg je 15% korting</p></article>"
    (document,) = read_posts(html, RULEBOOK)
    assert (document.kind, document.origin, document.not_read) == ("page", None, ())
    assert "posts" not in to_dict(check(html=html, reach=["nl"], as_of=AS_OF))


# ------------------------------------------------------------------------------------------------------------- profiles


def test_an_ai_status_behind_the_more_of_a_bio_is_judged_as_such():
    checklist = check(html=page("instagram-profile"), reach=["nl", "us"], as_of=AS_OF)
    assert checklist.profile == checklist.posts[0].profile
    for post in checklist.posts:
        assert [
            (segment.visible, "Virtual influencer" in segment.text) for segment in post.document.segments if segment.scope == "bio"
        ] == [
            (True, False),
            (False, True),
        ]
        label = next(item for item in post.items if item.duty == "eu.ai-persona-label")
        assert (label.outcome.key, label.gate.key) == ("needs_review", "obscured")
        assert "in the profile text only, where it shows after a tap on “more”" in label.message
    profile = checklist.posts[0].profile
    assert (profile.persona.key, profile.declared_in, profile.silent, profile.experience) == ("yes", ("bio_more",), (0, 1, 2), (0, 1))
    assert "only behind “more”" in profile.message
    assert "2 of 3 posts claim an experience" in profile.message


def test_an_ai_status_in_a_bio_that_shows_is_no_label_of_the_post():
    checklist = check(html=page("tiktok-profile"), reach=["us"], as_of=AS_OF)
    assert {item.place.value for post in checklist.posts for item in post.facts.disclosures if item.means == "ai_persona"} == {
        "other_segment"
    }
    assert checklist.posts[0].profile.declared_in == ("bio",)
    label = next(item for item in checklist.posts[1].items if item.duty == "us.ai-persona-label")
    assert label.outcome.key != "pass"


@pytest.mark.parametrize(
    ("bio", "shown"),
    [
        ('<h2 data-e2e="user-bio">Runner <span style="display:none">and a virtual influencer</span></h2>', "Runner"),
        ('<h2 data-e2e="user-bio" style="-webkit-line-clamp: 1">Runner<br>virtual influencer</h2>', "Runner"),
        ('<h2 data-e2e="user-bio">Runner<br>virtual influencer</h2>', "Runner\nvirtual influencer"),
    ],
)
def test_what_of_a_bio_shows(bio, shown):
    html = page("tiktok-profile").decode()
    html = re.sub(r'<h2 data-e2e="user-bio">.*?</h2>', bio, html)
    document = read_posts(html, RULEBOOK)[0]
    assert "".join(segment.text for segment in document.segments if segment.scope == "bio" and segment.visible).strip() == shown


def test_a_profile_without_posts_is_its_bio():
    html = re.sub(r'<div data-e2e="user-post-item">.*', "</body></html>", page("tiktok-profile").decode(), flags=re.DOTALL)
    (document,) = read_posts(html, RULEBOOK)
    assert (document.kind, document.origin.page) == ("profile", "profile")
    assert check(document=document, reach=["us"], as_of=AS_OF).facts.values["ai_persona"].value.key == "yes"


# ------------------------------------------------------------------------------------------------------------- faces


@pytest.mark.parametrize("name", ["x-feed", "tiktok-feed", "instagram-profile"])
def test_the_sum_of_a_feed(name):
    checklist = check(html=page(name), reach=["nl", "us"], as_of=AS_OF)
    assert checklist.outcome is max(post.outcome for post in checklist.posts)
    for item in checklist.items:
        assert item.outcome is max(other.outcome for post in checklist.posts for other in post.items if other.duty == item.duty)
        for witness in item.evidence:
            if witness.span is not None:
                assert checklist.document.segments[witness.span.segment].text[witness.span.start : witness.span.end].strip()
    data = to_dict(checklist, "utf16")
    assert not [str(error)[:200] for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(data)]
    assert [post["origin"]["index"] for post in data["posts"]] == list(range(len(checklist.posts)))
    assert data["counts"]["fail"] == sum(1 for item in checklist.items if item.outcome.key == "fail")


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_the_command_line_prints_a_checklist_a_post(format_):
    done = CliRunner().invoke(main, ["check", str(PAGES / "x-feed.html"), "-r", "nl", "--as-of", AS_OF, "-f", format_])
    assert done.exit_code == 1, done.output
    for address in ("https://x.com/teorides/status/1", "https://x.com/noorleest/status/2"):
        lists_all = format_ not in {"sarif", "github", "gitlab", "markdown"}
        said = html.unescape(done.stdout)  # Markdown keeps the address from becoming a link
        assert (address in said) == (lists_all or "noorleest" in address), "the others list problems alone"
    if format_ == "json":
        assert len(json.loads(done.stdout)) == 2
    if format_ == "jsonl":
        assert len(done.stdout.splitlines()) == 2
    if format_ == "html":
        names = re.findall(r'\bid="([^"]+)"', done.stdout)
        assert len(names) == len(set(names))


def test_the_profile_stands_once_in_a_text_report():
    done = CliRunner().invoke(main, ["check", str(PAGES / "instagram-profile.html"), "-r", "us", "--as-of", AS_OF])
    assert done.stdout.count("Profile mia.lumen") == 1


def test_the_site_shows_the_posts_one_below_another():
    from compliance.web import create_app

    client = create_app().test_client()
    html = page("instagram-profile").decode()
    answer = client.post("/api/v1/check", json={"html": html, "reach": ["us"], "as_of": AS_OF})
    assert (answer.status_code, len(answer.json["posts"]), answer.json["posts"][0]["profile"]["declared_in"]) == (200, 3, ["bio_more"])
    panel = client.post("/check", data={"tab": "html", "html": html, "reach": "us"}, headers={"Origin": "http://localhost"})
    assert panel.status_code == 200
    assert panel.text.count('class="record"') == 3
    assert panel.text.count("only behind “more”") == 1
    names = re.findall(r'\bid="([^"]+)"', panel.text)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', panel.text)) - set(re.findall(r'href="#(i-[^"]+)"', panel.text)) <= set(names)


def test_a_line_of_jsonl_can_be_a_feed(tmp_path):
    path = tmp_path / "pages.jsonl"
    path.write_text(json.dumps({"id": "a", "html": page("x-feed").decode(), "url": "https://x.com/home"}) + "\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(path), "-r", "nl", "--as-of", AS_OF])
    (line,) = done.stdout.splitlines()
    assert (json.loads(line)["id"], len(json.loads(line)["posts"])) == ("a", 2)


# ------------------------------------------------------------------------------------------------------------- data and limits


def test_every_row_is_a_selector_with_a_source():
    assert {"instagram", "tiktok", "youtube", "facebook", "x", "linkedin", "pinterest", "blog"} <= set(RULEBOOK.layouts)
    for layout in RULEBOOK.layouts.values():
        for row in layout.rows:
            soupsieve.compile(row.select)
            assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", row.seen)
            assert row.source
            if row.take is not None:
                assert re.compile(row.take).groups >= 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("from: testids", "from: tests"), "no source 'tests'"),
        (("label: made_with_ai", "label: made_by_ai"), "no label 'made_by_ai' of x"),
        (("surface: post", "surface: tweet"), "no surface 'tweet' of x"),
        (("platform: x", "platform: tiktok"), "named after"),
        (("posts:", "post_roots:"), "post_roots"),
    ],
)
def test_a_wrong_layout_file_is_refused(change, says, tmp_path):
    import shutil

    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    path = folder / "layouts" / "x.yaml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(RuleError, match=re.escape(says)) as caught:
        load_rulebook(folder)
    assert "layouts/x.yaml" in caught.value.where


def test_a_long_feed_is_cut_and_says_so():
    post = '<article data-testid="tweet"><div data-testid="tweetText">Sunday {0}</div><a href="/a/status/{0}">1</a></article>'
    html = '<link rel=canonical href="https://x.com/home">' + "".join(post.format(number) for number in range(510))
    documents = read_posts(html, RULEBOOK)
    assert len(documents) == 500
    assert "more_posts" in documents[0].not_read


@given(
    st.lists(
        st.sampled_from(
            [
                "<article data-testid=tweet>",
                "</article>",
                "<div data-testid=tweetText>",
                "</div>",
                "<div data-testid=User-Name>",
                "<a href='/anna'>",
                "</a>",
                "<a href='/anna/status/1'>",
                "<div data-testid=UserDescription style='-webkit-line-clamp:1'>",
                "Paid partnership",
                "<span>Made with AI</span>",
                "Ad<br>",
                "&#101;",
                "<p hidden>",
                "<template>",
                "<img alt=x>",
                "<",
                "https://[",
            ]
        ),
        max_size=40,
    )
)
def test_any_page_of_a_platform(parts):
    html = "<link rel=canonical href='https://x.com/home'>" + "".join(parts)
    try:
        documents = read_posts(html, RULEBOOK)
    except AdcheckError as error:
        assert error.hint
        return
    for document in documents:
        assert any(segment.text.strip() for segment in document.segments)
        for link in document.links:
            assert 0 <= link.start <= link.end <= len(document.segments[link.segment].text)
        for segment in document.segments:
            for start, source, length in segment.pieces:
                words = segment.text[start : start + length]
                assert words.isspace() or words == html[source : source + length]
    assert dataclasses.asdict(check(html=html, reach=["nl"], as_of=AS_OF).facts)


def test_each_post_of_a_feed_has_an_outline_that_leads_to_its_segments():
    for document in read_posts((PAGES / "instagram-profile.html").read_bytes(), RULEBOOK):
        assert document.outline is not None
        assert document.outline.stretches
        for stretch in document.outline.stretches:
            assert document.segments[stretch.segment].text[stretch.start : stretch.end].strip()
