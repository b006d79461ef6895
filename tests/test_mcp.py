"""The MCP server as an assistant starts it: its process, its protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

pytest.importorskip("mcp")
ROOT = Path(__file__).resolve().parent.parent
AD = "Met code LISA15 krijg je 15% korting"


class Client:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compliance.cli", "mcp"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.number = 0

    def send(self, method, **params):
        self.number += 1
        return self.write({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})

    def write(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        if "id" in message:
            answer = json.loads(self.process.stdout.readline())  # nothing but the protocol stands on stdout
            assert answer["id"] == message["id"]
            return answer

    def call(self, name, **arguments):
        return self.send("tools/call", name=name, arguments=arguments)["result"]


@pytest.fixture(scope="module")
def client():
    client = Client()
    info = client.send("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "test", "version": "1"})["result"]
    assert info["serverInfo"]["name"] == "adcheck"
    assert "no problem found" in info["instructions"]
    client.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
    yield client
    client.process.stdin.close()
    assert client.process.wait(20) == 0


def test_each_tool_says_what_it_takes_and_gives(client):
    tools = {tool["name"]: tool for tool in client.send("tools/list")["result"]["tools"]}
    assert set(tools) == {"check_caption", "explain_duty", "list_labels"}
    for tool in tools.values():
        jsonschema_rs.validator_for(tool["inputSchema"])
        jsonschema_rs.validator_for(tool["outputSchema"])
        assert len(tool["description"]) > 60
        assert tool["annotations"]["readOnlyHint"] is True
    assert tools["check_caption"]["inputSchema"]["required"] == ["text", "markets"]
    result = client.call("check_caption", text=AD, markets=["nl"])
    assert jsonschema_rs.validator_for(tools["check_caption"]["outputSchema"]).is_valid(result["structuredContent"])


def test_a_caption_is_checked_corrected_and_checked_again(client):
    first = client.call(
        "check_caption", text=AD, markets=["nl"], platform="instagram", declared={"relationship": "paid"}, as_of="2026-11-23"
    )
    answer = first["structuredContent"]
    assert answer["outcome"] == "fail"
    item = next(item for item in answer["items"] if item["duty"] == "nl.ad-label")
    assert (item["gate"], item["words"]) == ("missing", ["Met code LISA15"])
    assert item["law"][0]["url"].startswith("http")
    again = client.call("check_caption", text=answer["fix"]["text"], markets=["nl"], declared={"relationship": "paid"}, as_of="2026-11-23")
    assert "nl.ad-label" not in {item["duty"] for item in again["structuredContent"]["items"]}


def test_a_duty_is_explained_and_labels_are_listed(client):
    assert "nl.ad-label" in client.call("explain_duty", duty="nl.ad-label", interface="nl")["structuredContent"]["markdown"]
    labels = client.call("list_labels", markets=["NL"], language="nl", verdict="accepted", means="sponsorship")["structuredContent"]
    assert {"text": "Advertentie", "market": "nl", "verdict": "accepted"}.items() <= labels["labels"][0].items()


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("check_caption", {"text": AD, "markets": ["nll"]}, "Did you mean 'nl'?"),
        ("check_caption", {"text": " ", "markets": ["nl"]}, "the text is empty"),
        ("check_caption", {"text": AD, "markets": ["nl"], "declared": {"relationship": "gift"}}, "relationship"),
        ("explain_duty", {"duty": "nl.ad-labl"}, "Did you mean 'nl.ad-label'?"),
        ("list_labels", {"markets": []}, "markets"),
    ],
)
def test_a_wrong_question_gets_an_answer_that_helps(client, tool, arguments, message):
    result = client.call(tool, **arguments)
    assert result["isError"] is True
    assert message in result["content"][0]["text"]
