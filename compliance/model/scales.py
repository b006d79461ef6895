"""The ordered answers: outcomes, truth in three values, gates, severities, places."""

from __future__ import annotations

from enum import Enum, IntEnum


class Keyed(IntEnum):
    """An ordered value with the name that JSON, rules and pages give it."""

    @property
    def key(self) -> str:
        """The name, in lower case."""
        return self.name.lower()


class Outcome(Keyed):
    """The verdict on one duty. Ordered: the worst wins (W3C EARL, as axe-core ranks them)."""

    NOT_APPLICABLE = 0
    PASS = 1
    NEEDS_REVIEW = 2
    FAIL = 3


class Tri(Keyed):
    """A three-valued fact."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class Gate(Keyed):
    """What a disclosure can fail on, in the order in which it is judged."""

    MISSING = 0
    OBSCURED = 1
    LANGUAGE = 2
    WORDING = 3
    PLACEMENT = 4


class Severity(Keyed):
    """How much harm a breach does (axe-core's words)."""

    MINOR = 0
    MODERATE = 1
    SERIOUS = 2
    CRITICAL = 3


class Place(Enum):
    """Where a disclosure stands, best first."""

    PLATFORM = "platform"
    LEAD = "lead"
    BEFORE_FOLD = "before_fold"
    NEAR_FOLD = "near_fold"
    HASHTAG_RUN = "hashtag_run"
    AFTER_LINK = "after_link"
    AFTER_FOLD = "after_fold"
    OTHER_SEGMENT = "other_segment"
    HIDDEN = "hidden"
