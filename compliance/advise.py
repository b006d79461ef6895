"""The smallest fix: the fewest labels, in one leading block, that cure every duty that failed for want of a label.

It is applied and judged again before it is offered, and nothing else in the text changes.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

from compliance.evaluate import Verdict
from compliance.model import Fix, Outcome
from compliance.rulebook import Rulebook
from compliance.rules import Duty

_MOST_LABELS = 4
_MOST_CANDIDATES = 12
_MOST_CHOICES = 60


def smallest_fix(
    verdicts: Sequence[Verdict], text: str, rulebook: Rulebook, rejudge: Callable[[str], Sequence[Verdict]], spoken: str | None
) -> Fix | None:
    """The corrected text, or None where no label can cure what failed.

    `rejudge` judges a changed text in the same circumstances; `spoken` is the language of the post. Where nothing fails but an open question would fail if answered with yes,
    the fix is offered for that case (`only_if`).
    """
    open_verdicts = [verdict for verdict in verdicts if verdict.outcome is Outcome.FAIL and verdict.duty.disclosure is not None]
    only_if: str | None = None
    if not open_verdicts:
        open_verdicts = [
            verdict
            for verdict in verdicts
            if verdict.outcome is Outcome.NEEDS_REVIEW and verdict.duty.disclosure is not None and verdict.gate is not None
        ]
        if not open_verdicts:
            return None
        reason = open_verdicts[0].reason or ""
        only_if = reason.removeprefix("uncertain:") if reason.startswith("uncertain:") else None
    wanted = {verdict.duty.id for verdict in open_verdicts}
    for labels in _choices(tuple(verdict.duty for verdict in open_verdicts), rulebook, spoken):
        insert = _block(labels, text, rulebook)
        after = {verdict.duty.id: verdict.outcome for verdict in rejudge(insert + text)}
        if all(after.get(duty) is Outcome.PASS for duty in wanted) and _no_worse(verdicts, after):
            return Fix(insert + text, insert, tuple(labels), tuple(sorted(wanted)), only_if)
    return None


def _no_worse(before: Sequence[Verdict], after: dict[str, Outcome]) -> bool:
    """No item may become worse by the fix, but that a question becomes a duty fulfilled."""
    return all(
        after.get(verdict.duty.id, Outcome.NOT_APPLICABLE) <= max(verdict.outcome, Outcome.PASS) or verdict.outcome is Outcome.NEEDS_REVIEW
        for verdict in before
    )


@functools.lru_cache(maxsize=4096)
def _choices(duties: tuple[Duty, ...], rulebook: Rulebook, spoken: str | None) -> tuple[tuple[str, ...], ...]:
    """Sets of labels that might cure all `duties`, fewest first, each duty's own proposal before others."""
    taken = [
        {label for label, rows in duty.rows.items() if any(row.verdict in {"accepted", "qualified"} for row in rows)} for duty in duties
    ]
    preferred = list(dict.fromkeys(_proposal(duty, rulebook, spoken) for duty in duties))
    count = {label: sum(label in labels for labels in taken) for labels in taken for label in labels if not label.startswith("platform.")}
    shared = sorted(
        (label for label, times in count.items() if times > 1 and label not in preferred),
        key=lambda label: (-count[label], rulebook.entries[label].language != spoken, label),
    )
    candidates = [*preferred, *shared][:_MOST_CANDIDATES]
    sizes = range(1, min(len(candidates), _MOST_LABELS) + 1)
    sets = (
        labels
        for size in sizes
        for labels in itertools.combinations(candidates, size)
        if all(accepted.intersection(labels) for accepted in taken)
    )
    choices = tuple(itertools.islice(sets, _MOST_CHOICES))
    return (*choices, tuple(preferred)) if len(preferred) > _MOST_LABELS else choices


def _proposal(duty: Duty, rulebook: Rulebook, spoken: str | None) -> str:
    """The label that a duty proposes: in a market of several languages, one in the language of the post where it accepts one."""
    own = duty.fix_label or ""
    languages = rulebook.jurisdictions[duty.jurisdiction].languages
    if spoken is None or rulebook.entries[own].language == spoken or (languages and spoken not in languages):
        return own
    for verdict in ("accepted", "qualified"):
        for label, rows in duty.rows.items():
            if rulebook.entries[label].language == spoken and any(
                row.verdict == verdict and not row.connection and not row.needs for row in rows
            ):
                return label
    return own


def _block(labels: Sequence[str], text: str, rulebook: Rulebook) -> str:
    """The labels as one leading block: `Advertentie / Werbung: `. Sponsorship before AI; a line of its own before a text that starts with one."""
    order = {"sponsorship": 0, "ai_persona": 1, "ai_content": 2, "retouched": 3}
    ordered = sorted(labels, key=lambda label: order[rulebook.entries[label].means or "sponsorship"])
    groups = [list(group) for _, group in itertools.groupby(ordered, key=lambda label: rulebook.entries[label].means)]
    words = " | ".join(" / ".join(rulebook.entries[label].text for label in group) for group in groups)
    return words + (" | " if text.lstrip()[:1] in {"|", ":"} or not text.strip() else ": ")
