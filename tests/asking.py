"""Asking the HTTP API, as its tests do."""

from __future__ import annotations

LOOP = {"Host": "localhost"}


def check(client, **body):
    return client.post("/api/v1/check", json=body, headers=LOOP)


def assert_error(answer, status):
    assert answer.status_code == status
    body = answer.get_json()
    assert set(body) == {"error", "errors", "status"}
    assert body["status"] == status
    for item in body["errors"]:
        assert set(item) == {"where", "message", "hint"}
        assert item["message"]
    return body


def of(answer, duty="nl.ad-label"):
    return next(item for item in answer["items"] if item["duty"] == duty)
