"""The words burnt into a screenshot or story, by RapidOCR. Optional (`adcheck[ocr]`): the models come with the package, nothing is fetched.

What a visitor reads at once and what hardly anybody reads (tiny, or pale on pale) become segments of their own.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compliance.model import Segment

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_CONTRAST = 2.0
"""Contrast ratio (WCAG 2) below which words count as pale; WCAG asks for 3 in large print, so that this is the clear case alone."""
LEAST_ON_PHONE = 0.016
"""Height of a line, as a share of the width of a phone-shaped picture, below which it counts as tiny: some 6 points on a phone."""
LEAST_PIXELS = 9
"""Height in pixels below which a line counts as tiny in any picture."""
_ONE_AT_A_TIME = threading.Lock()
_PHONE = (1.3, 2.4)
_LEAST_SCORE = 0.6
_LONGEST_SIDE = 2000


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    left: int
    top: int
    width: int
    height: int
    is_faint: bool


def can_read_text() -> bool:
    """Whether the extra `adcheck[ocr]` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


@functools.cache
def _reader() -> Any:
    """The models, loaded once per process."""
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.use_cls": False, "Global.log_level": "critical", "Global.max_side_len": _LONGEST_SIDE})


def read_overlay(picture: Image) -> list[Segment]:
    """The words of a picture as segments `overlay` and, where there are some, `overlay_faint`, top to bottom, each line with its box.

    The first segment is there even if there are no words.
    """
    import numpy
    from PIL import ImageOps

    plain = ImageOps.exif_transpose(picture).convert("RGBA")
    page = plain.convert("RGB")
    if plain.getchannel("A").getextrema() != (255, 255):  # see-through: what a visitor sees on a white page
        from PIL import Image as images

        page = images.new("RGB", plain.size, "white")
        page.paste(plain, mask=plain.getchannel("A"))
    pixels = numpy.asarray(page)
    with _ONE_AT_A_TIME:
        answer = _reader()(numpy.ascontiguousarray(pixels[:, :, ::-1]))
    lines: list[_Line] = []
    if answer.boxes is not None and answer.txts is not None:
        for box, text, score in zip(answer.boxes, answer.txts, answer.scores or (), strict=False):
            if score < _LEAST_SCORE or not text.strip():
                continue
            xs, ys = [int(point[0]) for point in box], [int(point[1]) for point in box]
            left, top = max(min(xs), 0), max(min(ys), 0)
            width, height = max(xs) - left, max(ys) - top
            faint = _is_tiny(height, page.width, page.height) or _contrast(pixels[top : top + height, left : left + width]) < LEAST_CONTRAST
            lines.append(_Line(unconfused(text.strip()), left, top, width, height, faint))
    ordered = _in_reading_order(lines)
    segments = [_segment([line for line in ordered if not line.is_faint], "overlay")]
    faint_lines = [line for line in ordered if line.is_faint]
    if faint_lines:
        segments.append(_segment(faint_lines, "overlay_faint"))
    return segments


def _segment(lines: Sequence[_Line], scope: str) -> Segment:
    boxes = []
    at = 0
    for line in lines:
        boxes.append((at, line.left, line.top, line.width, line.height))
        at += len(line.text) + 1
    return Segment("\n".join(line.text for line in lines), scope, boxes=tuple(boxes))


def _in_reading_order(lines: Sequence[_Line]) -> list[_Line]:
    """Rows from the top; in a row (boxes that overlap by half) from the left."""
    rows: list[list[_Line]] = []
    for line in sorted(lines, key=lambda item: item.top):
        row = rows[-1] if rows else None
        if row and line.top + line.height / 2 < row[0].top + row[0].height:
            row.append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda item: item.left)]


def _is_tiny(height: int, width: int, full_height: int) -> bool:
    on_phone = _PHONE[0] <= full_height / max(width, 1) <= _PHONE[1]
    return height < LEAST_PIXELS or (on_phone and height < LEAST_ON_PHONE * width)


def _contrast(pixels: Any) -> float:
    """The contrast ratio between the ground of a box (its commonest lightness) and what stands out of it most."""
    import numpy

    if pixels.size == 0:
        return 21.0
    share = pixels.reshape(-1, 3) / 255.0
    linear = numpy.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = linear @ numpy.array([0.2126, 0.7152, 0.0722])
    ground = float(numpy.median(light))
    dark, bright = (float(value) for value in numpy.percentile(light, [4, 96]))
    ratios = [(max(ground, other) + 0.05) / (min(ground, other) + 0.05) for other in (dark, bright)]
    return max(ratios)


_BAR = re.compile(r"(?<=[^\W\d_])\|(?=[^\W\d_])|\bA\|(?=[\s-]|$)|(?:^|(?<=\s))\|(?=[^\W\d_])|^\|(?=\s[a-z])")
_AI = re.compile(r"\bA[l1](?=-|\b)")
_MOST_WORDS = 3


def unconfused(line: str) -> str:
    """A line in which letters of one shape are told apart by what stands around them: `Al` that must be `AI`, `|` that must be `I`.

    `Al` opens a sentence in some languages, and stays where it opens a line of more than three words.
    """
    line = _BAR.sub(lambda match: match[0].replace("|", "I"), line)
    words = line.split()

    def fold(match: re.Match[str]) -> str:
        opens = not line[: match.start()].strip(" #([\"'“")
        tied = line[match.end() : match.end() + 1] in {"-", "‑"}
        return match[0] if opens and not tied and len(words) > _MOST_WORDS else "AI"

    return _AI.sub(fold, line)
