"""Colours of text and ground, and how far apart they are (WCAG 2.2 relative luminance and contrast ratio)."""

from __future__ import annotations

import functools
import re

from coloraide import Color

Colour = tuple[float, float, float, float]
"""Red, green, blue and alpha, each from 0 to 1."""

BLACK: Colour = (0.0, 0.0, 0.0, 1.0)
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
LINK: Colour = (0.0, 0.0, 238 / 255, 1.0)
_WORD = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([^()]*\)|(?<![\w-])[a-z]{3,}(?![\w(-])", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def colour_of(value: str) -> Colour | None:
    """The colour that a CSS value names; None for one that only a browser can know (`currentcolor`, a variable, a system colour)."""
    try:
        found = Color(value.strip()).convert("srgb").clip()
    except ValueError:
        return None
    red, green, blue = found.coords(nans=False)
    return (red, green, blue, found.alpha(nans=False))


@functools.lru_cache(maxsize=4096)
def ground_of(value: str) -> Colour | None:
    """The colour in a `background`; None where there is none to be told, as with a picture or a gradient."""
    if "url(" in value or "gradient(" in value or "image" in value:
        return None
    for match in _WORD.finditer(value):
        colour = colour_of(match[0])
        if colour is not None:
            return colour
    return None


def over(colour: Colour, ground: Colour) -> Colour:
    """A colour that lets the ground shine through, as the eye sees it."""
    alpha = colour[3]
    red, green, blue = (alpha * front + (1 - alpha) * back for front, back in zip(colour[:3], ground[:3], strict=True))
    return (red, green, blue, 1.0)


@functools.lru_cache(maxsize=4096)
def contrast(colour: Colour, ground: Colour) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(over(colour, ground)), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
