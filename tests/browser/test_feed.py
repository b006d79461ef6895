"""The feed view in both browsers: badges, counts, and the checked posts as evidence; with 500 posts too."""

from __future__ import annotations

import json
import re
import time


def records(page):
    """The lines of the evidence that the panel saves."""
    return [json.loads(line) for line in page.saved(page.button("Save evidence").click).splitlines()]


def test_the_feed_view_marks_counts_and_exports(browser):
    page = browser.open("www.instagram.com/")
    before = page.trace()
    browser.command(page, "feed", ".feed")
    assert page.part(".feed h2").texts() == ["Posts checked: 12"]
    assert page.part(".feed .count").texts()[0].split()[0] == "3"
    assert page.part(".badge:not([hidden])").count() >= 4
    page.evaluate("scrollTo(0, 400)")
    page.until("""(() => {
      const tops = (elements) => [...elements].map((one) => one.getBoundingClientRect().top);
      const badges = tops(document.querySelector("[data-adcheck]").shadowRoot.querySelectorAll(".badge:not([hidden])"));
      const post = tops(document.querySelectorAll("article")).find((top) => top > 20);
      return badges.some((badge) => Math.abs(badge - post) <= 10);
    })()""")
    saved = records(page)
    assert len(saved) == 12
    first = saved[0]
    assert first["url"].startswith(browser.url("www.instagram.com/p/"))
    assert first["author"] == "maker0"
    assert first["outcome"] == "fail"
    assert first["posted"] == "2026-11-20T10:00:00Z"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", first["rulebook"]["digest"])
    page.part(".badge-fail:not([hidden])").click()
    page.part(".summary-fail").shown()
    page.press("Escape")
    page.part(".adcheck-panel").gone()
    assert page.trace() == before


def test_a_feed_of_500_posts(browser, record_property):
    page = browser.open("www.instagram.com/feed500/")
    before = page.trace()
    started = time.perf_counter()
    browser.command(page, "feed", ".feed")
    took = time.perf_counter() - started
    assert page.part(".feed h2").texts() == ["Posts checked: 500"]
    frame = page.evaluate("""(async () => {
      const times = [];
      for (let y = 0; y < 3000; y += 150) {
        scrollTo(0, y);
        const at = performance.now();
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - at);
      }
      return times.sort((a, b) => a - b)[10];
    })()""")
    record_property("feed of 500, s", took)
    record_property("frame while scrolling, ms", frame)
    print(f"{browser.name}: 500 posts {took:.2f} s, a frame while scrolling {frame:.1f} ms")
    if browser.name == "chromium":
        assert took < 20
        assert frame < 100
    saved = records(page)
    assert len(saved) == 500
    assert {record["outcome"] for record in saved} == {"fail", "pass", "not_applicable"}
    page.evaluate("scrollTo(0, 0)")
    page.button("Close").click()
    page.part(".adcheck-panel").gone()
    assert page.trace() == before
