"""The checklist as the page shows it, as plain data: for programs that show it elsewhere with the same words and grouping."""

from __future__ import annotations

from typing import Any

from compliance.model import Checklist, Outcome
from compliance.reports.html import words_in
from compliance.reports.view import Group, view_of

HEADLINES = {
    Outcome.FAIL: "Something here fails.",
    Outcome.NEEDS_REVIEW: "A person should look at this.",
    Outcome.PASS: "No problem found in what was given.",
    Outcome.NOT_APPLICABLE: "Nothing to judge was found in what was given.",
}
"""What a checklist says first, by its outcome."""

WORDS = {
    "fix": "Corrected caption",
    "fix_if": "If this is an ad, post this",
    "fix_note": "It adds a label at the front and changes nothing else. It has been checked again.",
    "cured": "Cured by the corrected caption",
    "insert": "Insert",
    "inserted": "Inserted. Undo takes it back.",
    "not_inserted": "The field did not take it. Copy it instead.",
    "copy": "Copy",
    "copied": "Copied",
    "to_do": "To do",
    "this_post": "this post",
    "law": "Law",
    "law_of": "law",
    "not_seen": "Not seen",
    "judged_by": "The text was judged by",
    "not_sent": "Not sent: something here fails.",
}
"""What a program that shows a checklist has to say around it."""


def shown(checklist: Checklist) -> dict[str, Any]:
    """Headline, counts and groups of a checklist with their display names, in its interface language; worst first."""
    view = view_of(checklist)
    names = checklist.names
    translate = words_in(checklist.language)
    return {
        "outcome": view.outcome.key,
        "headline": translate(HEADLINES[view.outcome]),
        "counts": [{"outcome": key, "name": names.get(f"outcome.{key}", key), "count": count} for key, count in view.counts.items()],
        "groups": [_group(group, checklist) for group in view.groups],
        "judged_on": [names.get(f"segment.{key}", key) for key in checklist.judged_on],
        "not_seen": [names.get(f"segment.{key}", key) for key in checklist.not_seen],
        "markets": [names.get(f"jurisdiction.{key}", key) for key in checklist.reach],
        "words": {key: translate(text) for key, text in WORDS.items()},
    }


def _group(group: Group, checklist: Checklist) -> dict[str, Any]:
    names = checklist.names
    return {
        "outcome": group.outcome.key,
        "topic": group.topic,
        "gate": group.gate,
        "markets": list(group.markets),
        "quotes": [{"text": quote.text, "says": quote.says} for quote in group.quotes],
        "entries": [
            {
                "duty": entry.duty,
                "market": entry.market,
                "title": entry.title,
                "message": entry.message,
                "advice": entry.advice,
                **({"set_aside": entry.aside} if entry.aside else {}),
                "certainty": names.get(f"certainty.{entry.certainty}", entry.certainty),
                "law": [
                    {"cite": law.cite, "url": law.url, "certainty": names.get(f"certainty.{law.certainty}", law.certainty)}
                    for law in entry.law
                ],
            }
            for entry in group.entries
        ],
        "is_cured": group.is_cured,
    }
