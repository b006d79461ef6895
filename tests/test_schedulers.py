"""Payloads of the programs that publish posts, and their switches against what is said."""

from __future__ import annotations

import json

import pytest
from campaigns import AD, CLEAN, posts, read

TIKTOK = {"post_info": {"title": AD, "brand_content_toggle": False, "brand_organic_toggle": False, "is_aigc": False}}


def contradictions(post):
    return {item["duty"]: item for item in post["items"] if item["duty"].startswith("declared.")}


def test_a_switch_that_contradicts_the_caption_or_the_declaration_is_an_item(here):
    (here / "p.json").write_text(json.dumps(TIKTOK, indent=1), encoding="utf-8")
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
def test_switches_against_what_is_said(here, switches, text, declared, expected):
    (here / "p.json").write_text(json.dumps({"post_info": {"title": text, **switches}}), encoding="utf-8")
    [post], _ = posts("p.json", "-r", "nl", "-d", declared)
    assert set(contradictions(post)) == expected


def test_a_line_of_jsonl_may_be_a_payload(here):
    (here / "p.jsonl").write_text(json.dumps(TIKTOK) + "\n" + json.dumps({"id": "b", "text": CLEAN}) + "\n", encoding="utf-8")
    (first, second), result = posts("p.jsonl", "-r", "nl")
    assert set(contradictions(first)) == {"declared.platform-label"}
    assert (second["id"], second["outcome"], result.exit_code) == ("b", "not_applicable", 1)


def test_a_set_switch_is_the_platforms_own_label(here):
    (here / "p.json").write_text(json.dumps({"post_info": {"title": AD, "brand_content_toggle": True}}), encoding="utf-8")
    [post], _ = posts("p.json", "-r", "nl")
    assert [item["source"] for item in post["facts"]["disclosures"]] == ["declared"]


def test_a_switch_beside_a_posts_own_platform_or_in_a_column_counts(here):
    rows = f"caption,platform,market,image,is_paid_partnership,isAigc\n{AD},tiktok,nl,a.jpg,FALSE,yes\n"
    (here / "cal.csv").write_text(rows, encoding="utf-8")
    [post], result = posts("cal.csv")
    assert set(contradictions(post)) == {"declared.platform-label"}
    assert "is_paid_partnership → platform_label (switch), isAigc → ai_label (switch); not used: image" in result.stderr
    (here / "p.json").write_text(
        json.dumps({"text": AD, "platform": "instagram", "market": "nl", "paid_partnership": False}), encoding="utf-8"
    )
    [post], _ = posts("p.json")
    assert post["reach"] == ["nl"]
    assert set(contradictions(post)) == {"declared.platform-label"}
    inner = {"posts": [{"caption": CLEAN, "platform": "tiktok", "settings": {"brand_content_toggle": True, "volume": 1}}]}
    [record] = read("json", json.dumps(inner))
    assert [(mark.name, mark.value) for mark in record.documents[0].marks] == [("settings.brand_content_toggle", "on")]


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
