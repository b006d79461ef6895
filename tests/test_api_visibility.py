"""The HTTP API: what a browser measured of a caption wins, and counts as the caller does."""

from __future__ import annotations

import json

import pytest
from asking import LOOP, assert_error, check
from hypothesis import given
from hypothesis import strategies as st

DRAFT = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"


def label_of(client, text, *unseen, **more):
    answer = check(client, text=text, reach=["nl"], visibility=list(unseen), **more)
    assert answer.status_code == 200, answer.get_json()
    data = answer.get_json()
    return data, next(item for item in data["items"] if item["duty"] == "nl.ad-label")


def test_what_a_browser_does_not_show_of_a_caption_is_no_label(client):
    text = f"Reclame | {DRAFT}"
    seen, item = label_of(client, text, {"start": 0, "end": 7, "visible": True})
    assert item["outcome"] == "pass"
    assert seen["segments"][0]["text"] == text
    unseen, item = label_of(client, text, {"start": 0, "end": 7, "visible": False, "reason": "tiny"})
    assert item["outcome"] == "fail"
    assert unseen["segments"][:2] == [
        {"scope": "caption", "visible": True, "text": " " * 7 + text[7:]},
        {"scope": "caption", "visible": False, "text": "Reclame", "hidden_by": "tiny"},
    ]


def test_what_stands_behind_more_is_after_the_fold(client):
    text = f"{DRAFT} #reclame"
    start = text.index("#reclame")
    data, item = label_of(client, text, {"start": start, "end": len(text), "visible": False, "reason": "collapsed"}, platform="blog")
    assert (item["outcome"], item["gate"]) == ("fail", "placement")
    assert data["facts"]["disclosures"][0]["place"] == "after_fold"
    assert data["segments"][0]["text"] == text


def test_visibility_counts_as_the_offsets_do(client):
    text = f"😀 Reclame | {DRAFT}"
    for offsets, start in (("codepoints", 2), ("utf16", 3)):
        _, item = label_of(client, text, {"start": start, "end": start + 7, "visible": False}, offsets=offsets)
        assert item["outcome"] == "fail", offsets


def test_visibility_in_many_posts(client):
    line = json.dumps({"text": f"Reclame | {DRAFT}", "reach": ["nl"], "visibility": [{"start": 0, "end": 7, "visible": False}]})
    answer = client.post("/api/v1/check", data=line, content_type="application/x-ndjson", headers=LOOP)
    assert json.loads(answer.get_data())["outcome"] == "fail"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"visibility": {}}, "/visibility"),
        ({"visibility": [1]}, "/visibility/0"),
        ({"visibility": [{"start": 0, "end": 3}]}, "/visibility/0/visible"),
        ({"visibility": [{"start": 0, "end": 3, "visible": False, "reason": "behind"}]}, "/visibility/0/reason"),
        ({"visibility": [{"start": 0, "end": 3, "visible": False, "why": "x"}]}, "/visibility/0/why"),
        ({"visibility": [{"start": 3, "end": 3, "visible": False}]}, "/visibility/0/start"),
        ({"visibility": [{"start": 0, "end": 999, "visible": False}]}, "/visibility/0/end"),
        ({"visibility": [{"start": True, "end": 2, "visible": False}]}, "/visibility/0/start"),
        ({"visibility": [{"start": 0, "end": 3, "visible": False}, {"start": 2, "end": 4, "visible": False}]}, "/visibility"),
        ({"visibility": [{"start": 0, "end": 1, "visible": False}] * 2001}, "/visibility"),
    ],
)
def test_wrong_visibility_is_said(client, body, where):
    answer = check(client, text=DRAFT, reach=["nl"], **body)
    assert assert_error(answer, 413 if len(body["visibility"]) > 2000 else 422)["errors"][0]["where"] == where


def test_visibility_goes_with_text_alone(client):
    answer = check(client, html=f"<p>{DRAFT}</p>", reach=["nl"], visibility=[])
    assert assert_error(answer, 422)["errors"][0]["where"] == "/visibility"


@given(
    st.text(min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9), st.sampled_from(["collapsed", "tiny"])), max_size=5),
)
def test_any_measured_caption_keeps_its_offsets(client, text, raw):
    at, unseen = 0, []
    for start, length, reason in sorted(raw):
        if start >= at and start + length <= len(text):
            unseen.append({"start": start, "end": start + length, "visible": False, "reason": reason})
            at = start + length
    answer = check(client, text=text, reach=["nl"], visibility=unseen)
    assert answer.status_code in {200, 422}
    if answer.status_code == 200:
        assert len(answer.get_json()["segments"][0]["text"]) == len(text)
