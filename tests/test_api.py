"""The HTTP API: every address, one error shape, never a 500 for input."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from asking import LOOP, assert_error, check, of
from babel.messages.extract import extract_from_dir
from babel.support import Translations
from hypothesis import given
from hypothesis import strategies as st

from compliance.reports.shown import HEADLINES, WORDS
from compliance.web import create_app
from compliance.web.api import CHECKLIST_TEXTS

ROOT = Path(__file__).resolve().parent.parent
DRAFT = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"


def test_a_checklist_is_200_whatever_its_outcome(client):
    for text, outcome in ((DRAFT, "fail"), ("Zondag naar het bos", "not_applicable")):
        answer = check(client, text=text, reach=["nl"])
        assert answer.status_code == 200
        assert answer.get_json()["outcome"] == outcome


def test_the_answer_keeps_the_described_schema(client):
    description = client.get("/openapi.json", headers=LOOP).get_json()
    schema = {"$ref": "#/components/schemas/Checklist", "components": description["components"]}
    validator = jsonschema_rs.validator_for(schema)
    for body in (
        {"text": DRAFT},
        {"html": f"<p>{DRAFT}</p>"},
        {"text": DRAFT, "offsets": "utf16", "interface": "nl", "declared": {"persona": "synthetic"}},
        {"text": DRAFT, "view": True, "suppressions": {"version": 1, "suppressions": [{"rule": "nl.ad-label", "reason": "x"}]}},
    ):
        validator.validate(check(client, reach=["nl", "us"], **body).get_json())


def test_every_described_address_answers(client):
    paths = client.get("/openapi.json", headers=LOOP).get_json()["paths"]
    for path, methods in paths.items():
        if "get" in methods:
            assert client.get(path.replace("{id}", "nl.ad-label"), headers=LOOP).status_code == 200, path
    described = set(paths)
    served = {rule.rule.replace("<duty_id>", "{id}") for rule in create_app().url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert served == described


def test_rules_labels_and_markets(client):
    assert client.get("/api/v1/rules/nl.ad-label", headers=LOOP).get_json()["law"][0]["url"].startswith("http")
    assert {item["id"] for item in client.get("/api/v1/jurisdictions", headers=LOOP).get_json()} >= {
        "eu",
        "nl",
        "be",
        "de",
        "fr",
        "gb",
        "us",
        "us-ny",
    }
    label = next(item for item in client.get("/api/v1/labels", headers=LOOP).get_json() if item["id"] == "en.ad")
    verdicts = {row["duty"]: row["verdict"] for row in label["verdicts"]}
    assert verdicts["gb.ad-label"] == "accepted"
    assert verdicts["nl.ad-label"] == "accepted"
    assert verdicts["de.mstv-ad-label"] == "rejected"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"reach": ["nl"]}, "/text"),
        ({"text": "", "reach": ["nl"]}, "/text"),
        ({"text": "x", "html": "x", "reach": ["nl"]}, "/text"),
        ({"text": "x", "reach": ["nl", "xx"]}, "/reach/1"),
        ({"text": "x", "reach": []}, "/reach"),
        ({"text": "x"}, "/reach"),
        ({"text": "x", "reach": 5}, "/reach"),
        ({"text": "x", "reach": ["nl"], "platform": "instagrm"}, "/platform"),
        ({"text": "x", "reach": ["nl"], "platfrm": "x"}, "/platfrm"),
        ({"text": "x", "reach": ["nl"], "as_of": "soon"}, "/as_of"),
        ({"text": "x", "reach": ["nl"], "offsets": "bytes"}, "/offsets"),
        ({"text": "x", "reach": ["nl"], "declared": {"persona": "robot"}}, "/declared/persona"),
        ({"text": 5, "reach": ["nl"]}, "/text"),
        ({"html": "<script>x</script>", "reach": ["nl"]}, "/html"),
    ],
)
def test_a_wrong_value_is_422_and_names_its_place(client, body, where):
    error = assert_error(check(client, **body), 422)
    assert error["errors"][0]["where"] == where
    assert error["errors"][0]["hint"]


def test_other_errors(client):
    assert_error(client.post("/api/v1/check", data=b"{oops", content_type="application/json", headers=LOOP), 400)
    assert_error(client.post("/api/v1/check", data=b"\xff", content_type="application/json", headers=LOOP), 400)
    assert_error(client.post("/api/v1/check", data=b"text", content_type="text/plain", headers=LOOP), 415)
    assert_error(client.post("/api/v1/check", data=b"x" * 7_000_000, content_type="application/json", headers=LOOP), 413)
    assert_error(check(client, text="x" * 1_000_000, reach=["nl"]), 413)
    assert_error(client.get("/api/v1/nothing", headers=LOOP), 404)
    assert_error(client.get("/api/v1/rules/xx.none", headers=LOOP), 404)
    assert_error(client.get("/api/v1/check", headers=LOOP), 405)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "html", "reach", "platform", "surface", "declared", "as_of", "language", "complete", "bio", "id"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_arbitrary_json_is_never_a_500(client, body):
    answer = client.post("/api/v1/check", data=json.dumps(body), content_type="application/json", headers=LOOP)
    assert answer.status_code in {200, 413, 422}, (body, answer.text)


@given(st.binary(max_size=80), st.sampled_from(["application/json", "application/x-ndjson", "text/html", ""]))
def test_arbitrary_bytes_are_never_a_500(client, body, kind):
    assert client.post("/api/v1/check?reach=nl", data=body, content_type=kind, headers=LOOP).status_code < 500


def test_ndjson_judges_the_good_lines(client):
    lines = "\n".join([json.dumps({"id": "a", "text": DRAFT}), "{oops", json.dumps({"id": "c", "text": "x", "reach": ["xx"]})])
    answer = client.post("/api/v1/check?reach=nl", data=lines.encode(), content_type="application/x-ndjson", headers=LOOP)
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [(row["id"], "error" in row) for row in rows] == [("a", False), (None, True), ("c", True)]
    assert rows[1]["line"] == 2


def test_utf16_offsets(client):
    body = check(client, text="👩‍🦰 #ad jas", reach=["nl"], offsets="utf16").get_json()
    assert next(signal["start"] for signal in body["signals"] if signal["id"] == "en.ad") == 6


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:9999"])
def test_other_sites_are_refused(client, origin):
    assert_error(client.post("/api/v1/check", json={"text": "x", "reach": ["nl"]}, headers={**LOOP, "Origin": origin}), 403)


@pytest.mark.parametrize("origin", ["chrome-extension://abc", "moz-extension://abc", "http://localhost"])
def test_extensions_and_the_page_itself_are_served(client, origin):
    assert client.post("/api/v1/check", json={"text": "x", "reach": ["nl"]}, headers={**LOOP, "Origin": origin}).status_code == 200


def test_a_foreign_host_name_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_a_token_is_asked_for_beyond_this_machine():
    guarded = create_app(token="secret").test_client()
    assert guarded.get("/", headers=LOOP).status_code == 403
    assert guarded.get("/healthz", headers=LOOP).status_code == 200
    assert guarded.get("/", headers={**LOOP, "Authorization": "Bearer wrong"}).status_code == 403
    assert guarded.get("/", headers={**LOOP, "Authorization": "Bearer secret"}).status_code == 200


def test_serving_others_without_a_token_is_refused(monkeypatch):
    from compliance.errors import InputError
    from compliance.web.server import run

    monkeypatch.delenv("ADCHECK_TOKEN", raising=False)
    with pytest.raises(InputError, match="can be reached by others"):
        run(host="0.0.0.0")


def test_every_answer_carries_the_guards(client):
    for path in ("/", "/rules", "/api/v1/rules", "/nothing", "/static/app.js"):
        headers = client.get(path, headers=LOOP).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


PAGE = '<p>🚲 Met code LISA15 krijg je 15% korting</p>\n<p id="said" style="display:none">Advertentie</p>'


def test_a_page_has_an_outline_by_line_and_column(client):
    description = client.get("/openapi.json", headers=LOOP).get_json()
    validator = jsonschema_rs.validator_for({"$ref": "#/components/schemas/Checklist", "components": description["components"]})
    body = check(client, html=PAGE, reach=["nl"]).get_json()
    validator.validate(body)
    assert [(item["line"], item["column"], item["state"], item["hidden_by"]) for item in body["outline"]] == [
        (1, 4, "read", None),
        (2, 35, "hidden", "display"),
    ]
    assert body["outline"][1]["labels"] == [{"start": 0, "end": 11}]
    code = next(signal for signal in body["signals"] if "LISA15" in signal["quote"])
    assert PAGE.splitlines()[code["line"] - 1][code["column"] - 1 :].startswith(code["quote"].split()[0])
    assert check(client, text=DRAFT, reach=["nl"]).get_json()["outline"] is None


def test_measurements_win_and_count_as_the_caller_does(client):
    units = len(PAGE[: PAGE.index("Advertentie")].encode("utf-16-le")) // 2
    for computed, offsets in (
        ([{"path": "#said", "visible": True}], "codepoints"),
        ([{"start": units, "end": units + 11, "visible": True}], "utf16"),
    ):
        body = check(client, html=PAGE, reach=["nl"], computed=computed, offsets=offsets).get_json()
        assert {item["state"] for item in body["outline"]} == {"read"}
        assert any(item["quote"] == "Advertentie" and item["place"] != "hidden" for item in body["facts"]["disclosures"])
    below = [{"path": "#said", "visible": True, "below_fold": True}]
    places = check(client, html=PAGE, reach=["nl"], computed=below).get_json()["facts"]["disclosures"]
    assert [item["place"] for item in places] == ["after_fold"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"html": PAGE, "computed": [{"path": "#said"}]}, "/computed/0/visible"),
        ({"html": PAGE, "computed": {"path": "#said"}}, "/computed"),
        ({"text": DRAFT, "computed": []}, "/computed"),
    ],
)
def test_wrong_measurements_are_422(client, body, where):
    answer = assert_error(check(client, reach=["nl"], **body), 422)
    assert answer["errors"][0]["where"] == where


# ------------------------------------------------------------------------------------------------------- what a browser extension asks


def test_layouts_are_handed_out_with_their_wordings(client, engine):
    found = {item["platform"]: item for item in client.get("/api/v1/layouts", headers=LOOP).get_json()}
    assert set(found) == set(engine.rulebook.layouts)
    instagram = found["instagram"]
    assert "instagram.com" in instagram["hosts"]
    assert instagram["posts"][0] == {"select": "article", "seen": "2026-01-31", "source": instagram["posts"][0]["source"]}
    assert instagram["wordings"]["paid_partnership"]["texts"]["de"].startswith("Bezahlte Partnerschaft")
    for layout in found.values():
        assert {row["label"] for row in layout["labels"]} <= set(layout["wordings"])
        assert layout["post"]["caption"]


@pytest.mark.parametrize(
    ("language", "title", "fails"), [("en", "Copy", "Something here fails."), ("nl", "Kopieer", "Hier klopt iets niet.")]
)
def test_the_words_of_the_checklist(client, language, title, fails):
    words = client.get(f"/api/v1/words?interface={language}", headers=LOOP).get_json()
    assert words["texts"]["Copy"] == title
    assert words["texts"]["Something here fails."] == fails
    assert words["names"]["jurisdiction.nl"]
    assert_error(client.get("/api/v1/words?interface=xx", headers=LOOP), 422)


def test_every_word_of_the_checklist_is_translated(client):
    dutch = client.get("/api/v1/words?interface=nl", headers=LOOP).get_json()["texts"]
    assert [text for text, said in dutch.items() if text == said] == ["Checklist"]  # the same word


def test_the_report_of_a_request(client):
    answer = client.post("/api/v1/report", json={"text": DRAFT, "reach": ["nl"]}, headers=LOOP)
    assert answer.mimetype == "text/html"
    assert "LISA15" in answer.get_data(as_text=True)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert_error(client.post("/api/v1/report", json={"text": "", "reach": ["nl"]}, headers=LOOP), 422)
    assert_error(client.post("/api/v1/report", data="{", content_type="application/json", headers=LOOP), 400)


@pytest.mark.parametrize(
    "origin", ["chrome-extension://abcdefghijklmnopabcdefghijklmnop", "moz-extension://5b0f7c1e-0000-4000-8000-000000000000"]
)
@pytest.mark.parametrize("site", ["none", "same-origin", "cross-site"])
def test_an_extension_may_ask(client, origin, site):
    head = {**LOOP, "Origin": origin, "Sec-Fetch-Site": site}
    answer = client.post("/api/v1/check", json={"text": DRAFT, "reach": ["nl"]}, headers=head)
    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "origin",
    [
        "https://chrome-extension.example",
        "http://localhost.evil.example",
        "https://localhost",
        "chrome-extension.evil://x",
        "file://",
        "http://127.0.0.1:9999",
        "x",
    ],
)
def test_other_origins_may_not(client, origin):
    if origin == "https://localhost":  # the same host by another scheme is not the same origin
        origin = "https://localhost:8443"
    answer = client.post("/api/v1/check", json={"text": DRAFT, "reach": ["nl"]}, headers={**LOOP, "Origin": origin})
    assert_error(answer, 403)


def test_many_posts_speak_the_interface_too(client):
    line = json.dumps({"text": DRAFT, "reach": ["nl"]})
    dutch, english = (
        json.loads(client.post(f"/api/v1/check?interface={name}", data=line, content_type="application/x-ndjson", headers=LOOP).text)
        for name in ("nl", "en")
    )
    assert (
        of(dutch)["message"] == of(check(client, text=DRAFT, reach=["nl"], interface="nl").get_json())["message"] != of(english)["message"]
    )
    assert_error(client.post("/api/v1/check?interface=fr", data=line, content_type="application/x-ndjson", headers=LOOP), 422)


def test_a_page_in_dutch_is_answered_in_dutch(client):
    assert '<input type="hidden" name="lang" value="nl">' in client.get("/?lang=nl", headers=LOOP).text
    answer = client.post("/check", data={"text": DRAFT, "reach": "nl", "lang": "nl"}, headers={**LOOP, "Accept-Language": "en"})
    assert "Hier klopt iets niet." in answer.text


def test_every_text_of_the_pages_and_reports_has_its_dutch():
    # The catalogue as it is compiled: what the pages take their words from.
    read = [
        *extract_from_dir(ROOT / "templates", [("**.html", "jinja2")], keywords={"_": None}),
        *extract_from_dir(ROOT / "compliance" / "bulk", [("**.py", "python")], keywords={"_": None}),
    ]
    found = {*WORDS.values(), *HEADLINES.values(), *CHECKLIST_TEXTS, *(message for _, _, message, _, _ in read)}
    known = Translations.load(ROOT / "compliance" / "translations", ["nl"])._catalog
    assert len(found) > 100
    assert sorted(text for text in found if not known.get(text)) == []
