"""The law of a date: before a duty is in force it asks nothing, from that day on it does."""

from __future__ import annotations

import datetime

import pytest

from compliance.model import Outcome
from compliance.readers import read_caption
from compliance.rulebook import load_rulebook

BOOK = load_rulebook()
IN_FORCE = {key: duty for key, duty in BOOK.duties.items() if duty.status in {"preview", "stable"}}


def outcome(engine, duty, example, as_of):
    """What comes out of a duty's own example on a date: for its market, or for the first market below it."""
    context = {key: value for key, value in example.context.items() if key != "as_of"}
    document = read_caption(example.text, BOOK, **context)
    for market in below(duty.jurisdiction):
        for item in engine.check(document, [market], as_of, advise=False).items:
            if item.duty == duty.id:
                return item.outcome
    return None


def below(name):
    return [name] if name in BOOK.markets else [market for market in BOOK.markets if name in parents(market)]


def parents(market):
    found = list(BOOK.jurisdictions[market].parents)
    return found + [name for parent in found for name in parents(parent)]


def problem(duty):
    """An example of a problem that is judged by the law of the day on which the duty began, or of any later day."""
    for example in duty.examples:
        if example.outcome >= Outcome.NEEDS_REVIEW:
            return example
    raise AssertionError(duty.id)


@pytest.mark.parametrize("duty_id", sorted(IN_FORCE))
def test_a_duty_asks_nothing_before_its_day_and_something_from_it(engine, duty_id):
    duty = IN_FORCE[duty_id]
    first = datetime.date.fromisoformat(duty.since)
    example = problem(duty)
    assert outcome(engine, duty, example, (first - datetime.timedelta(days=1)).isoformat()) is None
    later = outcome(engine, duty, example, first.isoformat())
    replaced = later is None and any(duty.id in other.refines for other in BOOK.duties.values())
    assert replaced or later is example.outcome
    if duty.until is not None:
        after = datetime.date.fromisoformat(duty.until) + datetime.timedelta(days=1)
        assert outcome(engine, duty, example, after.isoformat()) is None


@pytest.mark.parametrize(
    ("market", "topic", "date"),
    [
        ("nl", "ai-persona", "2026-08-02"),  # AI Act, article 50
        ("us-ny", "ai-persona", "2026-06-09"),  # synthetic performers
        ("fr", "ai-persona", "2023-06-10"),  # loi 2023-451, images virtuelles
        ("fr", "retouched", "2023-06-10"),  # the same law, images retouchées
        ("fr", "sponsorship", "2024-11-08"),  # the law as amended: equivalent mentions
        ("es", "ai-persona", "2025-10-01"),  # influencer code, second version
        ("it", "ai-persona", "2025-08-05"),  # AGCOM code, virtual influencers
        ("it", "retouched", "2025-08-05"),  # AGCOM code, filters
        ("nl", "sponsorship", "2025-06-16"),  # Media Act, makers of any size
        ("gb", "persona-claim", "2025-04-06"),  # Digital Markets, Competition and Consumers Act
        ("kr", "ai-persona", "2026-06-01"),  # virtual figures
        ("in", "ai-persona", "2021-06-14"),  # virtual influencers
        ("cn", "ai-content", "2025-09-01"),  # labelling measures
        ("us", "persona-claim", "2024-10-21"),  # fake reviews and testimonials
        ("no", "retouched", "2022-07-01"),  # retouched advertising
        ("ae", "trader", "2026-02-01"),  # advertiser permit
    ],
)
def test_the_dates_of_the_law_on_ai_and_personas(engine, market, topic, date):
    """On the day before the law of a topic begins, fewer duties speak than on the day."""
    before = (datetime.date.fromisoformat(date) - datetime.timedelta(days=1)).isoformat()

    def speaking(as_of):
        return {duty.id for duty in engine.plan([market], as_of).duties if duty.topic == topic}

    began = speaking(date) - speaking(before)
    assert began, f"no {topic} duty of {market} begins on {date}: {sorted(speaking(date))}"


@pytest.mark.parametrize(
    ("market", "text", "date", "before", "after"),
    [
        ("fr", "Collaboration rémunérée | Mes bottes de forêt @nordpunkt", "2024-11-08", "needs_review", "pass"),
        ("es", "#colab Mi domingo con la manta de @nordpunkt", "2025-10-01", "needs_review", "fail"),
        ("pl", "#współpraca Niedziela z kocem od @nordpunkt", "2022-09-26", "needs_review", "fail"),
        ("se", "#samarbete Söndag med filten från @nordpunkt", "2019-12-05", "not_applicable", "fail"),
    ],
)
def test_the_same_label_on_the_day_before_a_law_and_on_the_day(engine, market, text, date, before, after):
    document = read_caption(text, BOOK, declared={"relationship": "paid"})

    def worst(as_of):
        items = [item.outcome for item in engine.check(document, [market], as_of, advise=False).items if item.topic == "sponsorship"]
        return max(items, default=Outcome.NOT_APPLICABLE).key

    eve = (datetime.date.fromisoformat(date) - datetime.timedelta(days=1)).isoformat()
    assert (worst(eve), worst(date)) == (before, after)


def test_a_post_of_a_persona_before_and_after_the_ai_act(engine):
    document = read_caption(
        "Advertentie | Mijn ochtend met het serum van @glowlab",
        BOOK,
        declared={"persona": "synthetic", "relationship": "paid", "media": "image"},
    )
    outcomes = {
        date: {item.duty: item.outcome for item in engine.check(document, ["nl"], date, advise=False).items if item.topic == "ai-persona"}
        for date in ("2026-03-01", "2026-08-01", "2026-08-02")
    }
    assert outcomes["2026-03-01"] == {}
    assert "eu.ai-persona-label" not in outcomes["2026-08-01"]
    assert outcomes["2026-08-02"]["eu.ai-persona-label"] is Outcome.NEEDS_REVIEW
