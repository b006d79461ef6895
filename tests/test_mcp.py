"""The MCP server as an assistant starts it: its process, its protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

ROOT = Path(__file__).resolve().parent.parent
AD = "Met code LISA15 krijg je 15% korting"


class Client:
    def __init__(self, folder=ROOT):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compliance.cli", "mcp"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.number = 0

    def start(self):
        return self.send("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "test", "version": "1"})["result"]

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0

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
    info = client.start()
    assert info["serverInfo"]["name"] == "adcheck"
    assert "no problem found" in info["instructions"]
    client.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
    yield client
    client.stop()


def test_each_tool_says_what_it_takes_and_gives(client):
    tools = {tool["name"]: tool for tool in client.send("tools/list")["result"]["tools"]}
    assert set(tools) == {"check_caption", "explain_duty", "list_labels"}
    for tool in tools.values():
        jsonschema_rs.validator_for(tool["inputSchema"])
        jsonschema_rs.validator_for(tool["outputSchema"])
        assert len(tool["description"]) > 60
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["inputSchema"]["additionalProperties"] is False
    assert tools["check_caption"]["inputSchema"]["required"] == ["text"]
    result = client.call("check_caption", text=AD, markets=["nl"])
    assert jsonschema_rs.validator_for(tools["check_caption"]["outputSchema"]).is_valid(result["structuredContent"])
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"], "for assistants that read text alone"


def test_a_caption_is_checked_corrected_and_checked_again(client):
    first = client.call(
        "check_caption", text=AD, markets=["nl"], platform="instagram", declared={"relationship": "paid"}, as_of="2026-11-23"
    )
    answer = first["structuredContent"]
    assert answer["outcome"] == "fail"
    item = next(item for item in answer["items"] if item["duty"] == "nl.ad-label")
    assert (item["gate"], item["words"]) == ("missing", ["Met code LISA15"])
    assert item["why"] == ["“Met code LISA15” (caption) offers a personal discount code"]
    assert "put “Advertentie”" in item["message"]
    assert item["law"][0]["url"].startswith("http")
    assert answer["fix"]["text"].startswith("Advertentie")
    assert ("nl.ad-label" in answer["fix"]["cures"], answer["fix"]["leaves"]) == (True, [])
    again = client.call("check_caption", text=answer["fix"]["text"], markets=["nl"], declared={"relationship": "paid"}, as_of="2026-11-23")
    assert "nl.ad-label" not in {item["duty"] for item in again["structuredContent"]["items"]}


def test_the_fix_says_what_it_leaves(client):
    """A label does not make a made-up person's experience true: what to do instead is told."""
    persona = {"persona": "synthetic", "relationship": "gifted", "ai_content": "generated"}
    text = "I tried this serum for 3 weeks and my skin glows! @glowlab"
    answer = client.call("check_caption", text=text, markets=["us"], declared=persona)["structuredContent"]
    assert answer["fix"]["leaves"] == ["us.persona-experience-claim"]
    left = next(item for item in answer["items"] if item["duty"] == "us.persona-experience-claim")
    assert (left["outcome"], left["words"]) == ("fail", ["I tried this", "my skin glows"])
    assert "experience" in left["advice"]


def test_many_words_and_many_calls_at_once(client):
    numbers = range(100, 110)
    for number in numbers:
        arguments = {"text": f"{AD}\n" * 40, "markets": ["nl"]}
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "check_caption", "arguments": arguments}}
        client.process.stdin.write(json.dumps(message) + "\n")
    client.process.stdin.flush()
    answers = [json.loads(client.process.stdout.readline()) for _ in numbers]
    assert {answer["id"] for answer in answers} == set(numbers)
    assert {tuple(answer["result"]["structuredContent"]["items"][0]["words"]) for answer in answers} == {("Met code LISA15",)}


def test_it_judges_as_the_command_line_does_there(tmp_path):
    """The config of its folder: markets, declared facts, those of a campaign, own rules."""
    (tmp_path / "adcheck.toml").write_text(
        'reach = ["nl"]\nplatform = "instagram"\n[rules]\nignore = ["nl.mediawet-*"]\n'
        '[[overrides]]\ncampaigns = ["Gifts"]\ndeclared = {relationship = "gifted"}\n',
        encoding="utf-8",
    )
    client = Client(tmp_path)
    client.start()
    answer = client.call("check_caption", text="Blij met mijn jas van @glowlab")["structuredContent"]
    assert (answer["markets"], [item["duty"] for item in answer["items"]]) == (["nl"], ["nl.ad-label"])
    answer = client.call("check_caption", text="Blij met mijn jas van @glowlab", campaign="Gifts")["structuredContent"]
    assert [(item["duty"], item["outcome"]) for item in answer["items"]] == [("nl.gift-label", "fail")]
    client.stop()


def test_a_duty_is_explained_and_labels_are_listed(client):
    assert "nl.ad-label" in client.call("explain_duty", duty="NL.ad-label", interface="nl")["structuredContent"]["markdown"]
    labels = client.call("list_labels", markets=["NL"], language="nl", verdict="accepted", means="sponsorship")["structuredContent"]
    assert {"text": "Advertentie", "market": "nl", "verdict": "accepted"}.items() <= labels["labels"][0].items()
    everything = client.call("list_labels", markets=["nl", "de"])["structuredContent"]
    assert everything["left_out"] > 0
    verdicts = ["accepted", "qualified", "ambiguous", "rejected"]
    found = [verdicts.index(row["verdict"]) for row in everything["labels"]]
    assert found == sorted(found), "what can be used comes first"


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("check_caption", {"text": AD, "markets": ["nll"]}, "Did you mean 'nl'?"),
        ("check_caption", {"text": " ", "markets": ["nl"]}, "the text is empty"),
        ("check_caption", {"text": AD, "markets": ["nl"], "declared": {"relationship": "gift"}}, "relationship"),
        ("check_caption", {"text": AD, "markets": ["nl"], "declared": {"relation": "gifted"}}, "Did you mean 'relationship'?"),
        ("check_caption", {"text": AD, "markets": ["nl"], "plattform": "tiktok"}, "Did you mean 'platform'?"),
        ("check_caption", {"text": AD}, "markets: no market was named. Ask which"),
        ("check_caption", {"text": AD, "markets": ["nl", "xx"]}, "markets/1: unknown market 'xx'. Known"),
        ("check_caption", {"text": 5, "markets": ["nl"]}, "text: Input should be a valid string."),
        ("check_caption", {"text": "a " * 200_000, "markets": ["nl"]}, "a post has at most 200,000"),
        ("list_labels", {"markets": ["nl"], "language": "xx"}, "Known: ar, "),
        ("explain_duty", {"duty": "nl.ad-labl"}, "Did you mean 'nl.ad-label'?"),
        ("list_labels", {"markets": []}, "markets"),
    ],
)
def test_a_wrong_question_gets_an_answer_that_helps(client, tool, arguments, message):
    result = client.call(tool, **arguments)
    assert result["isError"] is True
    assert message in result["content"][0]["text"]
