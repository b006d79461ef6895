"""Setting aside with a reason: in the extension, in the file that it writes, and by the command line that reads it; and putting a fix in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import expect
from sites import AD

from compliance.cli import main

OTHER = "Mijn favoriete jas van @jasmerk! Met code NOOR10 krijg je 10% korting"
SIGN = "[role=complementary][aria-label=Adcheck] button"
POST = "www.instagram.com/p/ad/"


@pytest.fixture
def browser(located):
    return located


def ignore(panel, scope="once", until=""):
    """Sets the first open item aside."""
    button = panel.get_by_role("button", name="Ignore with a reason")
    left = button.count()
    button.first.click()
    form = panel.locator(".reason")
    form.locator(f"input[value={scope}]").check()
    form.get_by_role("button", name="Ignore with a reason").click()
    expect(form).to_be_visible()  # without a reason nothing is set aside
    form.get_by_label("Reason").fill("agreed with legal")
    form.get_by_label("Until (optional)").fill(until)
    form.get_by_role("button", name="Ignore with a reason").click()
    expect(button).to_have_count(left - 1)


def ignore_all(panel, **how):
    """Sets aside whatever is open, one item after the other."""
    button = panel.get_by_role("button", name="Ignore with a reason")
    expect(button.first).to_be_visible()
    while button.count():
        ignore(panel, **how)


def export(browser, folder: Path):
    """The suppression file, as the settings write it into a folder; its content."""
    settings = browser.extension_page("options.html")
    with settings.expect_download() as started:
        settings.get_by_role("button", name="Save as a suppression file").click()
    assert started.value.suggested_filename == "adcheck-suppressions.json"
    started.value.save_as(folder / "adcheck-suppressions.json")
    settings.close()
    return json.loads((folder / "adcheck-suppressions.json").read_text(encoding="utf-8"))


def judged(text: str, *options: str):
    """What `adcheck check` says of a caption from a campaign file, in a folder with a suppression file."""
    Path("post.md").write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["check", "post.md", "-r", "nl", "-p", "instagram", *options])


def counted(panel):
    return [" ".join(text.split()) for text in panel.locator(".summary .counts li").all_inner_texts()]


@pytest.mark.parametrize(
    ("scope", "keys", "honoured", "not_honoured"),
    [
        ("once", {"text"}, f"  {AD.replace(' ', '  ', 1)}\n", OTHER),
        ("campaign", {"campaign"}, f"---\ncampaign: Spring\n---\n{OTHER}\n", f"---\ncampaign: Summer\n---\n{OTHER}\n"),
        ("rule", set(), OTHER, None),
    ],
    ids=["once", "campaign", "rule"],
)
def test_what_is_ignored_in_the_browser_is_honoured_by_the_command_line(
    browser, tmp_path, monkeypatch, scope, keys, honoured, not_honoured
):
    monkeypatch.chdir(tmp_path)
    browser.configure(campaign="spring")
    page = browser.open(POST)
    panel = browser.run(page, wait=".summary-fail")
    before = counted(panel)
    ignore_all(panel, scope=scope, until="2999-12-31" if scope == "once" else "")
    aside = panel.locator(".fold-aside")
    expect(aside.get_by_text("Set aside: agreed with legal").first).to_be_visible()
    expect(panel.locator(".summary-fail, .summary-needs_review, .fix")).to_have_count(0)
    assert "fail" not in browser.marked(page)
    saved = export(browser, tmp_path)
    assert saved["version"] == 1
    for entry in saved["suppressions"]:
        assert entry.keys() - {"until"} == {"rule", "reason", "made", *keys}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["made"])
    done = judged(honoured, "--strict", "-f", "html")
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr
    told = re.findall(r'<li class="count[^"]*"><b>(\d+)</b> ([^<]+)</li>', done.stdout)
    assert [f"{number} {name}" for number, name in told] == counted(panel)  # the panel counts as the report does
    assert "Set aside:</b> agreed with legal" in done.stdout
    if not_honoured is not None:
        assert judged(not_honoured).exit_code == 1
    page.bring_to_front()
    while (undo := panel.get_by_role("button", name="Undo")).count():
        left = undo.count()
        undo.first.click()
        expect(undo).to_have_count(left - 1)
    assert counted(panel) == before
    assert browser.marked(page)["fail"] == ["Met code LISA15"]


def test_an_end_that_is_past_holds_no_more_and_the_settings_say_so(browser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = browser.open(POST)
    panel = browser.run(page, wait=".summary-fail")
    ignore_all(panel, scope="rule", until="2999-12-31")
    browser.worker.evaluate("""async () => { const { suppressions } = await chrome.storage.local.get("suppressions");
        await chrome.storage.local.set({ suppressions: suppressions.map((entry) => ({ ...entry, until: "2026-01-31" })) }); }""")
    expect(panel.locator(".summary-fail")).to_be_visible()
    expect(panel.locator(".fold-aside")).to_have_count(0)
    settings = browser.extension_page("options.html")
    expect(settings.locator("#suppressions li").first).to_contain_text("ran out on 2026-01-31")
    export(browser, tmp_path)
    done = judged(AD)
    assert done.exit_code == 1
    assert "ran out on 2026-01-31" in done.stderr


def test_the_saved_report_and_json_tell_what_is_set_aside(browser):
    page = browser.open(POST)
    panel = browser.run(page, wait=".summary-fail")
    ignore_all(panel)
    with page.expect_download() as started:
        panel.get_by_role("button", name="Save report").click()
    report = started.value.path().read_text(encoding="utf-8")
    assert "Set aside:</b> agreed with legal" in report
    assert "summary-fail" not in report.split("<body", 1)[1]
    with page.expect_download() as started:
        panel.get_by_role("button", name="Save JSON").click()
    saved = json.loads(started.value.path().read_text(encoding="utf-8"))
    notes = [item["suppression"] for item in saved["items"] if item["outcome"] in {"fail", "needs_review"}]
    assert {note["reason"] for note in notes} == {"agreed with legal"}
    assert browser.worker.evaluate("async (tabId) => chrome.action.getTitle({ tabId })", browser.tab(page)) == "Adcheck: No problem found"


def test_a_feed_counts_without_what_is_set_aside_and_its_badges_tell_their_words_by_key(browser):
    page = browser.open("www.instagram.com/")
    before = page.evaluate("document.documentElement.outerHTML")
    panel = browser.run(page, "feed", ".feed")
    badge = page.locator("[data-adcheck] .badge-fail:visible").first
    cue = badge.locator(".badge-cue")
    expect(cue).to_be_hidden()
    badge.evaluate("badge => badge.focus({ focusVisible: true })")
    expect(cue).to_be_visible()
    expect(cue).to_contain_text("“Met code LISA15” offers a personal discount code")
    expect(badge).to_have_accessible_name("Fix this")
    expect(badge).to_have_accessible_description(re.compile("Met code LISA15"))
    found = Axe().run(page, context={"include": [["[data-adcheck]"]]})
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Escape")
    expect(cue).to_be_hidden()
    expect(panel).to_be_visible()
    count = page.locator("[data-adcheck] .badge-fail").count()
    page.keyboard.press("Enter")
    ignore_all(panel)
    expect(page.locator("[data-adcheck] .badge-fail")).to_have_count(count - 1)
    panel.get_by_role("button", name="Undo").first.click()
    expect(page.locator("[data-adcheck] .badge-fail")).to_have_count(count)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)
    assert page.evaluate("document.documentElement.outerHTML") == before


def test_the_evidence_of_a_feed_speaks_the_language_of_the_browser(browser):
    browser.worker.evaluate("() => { chrome.i18n.getUILanguage = () => 'nl-NL'; }")
    try:
        page = browser.open("www.instagram.com/")
        panel = browser.run(page, "feed", ".feed")
        with page.expect_download() as started:
            panel.get_by_role("button", name="Save evidence").click()
        first = json.loads(started.value.path().read_text(encoding="utf-8").splitlines()[0])
        assert {item["message"].split()[0] for item in first["checklist"]["items"] if item["duty"] == "nl.ad-label"} == {"Nergens"}
    finally:
        browser.worker.evaluate("() => { chrome.i18n.getUILanguage = () => 'en-GB'; }")


def test_of_a_profile_each_post_is_set_aside_by_itself(browser):
    page = browser.open("www.instagram.com/nova.example/")
    panel = browser.run(page, "profile")
    whole, first, second = panel.locator(".summary").all()
    assert panel.locator(".items").nth(0).get_by_role("button", name="Ignore with a reason").count() == 0
    for post, left in ((first, "needs_review"), (second, "not_applicable")):
        expect(post).to_have_class("summary summary-needs_review")
        ignore(panel)
        expect(post).to_have_class("summary summary-not_applicable")
        expect(whole).to_have_class(f"summary summary-{left}")
    expect(panel.locator(".items").nth(0).locator(".fold-aside")).to_be_visible()


def test_the_live_sign_follows_what_is_set_aside(browser):
    page = browser.open("strict.example/write")
    browser.worker.evaluate("() => switchLive('https://strict.example', true)")
    try:
        page.fill("#draft", AD)
        sign = page.locator(SIGN)
        expect(sign).to_contain_text("Fix this")
        sign.click()
        ignore_all(page.locator("[data-adcheck] .adcheck-panel"))
        expect(sign).not_to_contain_text("Fix this")
        page.fill("#draft", OTHER)
        expect(sign).to_contain_text("Fix this")
    finally:
        browser.worker.evaluate("() => switchLive('https://strict.example', false)")


@pytest.mark.parametrize(("field", "is_open"), [("#draft", False), ("#rich", True)])
def test_the_side_panel_puts_the_fix_into_the_editor_and_undo_takes_it_back(browser, field, is_open):
    page = browser.open("strict.example/write")
    page.locator(field).click()
    page.keyboard.insert_text(AD)
    panel = browser.run(page, wait=".fix")
    expect(panel.get_by_role("button", name="Put it in")).to_be_visible()
    if not is_open:  # the side panel alone
        panel.get_by_role("button", name="Close").click()
    side = browser.extension_page(f"panel.html?tab={browser.tab(page)}")
    side.get_by_role("button", name="Put it in").click()
    expect(side.locator(".hint").first).to_have_text("Put in; undo takes it back.")
    expect(side.locator(".summary-pass")).to_be_visible()
    expect(panel.locator(".summary-pass")).to_have_count(int(is_open))
    words = "field => field.value ?? field.innerText"
    assert page.locator(field).evaluate(words) == browser.last(page)["body"]["text"] != AD
    page.bring_to_front()
    page.locator(field).press("Control+z")
    assert page.locator(field).evaluate(words) == AD
    browser.run(page, wait=".fix")
    page.locator(field).evaluate("field => field.remove()")
    side.bring_to_front()
    side.get_by_role("button", name="Put it in").click()
    expect(side.locator(".fix")).to_contain_text("The field is no longer on the page.")


def test_a_text_that_was_changed_meanwhile_is_left_alone(browser):
    page = browser.open("strict.example/write")
    page.fill("#draft", AD)
    panel = browser.run(page, wait=".fix")
    page.fill("#draft", OTHER)
    panel.get_by_role("button", name="Put it in").click()
    expect(panel.locator(".fix")).to_contain_text("The text has changed since")
    expect(page.locator("#draft")).to_have_value(OTHER)
