"""Words burnt into pictures: drawn here, read by the real models, and judged through every face of Adcheck."""

from __future__ import annotations

import base64
import io
import json
import socket

import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

from compliance import check, load_rulebook, read_image
from compliance.cli import main
from compliance.model import Gate, Outcome
from compliance.readers.ocr import unconfused
from compliance.web import create_app

RULEBOOK = load_rulebook()


def saved(picture, form="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def story(*lines):
    """A picture of the shape of a phone: (text, height from the top, size, colour) each."""
    picture = Image.new("RGB", (540, 960), "#e9d8c0")
    draw = ImageDraw.Draw(picture)
    for text, top, size, colour in lines:
        draw.text((30, top), text, font=ImageFont.load_default(size), fill=colour)
    return saved(picture)


PLAIN = saved(Image.new("RGB", (64, 48), "teal"))


@pytest.fixture(scope="module")
def labelled():
    return story(
        ("Advertentie", 80, 34, "black"),
        ("Met code LISA15 krijg je 15% korting", 300, 26, "black"),
        ("AI-generated image", 450, 28, "black"),
    )


@pytest.fixture(scope="module")
def faint():
    return story(("Met code LISA15 krijg je 15% korting", 300, 26, "black"), ("Advertentie", 700, 34, "#dccbb3"))


def label_of(checklist):
    return next(item for item in checklist.items if item.duty == "nl.ad-label")


def test_a_label_burnt_into_a_story_counts(labelled):
    checklist = check(image=labelled, reach=["nl"], platform="instagram", surface="story", as_of="2026-11-23")
    [overlay] = [segment for segment in checklist.document.segments if segment.scope == "overlay"]
    assert overlay.text.split("\n") == ["Advertentie", "Met code LISA15 krijg je 15% korting", "AI-generated image"]
    assert label_of(checklist).outcome is Outcome.PASS
    assert checklist.facts.values["ai_content"].value.key == "yes"  # read as “Al” and understood
    offsets = [box[0] for box in overlay.boxes]
    assert [overlay.text[at:].split("\n")[0] for at in offsets] == overlay.text.split("\n")
    _, left, top, width, height = overlay.boxes[0]
    assert 20 <= left <= 40
    assert 70 <= top <= 100
    assert 100 <= width <= 260
    assert 20 <= height <= 60
    assert "image_content" in checklist.not_seen
    assert "image" not in checklist.not_seen


def test_pale_words_are_no_label(faint):
    checklist = check(image=faint, reach=["nl"], as_of="2026-11-23")
    assert {segment.scope: segment.text for segment in checklist.document.segments if segment.text} == {
        "overlay": "Met code LISA15 krijg je 15% korting",
        "overlay_faint": "Advertentie",
    }
    item = label_of(checklist)
    assert (item.outcome, item.gate) == (Outcome.FAIL, Gate.OBSCURED)


def test_the_words_of_a_picture_beside_its_caption(labelled):
    checklist = check(text="Dol op mijn serum, met code LISA15 krijg je 15% korting", image=labelled, reach=["nl"], as_of="2026-11-23")
    assert [segment.scope for segment in checklist.document.segments] == ["caption", "overlay"]
    assert label_of(checklist).outcome is Outcome.PASS


def test_without_the_extra_the_report_says_so(labelled, monkeypatch, tmp_path):
    monkeypatch.setattr("compliance.readers.images.can_read_text", lambda: False)
    path = tmp_path / "story.png"
    path.write_bytes(labelled)
    done = CliRunner().invoke(main, ["check", str(path), "--reach", "nl"])
    assert done.exit_code == 0
    assert "text in the picture (to read it, install adcheck[ocr])" in " ".join(done.stdout.split())


def test_the_models_load_without_the_network(monkeypatch):
    from compliance.readers import ocr

    def refuse(*_):
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    ocr._reader.cache_clear()
    assert read_image(PLAIN, RULEBOOK).segments[0].text == ""


def test_the_command_line_reads_a_screenshot(labelled, tmp_path):
    path = tmp_path / "story.png"
    path.write_bytes(labelled)
    done = CliRunner().invoke(main, ["check", str(path), "--reach", "nl", "--format", "json"])
    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert answer["segments"][0]["boxes"]
    assert answer["outcome"] != "fail"


@pytest.fixture(scope="module")
def client():
    return create_app().test_client()


def test_the_api_takes_an_image(client, labelled):
    for body in (base64.b64encode(labelled).decode(), "data:image/png;base64," + base64.b64encode(labelled).decode()):
        answer = client.post("/api/v1/check", json={"image": body, "reach": ["nl"]}, headers={"Host": "localhost"})
        assert answer.status_code == 200
        assert answer.get_json()["segments"][0]["text"].startswith("Advertentie")


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"image": "not base64!"}, 422, "/image"),
        ({"image": base64.b64encode(b"<svg></svg>").decode()}, 422, "/image"),
        ({"image": 7}, 422, "/image"),
        ({"image": "AAAA", "html": "<p>x</p>"}, 422, "/text"),
    ],
)
def test_the_api_says_what_is_wrong_with_an_image(client, body, status, where):
    answer = client.post("/api/v1/check", json={"reach": ["nl"], **body}, headers={"Host": "localhost"})
    assert answer.status_code == status
    [error] = answer.get_json()["errors"]
    assert error["where"] == where
    assert error["hint"]


def test_the_page_takes_an_image(client, labelled):
    form = {"tab": "html", "reach": "nl", "file": (io.BytesIO(labelled), "story.png")}
    answer = client.post("/check", data=form, headers={"Host": "localhost"}, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert "LISA15" in answer.get_data(as_text=True)
    wrong = {"tab": "html", "reach": "nl", "file": (io.BytesIO(b"<svg/>"), "logo.svg")}
    answer = client.post("/check", data=wrong, headers={"Host": "localhost"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "SVG" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Al-generated", "AI-generated"),
        ("Al info", "AI info"),
        ("Made with Al", "Made with AI"),
        ("dit beeld is met Al gemaakt", "dit beeld is met AI gemaakt"),
        ("A|-gegenereerd", "AI-gegenereerd"),
        ("Al mijn favoriete lampen op een rij", "Al mijn favoriete lampen op een rij"),
        ("Alles over lampen", "Alles over lampen"),
        ("| love it", "I love it"),
        ("Advertentie | lamp", "Advertentie | lamp"),
        ("Bakkerij Albert", "Bakkerij Albert"),
    ],
)
def test_letters_of_one_shape(line, read):
    assert unconfused(line) == read
