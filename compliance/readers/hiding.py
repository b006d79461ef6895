"""What a visitor does not see, or hardly sees, and why: the look of an element from its own style and that of the elements around it.

The reasons are the closed lists `model.HIDDEN_BY` and `model.WEAKENED_BY`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bs4 import Tag

from compliance.readers.colours import BLACK, LINK, WHITE, Colour, colour_of, contrast, ground_of, over
from compliance.readers.elements import names
from compliance.readers.styles import Declarations, Styles

TINY = 6.0
"""Letters smaller than this many CSS pixels cannot be read."""
SMALL = 9.0
"""Letters smaller than this are hard to read."""
FAR = 900.0
"""So many pixels from its place, a text stands outside any screen."""
SAME = 1.1
UNREADABLE = 1.5
FAINT = 3.0
"""Contrast ratios: below them a text has the colour of its ground, cannot be read, is hard to read (WCAG 1.4.3 asks for 4.5, 3 for large)."""
CLEAR_THROUGH = 0.1
PALE = 0.4
"""Opacity: at or below them a text is not seen, hard to see."""
ROOT_FONT = 16.0

_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(px|r?em|ex|ch|pt|pc|in|cm|mm|%|vw|vh|vmin|vmax)?$")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_PIXELS = {
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 37.8,
    "mm": 3.78,
    "vw": 12.8,
    "vh": 7.2,
    "vmin": 7.2,
    "vmax": 12.8,
    "": 1.0,
}
_NAMED_SIZES = {
    "xx-small": 9.0,
    "x-small": 10.0,
    "small": 13.0,
    "medium": 16.0,
    "large": 18.0,
    "x-large": 24.0,
    "xx-large": 32.0,
}
_SCALE_NOTHING = re.compile(r"scale(?:3d|x|y)?\(\s*(?:[\d.]+\s*,\s*)?0(?:\.0+)?%?\s*[,)]|matrix\(\s*0\s*,\s*0\s*,\s*0\s*,\s*0")
_MOVED = re.compile(r"translate(?:3d|x|y)?\(([^)]*)\)")
_CLIPPED_AWAY = re.compile(
    r"(?:inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|circle\(\s*0(?:px|%)?\s*[)a]|ellipse\(\s*0|polygon\(\s*0(?:px|%)?\s+0(?:px|%)?\s*(?:,\s*0(?:px|%)?\s+0(?:px|%)?\s*)*\))"
)
_SIZES = re.compile(r"rect\(([^)]*)\)")
_SIDES = ("left", "top", "right", "bottom")
_OWN_COLOURS = names("button input select textarea mark option dialog")
_SWITCHES = frozenset(["template", "noscript", "dialog"])


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How the text directly in an element looks.

    Attributes:
        hidden_by: why it is not seen; None where it is.
        weakened_by: why it is hardly seen, or not by everybody.
        gone: a reason that nothing inside can undo.
        measured: the browser measured it, and the style is not asked.
    """

    hidden_by: str | None = None
    weakened_by: tuple[str, ...] = ()
    gone: str | None = None
    invisible: bool = False
    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    font: float | None = ROOT_FONT
    root_font: float = ROOT_FONT
    opacity: float = 1.0
    notes: frozenset[str] = frozenset()
    reverses: bool = False
    measured: bool = False
    below_fold: bool = False


def first_look(styles: Styles) -> Look:
    """The look before any element. Where style sheets are missing, nothing is known of the page's own colours."""
    return Look(colour=None, ground=None) if styles.is_partial else Look()


class Eye:
    """Tells the look of each element. Looks are shared between elements with the same style, so that most cost a look-up."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._known: dict[tuple[object, ...], Look] = {}
        self._older: dict[tuple[int, str, str], Declarations] = {}

    def look(self, tag: Tag, around: Look, style: Declarations) -> Look:
        """The look of `tag`, which stands in an element that looks like `around`."""
        attrs = tag.attrs
        name = tag.name
        if around.measured or (not attrs and not style and not around.reverses and name not in _SWITCHES and name not in _OWN_COLOURS):
            return around
        if "bgcolor" in attrs or (name == "font" and "color" in attrs):
            style = self._with_attributes(name, attrs, style)
        switch = _switch(tag)
        partial = self._styles.is_partial and "class" in attrs
        plain = not style and switch is None and not partial and name != "a" and name not in _OWN_COLOURS
        if plain and not around.reverses and "aria-hidden" not in attrs:
            return around
        spoken = str(attrs.get("aria-hidden", "")).lower() == "true"
        key = (around, id(style), switch, partial, spoken, name if name in _OWN_COLOURS or name in {"a", "html", "font"} else "")
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _look(name, around, style, switch, partial, spoken)
        return found

    def closed(self, around: Look) -> Look:
        """The look of what stands in a closed `details`, beside its summary."""
        if around.measured:
            return around
        found = self._known.get((around, "closed"))
        if found is None:
            found = self._known[around, "closed"] = _judged(replace(around, gone=around.gone or "closed"))
        return found

    def _with_attributes(self, name: str, attrs: Mapping[str, object], style: Declarations) -> Declarations:
        """The colours that old markup gives in attributes, under those of the style."""
        colour, ground = str(attrs.get("color", "")) if name == "font" else "", str(attrs.get("bgcolor", ""))
        key = (id(style), colour, ground)
        if key not in self._older:
            older = {"color": colour.lower()} if colour else {}
            if ground:
                older["background-color"] = ground.lower()
            self._older[key] = {**older, **style}
        return self._older[key]


def _switch(tag: Tag) -> str | None:
    """Elements that hide what is in them by being what they are."""
    attrs = tag.attrs
    name = tag.name
    if name == "template":
        return "template"
    if name == "noscript":
        return "noscript"
    if "hidden" in attrs:
        return "attribute"
    if name == "dialog" and "open" not in attrs:
        return "closed"
    return "closed" if "popover" in attrs else None


def _look(name: str, around: Look, style: Declarations, switch: str | None, partial: bool, spoken: bool) -> Look:
    font = _font(style, around, partial)
    root_font = (font or ROOT_FONT) if name == "html" else around.root_font
    opacity = around.opacity * _opacity(style)
    gone = around.gone or (switch if switch in {"template", "noscript"} else None)
    if gone is None and switch is not None and style.get("display", "none") == "none":
        gone = switch
    gone = gone or _gone(style, font or ROOT_FONT, root_font) or ("opacity" if opacity <= CLEAR_THROUGH else None)
    invisible = around.invisible
    if "visibility" in style:
        invisible = style["visibility"] in {"hidden", "collapse"} or (style["visibility"] == "inherit" and around.invisible)
    notes = set(around.notes)
    if spoken:
        notes.add("aria_hidden")
    if _is_clamped(style, font or ROOT_FONT, root_font):
        notes.add("clamped")
    if around.reverses or _is_moved(style):
        notes.add("reordered")
    look = Look(
        gone=gone,
        invisible=invisible,
        colour=_colour(name, around, style, partial),
        ground=_ground(name, around, style, partial),
        font=font,
        root_font=root_font,
        opacity=opacity,
        notes=frozenset(notes),
        reverses=style.get("flex-direction", "").endswith("-reverse") and "flex" in style.get("display", ""),
        below_fold=around.below_fold,
    )
    return _judged(look)


def _judged(look: Look) -> Look:
    """The look with what follows from its parts."""
    hidden = look.gone or ("visibility" if look.invisible else None)
    weak = set(look.notes)
    if hidden is None and look.font is not None and look.font < SMALL:
        if look.font < TINY:
            hidden = "tiny"
        else:
            weak.add("small")
    if hidden is None and look.opacity <= PALE:
        weak.add("faint")
    if hidden is None and look.colour is not None and look.ground is not None:
        apart = contrast(look.colour, look.ground)
        if apart < SAME:
            hidden = "same_colour"
        elif apart < UNREADABLE:
            hidden = "low_contrast"
        elif apart < FAINT:
            weak.add("faint")
    if look.below_fold:
        weak.add("below_fold")
    return replace(look, hidden_by=hidden, weakened_by=tuple(sorted(weak)))


def measured_look(around: Look, visible: bool, reason: str | None, below_fold: bool) -> Look:
    """The look that a browser measured; it holds for everything inside that was not measured itself."""
    weak = ("below_fold",) if visible and below_fold else ()
    return replace(
        around,
        hidden_by=None if visible else reason or "measured",
        weakened_by=weak,
        measured=True,
        below_fold=below_fold,
        notes=frozenset(),
    )


# ------------------------------------------------------------------------------------------------------ from declarations


def _gone(style: Declarations, font: float, root: float) -> str | None:
    if not style:
        return None
    if style.get("display") == "none" or style.get("content-visibility") == "hidden":
        return "display"
    if "clip" in style or "clip-path" in style or "-webkit-clip-path" in style:
        clipped = style.get("clip-path", style.get("-webkit-clip-path", ""))
        if _CLIPPED_AWAY.match(clipped) or (style.get("position") in {"absolute", "fixed"} and _is_empty_clip(style.get("clip", ""))):
            return "clipped"
    if style.get("scale") in {"0", "0 0", "0%"} or style.get("zoom") in {"0", "0%"} or _SCALE_NOTHING.search(style.get("transform", "")):
        return "scaled"
    if _is_far(style, font, root):
        return "off_screen"
    if any(style.get(name, "").split(" ")[0] in {"hidden", "clip"} for name in ("overflow", "overflow-x", "overflow-y")):
        for name in ("height", "max-height", "width", "max-width"):
            size = _pixels(style.get(name, ""), font, root)
            if size is not None and size <= 1:
                return "collapsed"
    return None


def _is_far(style: Declarations, font: float, root: float) -> bool:
    names = ["text-indent", "margin-left", "margin-top"]
    if style.get("position") in {"absolute", "fixed", "relative", "sticky"}:
        names += _SIDES
    for name in names:
        distance = _pixels(style.get(name, ""), font, root)
        if distance is not None and (distance <= -FAR or (name not in {"margin-top", "top", "bottom"} and distance >= 5 * FAR)):
            return True
    if "inset" in style and "left" not in style:
        distances = [_pixels(value, font, root) for value in style["inset"].split()]
        if any(distance is not None and distance <= -FAR for distance in distances):
            return True
    match = _MOVED.search(style.get("transform", ""))
    if match:
        moves = [_pixels(value.strip(), font, root) for value in match[1].split(",")]
        return any(move is not None and abs(move) >= FAR for move in moves)
    return False


def _is_empty_clip(value: str) -> bool:
    match = _SIZES.match(value)
    if match is None:
        return False
    numbers = [float(number) for number in _NUMBER.findall(match[1][:100])]
    if len(numbers) != 4:
        return False
    top, right, bottom, left = numbers
    return abs(bottom - top) <= 1 or abs(right - left) <= 1


def _is_clamped(style: Declarations, font: float, root: float) -> bool:
    if style.get("-webkit-line-clamp", style.get("line-clamp", "none")) not in {"none", "0", "unset", "initial"}:
        return True
    hides = any(style.get(name, "").split(" ")[0] in {"hidden", "clip"} for name in ("overflow", "overflow-y"))
    if hides and "text-overflow" in style and style["text-overflow"].startswith("ellipsis"):
        return True
    most = _pixels(style.get("max-height", style.get("height", "")), font, root)
    return hides and most is not None and 1 < most <= 10 * font


def _is_moved(style: Declarations) -> bool:
    return style.get("position") in {"absolute", "fixed"} or style.get("order", "0") not in {"0", "initial", "unset"}


def _pixels(value: str, font: float, root: float) -> float | None:
    match = _LENGTH.match(value) if value and len(value) < 40 else None
    if match is None:
        return None
    number, unit = float(match[1]), match[2] or ""
    if unit in {"em", "ex", "ch"}:
        return number * font * (1 if unit == "em" else 0.5)
    if unit == "rem":
        return number * root
    if unit == "%":
        return number * 12.8 if number <= -100 or number == 0 else None
    return number * _PIXELS[unit]


def _font(style: Declarations, around: Look, partial: bool) -> float | None:
    value = style.get("font-size", "")
    if not value and "font" in style:
        sizes = [word.split("/")[0] for word in style["font"].split()]
        value = next(
            (word for word in sizes if (_LENGTH.match(word) and word[-1:].isalpha()) or word.endswith("%") or word in _NAMED_SIZES), ""
        )
    if not value:
        return None if partial else around.font
    if value in _NAMED_SIZES:
        return _NAMED_SIZES[value]
    if value in {"inherit", "unset"}:
        return around.font
    match = _LENGTH.match(value) if len(value) < 40 else None
    if match is None:
        return None
    number, unit = float(match[1]), match[2] or ""
    if number == 0:
        return 0.0
    if unit in {"em", "ex", "ch", "%"}:
        if around.font is None:
            return None
        return number * around.font * {"em": 1.0, "%": 0.01}.get(unit, 0.5)
    if unit == "rem":
        return number * around.root_font
    return number * _PIXELS[unit] if unit else around.font


def _opacity(style: Declarations) -> float:
    value = style.get("opacity", "")
    match = (
        re.match(r"(\d+\.?\d*|\.\d+)(%?)$", value[:20])
        if value
        else re.search(r"opacity\((\d+\.?\d*|\.\d+)(%?)\)", style.get("filter", "")[:200])
    )
    return min(1.0, float(match[1]) * (0.01 if match[2] else 1)) if match else 1.0


def _colour(name: str, around: Look, style: Declarations, partial: bool) -> Colour | None:
    value = style.get("-webkit-text-fill-color", style.get("color", ""))
    if value and value not in {"inherit", "unset", "currentcolor"}:
        return colour_of(value)
    if value:
        return around.colour
    if partial or name in _OWN_COLOURS:
        return None
    return (None if around.colour is None else LINK) if name == "a" else around.colour


def _ground(name: str, around: Look, style: Declarations, partial: bool) -> Colour | None:
    value = style.get("background-color", "")
    whole = style.get("background", "")
    picture = style.get("background-image", whole)
    if picture and ("url(" in picture or "gradient(" in picture or "image" in picture):
        return None
    colour = colour_of(value) if value else ground_of(whole) if whole else None
    if (
        (value or whole)
        and colour is None
        and value not in {"inherit", "unset", "initial"}
        and whole not in {"none", "0 0", "inherit", "unset"}
    ):
        return None
    if colour is not None and colour[3] >= 1:
        return colour
    if partial or name in _OWN_COLOURS or style.get("position") in {"absolute", "fixed"}:
        return None
    if colour is None:
        return around.ground
    return None if around.ground is None else over(colour, around.ground)
