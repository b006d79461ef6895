"""The switches of a scheduled post against its words and what was declared: paid content whose label is left off, a label on what is said
to be no ad or by another connection, AI content whose label is left off. Each is an item for a person; none is a breach by itself. Whether a
label that is on suffices without words is for each market's duties to judge."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.model import Document, Fact, Mark, Signal, Tri, Witness

Contradictions = list[tuple[str, tuple[Witness, ...]]]


def switch_contradictions(document: Document, signals: Sequence[Signal], values: dict[str, Fact], found: Contradictions) -> None:
    """Adds to `found` what a payload's switches contradict; a denial that a switch contradicts becomes unknown in `values`."""
    switches = [mark for mark in document.marks if mark.source == "payload"]
    if not switches:
        return
    declared = document.declared
    on = {
        means: [mark for mark in switches if mark.means == means and mark.value == "on"]
        for means in ("sponsor", "ai_content", "ai_persona")
    }
    off = {means: [mark for mark in switches if mark.means == means and mark.value == "off"] for means in on}

    def said(name: str) -> tuple[Witness, ...]:
        value = getattr(declared, name)
        return () if value is None else (Witness("declared", name, note=str(value).lower()),)

    if off["sponsor"] and not on["sponsor"]:
        if declared.platform_label:
            found.append(("platform_label", (*_shown(off["sponsor"]), *said("platform_label"))))
        elif values["commercial"].value is Tri.YES:
            found.append(("platform_label", (*_shown(off["sponsor"]), *values["commercial"].witnesses)))
    denials = tuple(
        Witness("text", signal.id, signal.span) for signal in signals if signal.kind == "no_connection" and signal.effect is None
    )
    if on["sponsor"] and declared.relationship != "none" and (denials or declared.platform_label is False):
        found.append(("platform_label_on", (*_shown(on["sponsor"]), *denials, *(said("platform_label") if not denials else ()))))
    stated = {mark.connection for mark in on["sponsor"]}
    if len(stated) == 1 and None not in stated and declared.relationship not in {None, "none", *stated}:
        found.append(("connection", (*_shown(on["sponsor"]), *said("relationship"))))
    if off["ai_content"] and not on["ai_content"]:
        if declared.ai_label:
            found.append(("ai_label", (*_shown(off["ai_content"]), *said("ai_label"))))
        elif values["ai_content"].value is Tri.YES:
            found.append(("ai_label", (*_shown(off["ai_content"]), *values["ai_content"].witnesses)))
    for means, name, denial in (("ai_content", "ai_content", "none"), ("ai_persona", "persona", "human")):
        if on[means] and getattr(declared, name) == denial and values[means].value is Tri.NO:
            witnesses = (*said(name), *_shown(on[means]))
            found.append((name, witnesses))
            values[means] = Fact(Tri.UNKNOWN, witnesses)


def _shown(marks: Sequence[Mark]) -> tuple[Witness, ...]:
    return tuple(Witness("mark", mark.id, note=f"{mark.name} = {mark.value}") for mark in marks)
