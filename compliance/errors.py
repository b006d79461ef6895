"""The errors that a caller can cause. Each names the place, says what is wrong, and how to cure it.

The exit code and the HTTP status sit on the class, so that the command line and the API cannot disagree.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AdcheckError(Exception):
    """Base of every error that Adcheck raises on purpose.

    Attributes:
        message: what is wrong, in one sentence.
        hint: what to do about it.
        where: the place: a JSON pointer (`/reach/1`), `file:line`, or a rule id.
    """

    exit_code = 2
    http_status = 422

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        stop = "" if self.message.endswith((".", "!", "?", "…", ":")) else "."
        cure = f"{stop} {self.hint}" if self.hint else ""
        return f"{place}{self.message}{cure}"

    def to_dict(self) -> dict[str, str]:
        """The error as the API lists it: `{where, message, hint}`."""
        return {"where": self.where, "message": self.message, "hint": self.hint}


class InputError(AdcheckError):
    """The input has a wrong value: an unknown market, an empty text, a bad date."""


class NotJsonError(InputError):
    """The request body or a JSONL line is not JSON."""

    http_status = 400


class NoPostError(InputError):
    """The file can be read and holds no post; no mistake where a whole folder is searched."""


class TooBigError(InputError):
    """The input is larger than Adcheck reads."""

    http_status = 413


class MediaTypeError(InputError):
    """The request body has a type that the API does not take."""

    http_status = 415


class RuleError(AdcheckError):
    """A rule file is wrong: typo, missing source, dead link to a label."""

    http_status = 500


def nearest(name: str, known: Iterable[str], others: str = "") -> str:
    """A hint for a name that is not known: the nearest of `known`; where none is near, `others`, or the first forty of them.

    >>> nearest("instagarm", ["instagram", "x"]), nearest("q", ["instagram", "x"])
    ("Did you mean 'instagram'?", 'Known: instagram, x.')
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, 1)
    return f"Did you mean {close[0]!r}?" if close else others or f"Known: {', '.join(names[:40])}."
