"""The table, the gates, reach and date, and the promises that hold for any post."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import check
from compliance.evaluate import TABLE, plan_for
from compliance.model import Outcome, Tri
from compliance.reports.json import to_dict

AS_OF = "2026-11-23"
NL_DRAFT = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"


def test_the_nine_cells():
    for applies, requires in itertools.product(Tri, Tri):
        outcome = TABLE[applies, requires]
        if applies is Tri.NO:
            assert outcome is Outcome.NOT_APPLICABLE
        elif requires is Tri.YES:
            assert outcome is Outcome.PASS
        else:
            assert outcome is (Outcome.FAIL if (applies, requires) == (Tri.YES, Tri.NO) else Outcome.NEEDS_REVIEW)


@given(st.permutations(["nl", "de", "be", "fr", "gb", "us", "us-ny"]))
def test_the_order_of_reach_changes_no_byte(order):
    first = json.dumps(to_dict(check(text=NL_DRAFT, reach=["nl", "de", "be", "fr", "gb", "us", "us-ny"], as_of=AS_OF)))
    assert json.dumps(to_dict(check(text=NL_DRAFT, reach=order, as_of=AS_OF))) == first


def test_the_same_input_gives_the_same_bytes():
    texts = [NL_DRAFT, "#ad", "Zondag naar het bos"]
    for text in texts:
        assert json.dumps(to_dict(check(text=text, reach=["nl", "us"], as_of=AS_OF))) == json.dumps(
            to_dict(check(text=text, reach=["nl", "us"], as_of=AS_OF))
        )


def outcomes(text, reach, **more):
    return {item.duty: item.outcome for item in check(text=text, reach=reach, as_of=AS_OF, **more).items}


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.sampled_from(["nl", "de", "gb", "us"]))
def test_an_accepted_leading_label_never_makes_the_ad_label_worse(text, market):
    if not text.strip():
        return
    label = {"nl": "Advertentie: ", "de": "Anzeige: ", "gb": "Ad: ", "us": "Ad: "}[market]
    duty = f"{market}.ad-label"
    before = outcomes("x " + text, [market], declared={"relationship": "paid"})[duty]
    after = outcomes(label + "x " + text, [market], declared={"relationship": "paid"})[duty]
    assert after <= before


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="#@"), min_size=1, max_size=60),
    st.sampled_from(["nl", "de", "fr", "gb", "us", "be", "us-ny"]),
)
def test_text_of_no_words_never_fails(text, market):
    """Characters at random say nothing: nothing may fail on them."""
    if not text.strip("\x00 \t\r\n\u200b\ufeff"):
        return
    assert check(text=text, reach=[market], as_of=AS_OF).outcome < Outcome.FAIL


def test_memory_and_fresh_judgement_agree(engine):
    """Verdicts remembered by fact shape are those of a plan without memory."""
    from compliance.evaluate import evaluate, judge
    from compliance.readers import read_caption

    plan = plan_for(engine.rulebook, ("nl", "de", "gb"), AS_OF)
    for text in [NL_DRAFT, "Werbung | Code ANNA20", "#gifted by @glowlab", "Zondag", "#ad"] * 2:
        _, facts, verdicts = engine.judge(read_caption(text, engine.rulebook), plan)
        assert verdicts == tuple(judge(duty, facts, plan.languages[duty.id]) for duty in plan.duties)
        assert evaluate(facts, plan) == verdicts


@pytest.mark.parametrize("reach", [["nl"], ["de"], ["nl", "de"], ["nl", "de", "be", "fr"], ["gb", "us"], ["nl", "de", "fr", "gb", "us"]])
def test_the_fix_cures_and_changes_nothing_else(reach):
    before = check(text=NL_DRAFT, reach=reach, as_of=AS_OF)
    assert before.outcome is Outcome.FAIL
    assert before.fix is not None
    assert before.fix.text == before.fix.insert + NL_DRAFT
    assert "\n" not in before.fix.insert
    after = {item.duty: item.outcome for item in check(text=before.fix.text, reach=reach, as_of=AS_OF).items}
    failed = [item.duty for item in before.items if item.outcome is Outcome.FAIL and item.gate is not None]
    assert failed
    assert set(failed) <= set(before.fix.cures)
    assert all(after[duty] is Outcome.PASS for duty in failed)


def test_the_fix_is_the_fewest_labels():
    assert len(check(text=NL_DRAFT, reach=["nl"], as_of=AS_OF).fix.labels) == 1
    assert len(check(text=NL_DRAFT, reach=["nl", "de"], as_of=AS_OF).fix.labels) == 2


def test_gates_speak_of_the_nearest_miss():
    def gate(text, market="de", **more):
        item = next(i for i in check(text=text, reach=[market], as_of=AS_OF, **more).items if i.duty == f"{market}.ad-label")
        return item.outcome.key, item.gate.key if item.gate is not None else None

    long = "Mein Morgen war wunderbar, die Sonne schien und der Kaffee war stark. " * 8
    assert gate("Mein Serum! Mit Code ANNA20 spart ihr") == ("fail", "missing")
    assert gate("W\u200berbung | Mein Serum! Mit Code ANNA20 spart ihr") == ("fail", "obscured")
    assert gate("Anzeige | Mein Serum! Mit Code ANNA20 spart ihr") == ("pass", None)
    assert gate(long + "Mit Code ANNA20 spart ihr. #werbung", platform="instagram")[1] == "placement"


def test_dates_select_the_law():
    old = {item.duty for item in check(text=NL_DRAFT, reach=["us-ny"], as_of="2026-06-08").items}
    new = {item.duty for item in check(text=NL_DRAFT, reach=["us-ny"], as_of="2026-06-10").items}
    assert new - old, "New York's synthetic performer law enters into force on 9 June 2026"
    assert any(duty.startswith("us-ny.") for duty in new - old)


def test_every_review_gives_a_reason():
    texts = [NL_DRAFT, "#collab met @glowlab", "In samenwerking met @glowlab mijn nieuwe jas", "Link in bio! @glowlab", "#partner @glowlab"]
    for text in texts:
        for declared in ({}, {"relationship": "paid"}, {"persona": "synthetic", "relationship": "paid"}, {"ai_content": "generated"}):
            for item in check(text=text, reach=["nl", "be", "de", "fr", "gb", "us", "us-ny"], declared=declared, as_of=AS_OF).items:
                if item.outcome is Outcome.NEEDS_REVIEW:
                    assert item.reason, (item.duty, text)


def test_a_declaration_that_the_text_contradicts_is_an_item():
    result = check(text="Reclame | Met code LISA15 krijg je korting", reach=["nl"], declared={"relationship": "none"}, as_of=AS_OF)
    [item] = [item for item in result.items if item.jurisdiction == "declared"]
    assert item.outcome is Outcome.NEEDS_REVIEW
    assert item.reason == "contradicted:relationship"
    assert result.outcome < Outcome.FAIL


def test_a_persona_is_never_guessed_but_asked():
    quiet = check(text="I tried this serum and my skin healed", reach=["us"], as_of=AS_OF)
    assert quiet.facts.values["ai_persona"].value is Tri.NO


def test_a_label_does_not_cure_a_persona_s_experience():
    result = check(
        text="#ad AI-generated persona | I've been using this serum for three weeks and my skin cleared up",
        reach=["us"],
        declared={"persona": "synthetic", "relationship": "paid"},
        as_of=AS_OF,
    )
    assert "us.persona-experience-claim" in {item.duty for item in result.items if item.outcome is Outcome.FAIL}


def test_what_the_platform_may_have_shown_is_asked_for_and_not_failed():
    text = "Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting"
    draft = {i.duty: i for i in check(text=text, reach=["nl"], as_of=AS_OF).items}
    pasted = {i.duty: i for i in check(text=text, reach=["nl"], as_of=AS_OF, complete=False).items}
    assert draft["nl.ad-label"].outcome is Outcome.FAIL
    assert pasted["nl.ad-label"].outcome is Outcome.NEEDS_REVIEW
    assert pasted["nl.ad-label"].reason == "unseen:platform_label"
    labelled = {i.duty: i for i in check(text=text, reach=["nl"], as_of=AS_OF, complete=False, declared={"platform_label": True}).items}
    assert labelled["nl.ad-label"].outcome is Outcome.PASS
