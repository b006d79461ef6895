"""Which sites may embed the widget: those named at the start, exactly, and for what the widget needs alone."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.errors import InputError
from compliance.web import create_app
from compliance.web.security import read_origins

CMS = "https://cms.example"
BODY = {"text": "Zondag naar het bos", "reach": ["nl"]}


@pytest.fixture(scope="module")
def client():
    return create_app(origins=[CMS]).test_client()


def ask(client, origin, path="/api/v1/check", method="POST", **headers):
    given = {"Host": "localhost", "Origin": origin, "Sec-Fetch-Site": "cross-site", **headers}
    return client.open(path, method=method, json=BODY if method == "POST" else None, headers=given)


def test_a_site_on_the_list_is_let_in(client):
    answer = ask(client, CMS)
    assert answer.status_code == 200
    assert answer.get_json()["outcome"] == "not_applicable"
    assert answer.headers["Access-Control-Allow-Origin"] == CMS
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_its_preflight_is_answered(client):
    answer = ask(client, CMS, method="OPTIONS", **{"Access-Control-Request-Method": "POST"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == CMS
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type, Authorization"


def test_it_may_load_the_widget(client):
    answer = ask(client, CMS, "/static/widget.js", "GET")
    assert answer.headers["Access-Control-Allow-Origin"] == CMS
    assert "javascript" in answer.mimetype
    again = ask(client, CMS, "/static/widget.js", "GET", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Access-Control-Allow-Origin"]) == (304, CMS)


@pytest.mark.parametrize(
    "origin",
    [
        "https://cms.example.evil",
        "http://cms.example",
        "https://cms.example:8443",
        "https://sub.cms.example",
        "https://evil.example",
        "null",
    ],
)
def test_no_other_site_is(client, origin):
    answer = ask(client, origin)
    assert answer.status_code == 403
    for method in ("POST", "OPTIONS"):
        assert "Access-Control-Allow-Origin" not in ask(client, origin, method=method).headers
    assert "Access-Control-Allow-Origin" not in ask(client, origin, "/static/widget.js", "GET").headers


@pytest.mark.parametrize("path", ["/", "/api/v1/rules", "/openapi.json", "/healthz", "/static/app.js", "/widget-demo", "/report", "/check"])
def test_a_site_on_the_list_gets_nothing_else(client, path):
    assert "Access-Control-Allow-Origin" not in ask(client, CMS, path, "GET").headers
    if path in {"/", "/report", "/check"}:
        assert ask(client, CMS, path).status_code == 403


def test_the_list_is_empty_by_default():
    answer = ask(create_app().test_client(), CMS)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_token_is_still_asked_for():
    guarded = create_app(token="secret", origins=[CMS]).test_client()
    assert ask(guarded, CMS).status_code == 403
    assert ask(guarded, CMS, Authorization="Bearer secret").status_code == 200
    assert ask(guarded, CMS, method="OPTIONS").headers["Access-Control-Allow-Origin"] == CMS
    assert ask(guarded, CMS, "/static/widget.js", "GET").status_code == 200
    assert ask(guarded, CMS, "/static/app.js", "GET").status_code == 403


def test_origins_are_read_as_browsers_send_them():
    given = ["https://CMS.example", "https://a.example:443", "http://b.example:80", "http://localhost:3000", "http://[::1]:3000"]
    assert read_origins(given) == {
        "https://cms.example",
        "https://a.example",
        "http://b.example",
        "http://localhost:3000",
        "http://[::1]:3000",
    }


@pytest.mark.parametrize(
    "value", ["*", "https://*.example", "cms.example", "https://cms.example/", "https://cms.example/app", "ftp://cms.example", "null", ""]
)
def test_what_no_browser_sends_is_refused(value):
    with pytest.raises(InputError, match="is no origin") as error:
        read_origins([value])
    assert "https://cms.example" in error.value.hint


def test_the_command_line_says_so():
    result = CliRunner().invoke(main, ["serve", "--allow-origin", "https://cms.example/"])
    assert result.exit_code == 2
    assert "--allow-origin" in result.output


def test_the_view_is_given_where_it_is_asked_for(client):
    headers = {"Host": "localhost"}
    plain = client.post("/api/v1/check", json=BODY, headers=headers).get_json()
    assert "view" not in plain
    viewed = client.post("/api/v1/check", json={**BODY, "view": True, "interface": "nl"}, headers=headers).get_json()
    assert viewed["view"]["headline"] == "Niets gevonden om te beoordelen in wat is gegeven."
    assert {key: viewed[key] for key in plain} | {"items": plain["items"]} == plain
    wrong = client.post("/api/v1/check", json={**BODY, "view": "yes"}, headers=headers)
    assert (wrong.status_code, wrong.get_json()["errors"][0]["where"]) == (422, "/view")
