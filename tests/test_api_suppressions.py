"""The HTTP API: findings that are set aside, in the checklist, its counts and its report."""

from __future__ import annotations

import json

import pytest
from asking import LOOP, assert_error, check, of

DRAFT = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"


def aside(**entry):
    return {"version": 1, "suppressions": [{"rule": "nl.ad-label", "reason": "agreed with legal", **entry}]}


def test_what_is_set_aside_is_marked_and_not_counted(client):
    plain = check(client, text=DRAFT, reach=["nl"]).get_json()
    body = {"text": DRAFT, "reach": ["nl"], "view": True, "campaign": "spring"}
    answer = check(client, **body, suppressions=aside(text=plain["fingerprint"], until="2999-12-31")).get_json()
    assert of(answer)["suppression"] == {
        "kind": "external", "where": "/suppressions/suppressions/0", "reason": "agreed with legal", "until": "2999-12-31", "by": None, "made": None,
    }  # fmt: skip
    assert answer["outcome"] == "fail"
    counts = {entry["outcome"]: entry["count"] for entry in answer["view"]["counts"]}
    assert counts["fail"] == plain["counts"]["fail"] - 1
    told = [entry.get("set_aside") for group in answer["view"]["groups"] for entry in group["entries"] if entry["duty"] == "nl.ad-label"]
    assert told == ["agreed with legal"]
    assert answer["notices"] == []
    for entry in ({"campaign": " Spring "}, {"campaign": "spring", "text": plain["fingerprint"]}, {"rule": "*", "campaign": "spring"}, {}):
        assert "suppression" in of(check(client, **body, suppressions=aside(**entry)).get_json()), entry
    for entry in ({"campaign": "summer"}, {"text": "sha256:" + "0" * 64}, {"campaign": "summer", "text": plain["fingerprint"]}):
        assert "suppression" not in of(check(client, **body, suppressions=aside(**entry)).get_json()), entry
    del body["campaign"]
    assert "suppression" not in of(check(client, **body, suppressions=aside(campaign="spring")).get_json())
    assert "suppression" in of(check(client, **body, id=7, suppressions=aside(where="7")).get_json())
    assert_error(check(client, **body, campaign=7), 422)


def test_what_is_to_be_said_of_suppressions(client):
    late = check(client, text=DRAFT, reach=["nl"], suppressions=aside(until="2020-01-31")).get_json()
    assert "suppression" not in of(late)
    assert "ran out on 2020-01-31" in late["notices"][0]
    assert (
        "Did you mean 'nl.ad-label'"
        in check(client, text=DRAFT, reach=["nl"], suppressions=aside(rule="nl.ad-lable")).get_json()["notices"][0]
    )
    assert "nothing needs" in check(client, text="Zondag", reach=["nl"], suppressions=aside()).get_json()["notices"][0]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ([], "/suppressions"),
        ({"version": 2, "suppressions": []}, "/suppressions/version"),
        ({"version": 1, "suppressions": [{"rule": "nl.ad-label"}]}, "/suppressions/suppressions/0"),
        (aside(reason=" "), "/suppressions/suppressions/0/reason"),
        (aside(until="2027-02-31"), "/suppressions/suppressions/0/until"),
        (aside(rule="*"), "/suppressions/suppressions/0"),
        (aside(untill="2027-02-01"), "/suppressions/suppressions/0/untill"),
    ],
)
def test_wrong_suppressions_are_said(client, value, where):
    assert assert_error(check(client, text=DRAFT, reach=["nl"], suppressions=value), 422)["errors"][0]["where"] == where


def test_the_report_tells_what_is_set_aside_in_both_languages(client):
    for language, words in (
        ("en", "Set aside:</b> agreed with legal (up to and including 2999-12-31)"),
        ("nl", "Terzijde gelegd:</b> agreed with legal (tot en met 2999-12-31)"),
    ):
        body = {"text": DRAFT, "reach": ["nl"], "interface": language, "suppressions": aside(until="2999-12-31")}
        assert words in client.post("/api/v1/report", json=body, headers=LOOP).text


def test_of_a_page_each_post_is_set_aside_by_itself(client):
    post = (
        "<article data-testid='tweet'><div data-testid='User-Name'><a href='/lisa_x'>Lisa</a></div><div data-testid='tweetText' lang='nl'>{} nr {}</div>"
        "<a href='/lisa_x/status/{}'><time datetime='2026-11-20T10:00:00Z'>20 nov</time></a></article>"
    )
    page = "".join(post.format(DRAFT, number, number) for number in range(2))
    body = {"html": f"<main>{page}</main>", "url": "https://x.com/lisa_x", "reach": ["nl"]}
    posts = check(client, **body).get_json()["posts"]
    entries = [{"rule": "*", "reason": "agreed", "text": post["fingerprint"]} for post in posts]
    one = check(client, **body, suppressions={"version": 1, "suppressions": entries[:1]}).get_json()
    assert ["suppression" in of(post) for post in one["posts"]] == [True, False]
    assert "suppression" not in of(one)
    assert of(one)["evidence"][0]["segment"] > 0  # the words are those of the post that is still open
    both = check(client, **body, suppressions={"version": 1, "suppressions": entries}).get_json()
    assert "suppression" in of(both)


def test_a_line_sets_aside_what_is_its_own(client):
    line = {"text": "Dol op mijn serum! Met code LISA15 krijg je 15% korting", "declared": {"relationship": "paid"}}
    body = "".join(
        json.dumps({**line, **own}) + "\n" for own in ({"adcheck_ignore": "nl.ad-label: agreed"}, {"adcheck_ignore": "agreed"}, {})
    )
    answer = client.post("/api/v1/check?reach=nl", data=body, content_type="application/x-ndjson")
    found = [json.loads(row) for row in answer.text.splitlines()]
    reasons = [(item.get("suppression") or {}).get("reason") for row in found for item in row["items"] if item["duty"] == "nl.ad-label"]
    assert reasons == ["agreed", None, None]
    assert [len(row.get("notices", [])) for row in found] == [0, 1, 0]
