"""Every noun of Adcheck, frozen. Logic lives elsewhere; these types only carry what one stage hands to the next.

All offsets are code points in `Segment.text`, half-open.
"""

from compliance.model.checklist import INTERFACES, Checklist, Fix, Item, LawRef, Profile, Suppression
from compliance.model.document import (
    HIDDEN_BY,
    SOURCE_ONLY,
    WEAKENED_BY,
    Declaration,
    Document,
    Link,
    Mark,
    Origin,
    Outline,
    Segment,
    Stretch,
)
from compliance.model.facts import Disclosure, Fact, Facts, Signal, Span, Witness
from compliance.model.scales import Gate, Keyed, Outcome, Place, Severity, Tri

__all__ = [
    "HIDDEN_BY",
    "INTERFACES",
    "SOURCE_ONLY",
    "WEAKENED_BY",
    "Checklist",
    "Declaration",
    "Disclosure",
    "Document",
    "Fact",
    "Facts",
    "Fix",
    "Gate",
    "Item",
    "Keyed",
    "LawRef",
    "Link",
    "Mark",
    "Origin",
    "Outcome",
    "Outline",
    "Place",
    "Profile",
    "Segment",
    "Severity",
    "Signal",
    "Span",
    "Stretch",
    "Suppression",
    "Tri",
    "Witness",
]
