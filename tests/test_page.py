"""The page in a real browser. Fails, and is never skipped, where there is no Chromium."""

from __future__ import annotations

import re
import shutil
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from compliance.web import create_app

DRAFT = "Dol op mijn nieuwe serum van @glowlab! Met code LISA15 krijg je 15% korting"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGES = [
    "/",
    "/rules",
    "/rules/nl.ad-label",
    "/rules/us.persona-experience-claim",
    "/labels?market=nl",
    "/markets/nl",
    "/platforms",
    "/about",
    "/nothing-here",
]


class Quiet(WSGIRequestHandler):
    """No access log."""

    def log_request(self, code="-", size="-"):
        pass


@pytest.fixture(scope="module")
def address():
    server = make_server("127.0.0.1", 0, create_app(), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    assert path, "the browser tests need Chromium: make browser"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser, address):
    opened = []

    def open_(path="/", **options):
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
        page = context.new_page()
        page.problems = []
        page.on("console", lambda message: page.problems.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "request",
            lambda request: page.problems.append(request.url) if not request.url.startswith((address, "blob:", "data:")) else None,
        )
        page.goto(address + path)
        opened.append((context, page))
        return page

    yield open_
    for context, page in opened:
        strange = [
            problem
            for problem in page.problems
            if "404" not in problem and "422" not in problem and "ERR_CONNECTION" not in problem and "ERR_FAILED" not in problem
        ]
        context.close()
        assert strange == [], "console errors, or a request that leaves this machine"


def write(page, text=DRAFT):
    page.fill("#text", text)


def test_the_checklist_comes_while_typing(open_page):
    page = open_page()
    page.locator("#text").press_sequentially("Met code LISA15 krijg je 15% korting", delay=5)
    expect(page.locator(".summary-fail")).to_be_visible()
    expect(page.locator("#fixed ins")).to_have_text(re.compile("Advertentie|Reclame"))
    expect(page.locator("#status")).to_contain_text("Something here fails")


def test_one_problem_in_two_markets_is_one_card(open_page):
    page = open_page()
    page.check('[name="reach"][value="de"]')
    write(page, "Mijn nieuwe serum van @glowlab, ik word ervoor betaald")
    page.locator(".more summary").click()
    page.select_option("#relationship", "paid")
    card = page.locator(".item-fail", has=page.locator(".market", has_text="Germany"))
    expect(card).to_have_count(1)
    expect(card.locator(".market")).to_contain_text(["Netherlands", "Germany"])
    expect(page.locator("#fixed ins")).to_have_text(re.compile("/"))


def test_declared_facts_change_the_verdict(open_page):
    page = open_page()
    write(page, "Mijn nieuwe jas van @nordpunkt, zo warm")
    page.locator(".more summary").click()
    page.select_option("#relationship", "gifted")
    expect(page.locator(".summary-fail")).to_be_visible()
    page.select_option("#relationship", "none")
    expect(page.locator(".summary-fail")).to_have_count(0)


def test_words_lead_to_items_and_back_by_keyboard(open_page):
    page = open_page()
    write(page)
    mark = page.locator("mark a").first
    expect(mark).to_be_visible()
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".item:focus")).to_have_count(1)
    page.locator(".item:focus .quotes a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark a:focus")).to_have_count(1)


def test_copy_puts_the_corrected_caption_on_the_clipboard(open_page):
    page = open_page("/", permissions=["clipboard-read", "clipboard-write"])
    write(page)
    page.click("#copy")
    expect(page.locator("#copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(DRAFT)
    assert copied != DRAFT


def test_stale_answers_are_dropped(open_page):
    page = open_page()
    write(page)
    write(page, "Zondag met de kinderen naar het bos")
    expect(page.locator(".summary-not_applicable")).to_be_visible()
    expect(page.locator(".summary-fail")).to_have_count(0)


def test_the_html_tab_reads_a_page(open_page):
    page = open_page()
    page.get_by_text("Page (HTML)").click()
    page.fill(
        "#html",
        f"<article><h1>Serum</h1><p>{DRAFT} <a rel=sponsored href=https://shop.example/x>bestel hier</a></p><p hidden>Reclame</p></article>",
    )
    expect(page.locator(".summary-fail")).to_be_visible()
    expect(page.locator(".segment-hidden")).to_contain_text("Reclame")


def test_a_saved_page_can_be_chosen(open_page, tmp_path):
    saved = tmp_path / "post.html"
    saved.write_text(f"<article><p>{DRAFT} <a rel=sponsored href=https://shop.example/x>bestel hier</a></p></article>", encoding="utf-8")
    page = open_page()
    page.get_by_text("Page (HTML)").click()
    page.set_input_files("#file", str(saved))
    expect(page.locator(".summary-fail")).to_be_visible()


def test_a_screenshot_can_be_chosen(open_page, tmp_path):
    picture = Image.new("RGB", (540, 400), "white")
    ImageDraw.Draw(picture).text((30, 80), "Met code LISA15 krijg je 15% korting", font=ImageFont.load_default(26), fill="black")
    picture.save(tmp_path / "story.png")
    page = open_page()
    page.get_by_text("Page (HTML)").click()
    page.set_input_files("#file", str(tmp_path / "story.png"))
    expect(page.locator(".summary-fail")).to_be_visible(timeout=60_000)
    expect(page.locator("mark").first).to_contain_text("code LISA15")


def test_the_report_is_one_file_that_needs_nothing(open_page):
    page = open_page()
    write(page)
    expect(page.locator(".summary-fail")).to_be_visible()
    with page.expect_download() as started:
        page.click("text=Download report")
    text = started.value.path().read_text(encoding="utf-8")
    assert "LISA15" in text
    assert "<script" not in text
    assert "<link" not in text
    assert re.findall(r'src="', text) == []
    assert started.value.suggested_filename.endswith(".html")


def test_it_works_without_a_script(open_page):
    page = open_page("/", java_script_enabled=False)
    write(page)
    page.click("#submit")
    expect(page.locator(".summary-fail")).to_be_visible()
    expect(page.locator("#text")).to_have_value(DRAFT)


def test_the_interface_in_dutch(open_page):
    page = open_page("/", locale="nl-NL")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    write(page)
    expect(page.locator(".summary-line")).to_have_text("Hier klopt iets niet.")
    page.get_by_label("English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_an_error_is_shown_and_the_draft_kept(open_page):
    page = open_page()
    page.uncheck('[name="reach"][value="nl"]')
    write(page)
    expect(page.locator(".problem")).to_contain_text("no market was named")
    expect(page.locator("#text")).to_have_value(DRAFT)


def test_the_service_gone_is_said_and_the_draft_kept(open_page):
    page = open_page()
    page.route("**/check", lambda route: route.abort())
    write(page)
    expect(page.locator(".problem")).to_contain_text("does not answer")
    expect(page.locator("#text")).to_have_value(DRAFT)


def test_an_example_of_a_rule_can_be_tried(open_page):
    page = open_page("/rules/nl.ad-label")
    page.get_by_role("link", name="Try it").first.click()
    expect(page.locator(".summary")).to_be_visible()


def test_a_caption_cannot_inject_markup(open_page):
    page = open_page()
    write(page, '<img src=x onerror="document.title=1"> met code LISA15 <b>korting</b>')
    expect(page.locator(".summary-fail")).to_be_visible()
    assert page.locator("#panel img, #panel b b").count() == 0


@pytest.mark.parametrize("path", [*PAGES, "/labels"])
def test_no_sideways_scrolling_on_a_phone(open_page, path):
    page = open_page(path, viewport={"width": 360, "height": 740})
    if path == "/":
        write(page)
        expect(page.locator(".summary-fail")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_violation(open_page, path, width, scheme):
    page = open_page(path, viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    if path == "/":
        assert Axe().run(page).violations_count == 0
        page.check('[name="reach"][value="us"]')
        page.locator(".more summary").click()
        page.select_option("#persona", "synthetic")
        write(page, "I tried it. " + DRAFT)
        expect(page.locator(".item-needs_review").first).to_be_visible()
        for fold in page.locator(".fold summary").all():
            fold.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_report_passes_axe_too(open_page, address, tmp_path, browser):
    from compliance import check
    from compliance.reports import FORMATS, Source

    report = tmp_path / "report.html"
    report.write_text(FORMATS["html"]([(Source("a.txt"), check(text=DRAFT, reach=["nl", "de"], as_of="2026-11-23"))]), encoding="utf-8")
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(report.as_uri())
        found = Axe().run(page)
        context.close()
        assert found.violations_count == 0, found.generate_report()


def test_the_outline_of_a_page(open_page):
    for options in ({}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}):
        page = open_page(**options)
        page.get_by_text("Page (HTML)").click()
        page.fill(
            "#html", '<article><h1>Fiets</h1>\n<p style="display:none">Advertentie</p><p>Met code LISA15 krijg je 15% korting</p></article>'
        )
        hidden = page.locator(".stretch-hidden")
        expect(hidden).to_contain_text("Advertentie")
        expect(hidden).to_contain_text("the style does not show it")
        expect(hidden).to_contain_text("line 2:")
        assert Axe().run(page).violations_count == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".outline > summary").focus()
        page.keyboard.press("Enter")
        expect(hidden).to_be_hidden()
